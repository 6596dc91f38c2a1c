using System.Globalization;
using System.Text.Json;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Interop;

/// <summary>Whom a country's form asks about, as the client of OpenCRVS's mosip-api writes it.</summary>
/// <param name="NationalId">What was typed for a UIN or VID.</param>
/// <param name="Person">Name, gender and date of birth.</param>
internal sealed record VerifyRequest(string NationalId, Person Person)
{
    private const int LongestText = 500;

    /// <summary>Reads a request. What is absent or null besides number, name and date may be.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="problem">What is wrong, without data; null when nothing is.</param>
    /// <returns>Null when something is wrong.</returns>
    public static VerifyRequest? Read(byte[] body, out string? problem)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            problem = null;
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                problem = "a JSON object is expected";
            }
            else if (Text(root, "nid") is not { Length: > 0 } nid)
            {
                problem = "nid must be a text";
            }
            else if (Text(root, "dob") is not { } dob || !IsDate(dob))
            {
                problem = "dob must be a date, YYYY-MM-DD";
            }
            else if (
                !root.TryGetProperty("name", out var name)
                || name.ValueKind != JsonValueKind.Object
                || Text(name, "firstname") is not { } first
                || Text(name, "surname") is not { } last
            )
            {
                problem = "name must have firstname and surname";
            }
            else
            {
                string?[] given = [first, Text(name, "middlename")];
                var names = new PersonName(
                    null,
                    [.. given.OfType<string>().Where(one => !string.IsNullOrWhiteSpace(one))],
                    string.IsNullOrWhiteSpace(last) ? null : last
                );
                var gender = Text(root, "gender") is { Length: > 0 } word ? word.ToLowerInvariant() : null;
                return new VerifyRequest(nid, new Person(null, [names], gender, dob, null, []));
            }

            return null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            problem = "it is not JSON";
            return null;
        }
    }

    /// <summary>Nothing of the person.</summary>
    public override string ToString() => nameof(VerifyRequest);

    private static bool IsDate(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: <= LongestText } text
            ? text
            : null;
}
