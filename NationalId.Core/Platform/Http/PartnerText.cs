namespace NationalId.Core.Platform.Http;

/// <summary>
/// What a partner wrote, made short before it is kept: a row has room for so much, and a partner may write anything.
/// </summary>
internal static class PartnerText
{
    /// <summary>The longest reason or note that a row keeps.</summary>
    public const int LongestReason = 300;

    /// <summary>At most so many characters of a text; the last is … where it was cut.</summary>
    public static string Cut(string text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        // Half of a surrogate pair is no text.
        var end = char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1;
        return string.Concat(text.AsSpan(0, end), "…");
    }
}
