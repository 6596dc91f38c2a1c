namespace NationalId.Core.Registry;

/// <summary>
/// What holds for the digits of every UIN and VID. Which of the two a number is depends on the country:
/// <see cref="NationalIdFormat"/>.
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

    /// <summary>
    /// The digits of a number that people typed: white space, dashes and what nobody sees are taken out, digits of any
    /// script become 0 to 9. Nothing else is repaired.
    /// </summary>
    /// <param name="typed">What a form field holds.</param>
    public static string Normalise(string? typed) => TypedText.Number(typed);

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
