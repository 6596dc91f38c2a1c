using System.Text.Json;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Reads the small JSON objects in which numbers come back.</summary>
public static class ReturnFields
{
    /// <summary>A BRN and its number.</summary>
    /// <param name="json">The object.</param>
    /// <param name="brn">The BRN's name.</param>
    /// <param name="number">The number's name.</param>
    /// <exception cref="ReturnException">It has none of them, or they are too long.</exception>
    public static ReturnedNumber ReadNumber(byte[] json, string brn, string number)
    {
        var (first, second) = Read(json, brn, number);
        if (RegistrationNumber.Normalise(first) is not { } brnAlone || TypedText.Trimmed(second) is not { } numberAlone)
        {
            throw new ReturnException(400, $"{brn} and {number} must not be blank.");
        }

        return brnAlone.Length <= RegistrationNumber.Longest && numberAlone.Length <= RegistrationNumber.Longest
            ? new ReturnedNumber(brnAlone, numberAlone)
            : throw new ReturnException(
                400,
                $"A BRN and a number have at most {RegistrationNumber.Longest} characters."
            );
    }

    /// <summary>Two texts of a JSON object.</summary>
    /// <param name="json">The object.</param>
    /// <param name="first">The first text's name.</param>
    /// <param name="second">The second text's name.</param>
    /// <param name="secondOptional">Whether the second may be absent; it is empty then.</param>
    /// <exception cref="ReturnException">It has none of them, or is no JSON object.</exception>
    public static (string First, string Second) Read(
        byte[] json,
        string first,
        string second,
        bool secondOptional = false
    )
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (
                document.RootElement is { ValueKind: JsonValueKind.Object } root
                && Text(root, first) is { Length: > 0 } one
                && (Text(root, second) is { Length: > 0 } || secondOptional)
            )
            {
                return (one, Text(root, second) ?? "");
            }
        }
        catch (JsonException)
        {
            // Answered below.
        }
        catch (InvalidOperationException)
        {
            // Text that is not Unicode.
        }

        throw new ReturnException(400, $"A JSON object with {first} and {second} is expected.");

        static string? Text(JsonElement root, string name) =>
            root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
    }
}
