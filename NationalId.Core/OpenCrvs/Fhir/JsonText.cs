using System.Globalization;
using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>Reads single values of an event.</summary>
internal static class JsonText
{
    // The longest id, URL or number that is believed, in bytes; longer ones are as good as absent.
    private const int Longest = 512;

    private static readonly string[] TimeForms = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>A text; null when it is none, empty or too long.</summary>
    public static string? Read(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length is > 0 and <= Longest
            ? reader.GetString()
            : null;

    /// <summary>A time as JavaScript's toISOString writes it; null when it is none.</summary>
    public static DateTimeOffset? ReadTime(ref Utf8JsonReader reader) =>
        DateTimeOffset.TryParseExact(
            Read(ref reader),
            TimeForms,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time
        )
            ? time
            : null;

    /// <summary>Whether the value is this text.</summary>
    public static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> text) =>
        reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(text);
}
