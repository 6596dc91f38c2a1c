using System.Buffers;
using System.Globalization;
using System.Text;

namespace NationalId.Core.Registry;

/// <summary>
/// What people type and paste into forms: characters that nobody sees come along, and keyboards write the same digit
/// or hyphen in many ways.
/// </summary>
internal static class TypedText
{
    // What looks like a hyphen and is none to Unicode: minus signs, bullets, macrons, a Japanese and an Arabic letter's
    // prolongation, the Urdu full stop, lines for boxes.
    private const string LooksLikeDash =
        "\u2212\u2043\u02D7\u207B\u208B\u2796\u30FC\uFF70\u00AF\u02C9\u203E\u0640\u06D4\u2500\u2501";

    // Left-to-right and right-to-left marks, embeddings, overrides, isolates, the Arabic letter mark, the byte order
    // mark.
    private const string DirectionMarks =
        "\u200E\u200F\u061C\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\uFEFF";

    /// <summary>
    /// A name, gender or word as it is meant: without direction marks, byte order mark and surrounding white space.
    /// Zero-width joiners stay: they are letters' own in Persian, Hindi or Khmer.
    /// </summary>
    /// <returns>Null when nothing is left.</returns>
    public static string? Word(string? text) =>
        text is null ? null
        : string.Concat(text.Where(c => !DirectionMarks.Contains(c))).Trim() is { Length: > 0 } word ? word
        : null;

    /// <summary>Without what nobody sees at the beginning and the end; what is between stays.</summary>
    /// <returns>Null when nothing is left.</returns>
    public static string? Trimmed(string? text)
    {
        var rest = text.AsSpan();
        while (Rune.DecodeFromUtf16(rest, out var rune, out var length) == OperationStatus.Done && IsBlank(rune))
        {
            rest = rest[length..];
        }

        while (Rune.DecodeLastFromUtf16(rest, out var rune, out var length) == OperationStatus.Done && IsBlank(rune))
        {
            rest = rest[..^length];
        }

        return rest.IsEmpty ? null : rest.ToString();
    }

    /// <summary>
    /// A date with the digits 0 to 9 and the hyphen, whichever were typed, and nothing that nobody sees.
    /// </summary>
    public static string Date(string? text) => Plain(text, dash: "-");

    /// <summary>
    /// A number without white space, dashes and what nobody sees; digits of any script become 0 to 9.
    /// </summary>
    public static string Number(string? text) => Plain(text, dash: "");

    private static string Plain(string? text, string dash)
    {
        var plain = new StringBuilder(text?.Length ?? 0);
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (IsBlank(rune))
            {
                continue;
            }

            if (IsDash(rune))
            {
                plain.Append(dash);
            }
            else if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber)
            {
                plain.Append((char)('0' + (int)Rune.GetNumericValue(rune)));
            }
            else
            {
                plain.Append(rune);
            }
        }

        return plain.ToString();
    }

    private static bool IsDash(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.DashPunctuation
        || (rune.IsBmp && LooksLikeDash.Contains((char)rune.Value));

    // White space of every kind, control and format characters (direction marks, zero-width characters, soft hyphen,
    // byte order mark), variation selectors, and letters that have no shape.
    private static bool IsBlank(Rune rune) =>
        Rune.IsWhiteSpace(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        || rune.Value
            is (>= 0xFE00 and <= 0xFE0F)
                or (>= 0xE0100 and <= 0xE01EF)
                or (>= 0x180B and <= 0x180F)
                or 0x034F
                or 0x115F
                or 0x1160
                or 0x17B4
                or 0x17B5
                or 0x2800
                or 0x3164
                or 0xFFA0;
}
