namespace NationalId.Core.Registry;

/// <summary>What kind of number identifies a person to IDA.</summary>
public enum IdType
{
    /// <summary>The unique identification number: 10 digits.</summary>
    Uin,

    /// <summary>A virtual id that stands for a UIN: 16 digits.</summary>
    Vid,
}

/// <summary>
/// Tells UINs and VIDs apart as IDA does before it looks anything up (docs/protocols.md, "IDA"): by length and Verhoeff
/// check digit.
/// The further rules by which MOSIP draws numbers (no leading 0 or 1, no sequences) are not checked by IDA, so they are
/// not checked here.
/// </summary>
public static class NationalIdNumber
{
    // Verhoeff's two tables: the group operation of D5, and the permutation of each place counted from the right.
    private static readonly byte[] Group =
    [
        .. "0123456789"u8,
        .. "1234067895"u8,
        .. "2340178956"u8,
        .. "3401289567"u8,
        .. "4012395678"u8,
        .. "5987604321"u8,
        .. "6598710432"u8,
        .. "7659821043"u8,
        .. "8765932104"u8,
        .. "9876543210"u8,
    ];

    private static readonly byte[] Permutation =
    [
        .. "0123456789"u8,
        .. "1576283094"u8,
        .. "5803796142"u8,
        .. "8916043527"u8,
        .. "9453126870"u8,
        .. "4286573901"u8,
        .. "2793806415"u8,
        .. "7046913258"u8,
    ];

    /// <summary>The kind of a number.</summary>
    /// <param name="number">ASCII digits only: see <see cref="Normalise"/> for what people type.</param>
    /// <returns>Null when it is neither a UIN nor a VID.</returns>
    public static IdType? Classify(string? number) =>
        number?.Length switch
        {
            10 when HasCheckDigit(number) => IdType.Uin,
            16 when HasCheckDigit(number) => IdType.Vid,
            _ => null,
        };

    /// <summary>Takes out the spaces and hyphens by which people group digits. Nothing else is repaired.</summary>
    /// <param name="typed">What a form field holds.</param>
    public static string Normalise(string? typed) =>
        string.Concat((typed ?? "").Where(c => c is not ('-' or '\u2010' or '\u2011') && !char.IsWhiteSpace(c)));

    /// <summary>The name of a kind on the wire.</summary>
    internal static string WireName(IdType type) => type is IdType.Uin ? "UIN" : "VID";

    /// <summary>Whether the last digit is the Verhoeff check digit of the others.</summary>
    internal static bool HasCheckDigit(ReadOnlySpan<char> digits)
    {
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        var check = 0;
        for (var place = 0; place < digits.Length; place++)
        {
            var permuted = Permutation[(10 * (place % 8)) + digits[^(place + 1)] - '0'] - '0';
            check = Group[(10 * check) + permuted] - '0';
        }

        return check == 0;
    }
}
