using System.Text.Json;

namespace NationalId.Core.Mosip;

/// <summary>
/// What MOSIP's services answer, nearly always with 200: <c>{"response":…,"errors":[{"errorCode","message"}]}</c>.
/// </summary>
/// <param name="Response">The <c>response</c>; null when there is none.</param>
/// <param name="Code">The first error's code, when it looks like one of MOSIP's; <c>unknown</c> when there is another;
/// null when there is none.</param>
internal sealed record MosipAnswer(JsonElement? Response, string? Code)
{
    private const string Unknown = "unknown";
    private const int LongestCode = 20;

    /// <summary>Reads an answer.</summary>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static MosipAnswer Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException();
        }

        return new MosipAnswer(
            root.TryGetProperty("response", out var response) && response.ValueKind != JsonValueKind.Null
                ? response.Clone()
                : null,
            root.TryGetProperty("errors", out var errors)
            && errors.ValueKind == JsonValueKind.Array
            && errors.GetArrayLength() > 0
                ? CodeOf(errors[0])
                : null
        );
    }

    /// <summary>A text of the response; null when it has none of that name.</summary>
    /// <param name="name">Its name.</param>
    public string? Text(string name) =>
        Response is { ValueKind: JsonValueKind.Object } response
        && response.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>Nothing but the code: a response may be of a person.</summary>
    public override string ToString() => $"{nameof(MosipAnswer)} {Code}";

    private static string CodeOf(JsonElement error) =>
        error.ValueKind == JsonValueKind.Object
        && error.TryGetProperty("errorCode", out var code)
        && code.ValueKind == JsonValueKind.String
        && code.GetString() is { Length: > 0 and <= LongestCode } text
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? text
            : Unknown;
}
