using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>JSON that OpenCRVS answers, and that is written in its place.</summary>
internal static class WrittenJson
{
    /// <summary>Letters of all languages as they are, as OpenCRVS writes them.</summary>
    public static JsonSerializerOptions Plain { get; } =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Names that stand twice would be found out only when one of them is asked for.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads an object.</summary>
    /// <param name="content">The text.</param>
    /// <returns>Null when it is none.</returns>
    public static JsonObject? Parse(ReadOnlySpan<byte> content)
    {
        try
        {
            return JsonNode.Parse(content, null, Strict) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A time as OpenCRVS reads it: complete and in UTC, since it takes anything else for another zone's.
    /// </summary>
    /// <param name="at">The time.</param>
    public static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A text along a path of names; null when there is none.</summary>
    /// <param name="node">Where the path begins.</param>
    /// <param name="path">The names.</param>
    public static string? Text(JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }

        try
        {
            return node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
        }
        catch (InvalidOperationException)
        {
            // What the reader says to half a surrogate pair.
            return null;
        }
    }

    /// <summary>A time along a path of names: ISO 8601, or milliseconds since 1970; null when there is none.</summary>
    /// <param name="node">Where the path begins.</param>
    /// <param name="path">The names.</param>
    public static DateTimeOffset? TimeAt(JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            node = (node as JsonObject)?[name];
        }

        if (node is not JsonValue value)
        {
            return null;
        }

        if (value.TryGetValue<long>(out var number) || (Text(value) is { } digits && long.TryParse(digits, out number)))
        {
            return number is > 0 and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(number) : null;
        }

        return DateTimeOffset.TryParse(
            Text(value),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var at
        )
            ? at
            : null;
    }
}
