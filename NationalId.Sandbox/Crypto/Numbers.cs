using System.Security.Cryptography;

namespace NationalId.Sandbox.Crypto;

/// <summary>Numbers as MOSIP gives them out: Verhoeff check digit, and the rules of its id generator.</summary>
public static class Numbers
{
    private static readonly byte[,] Product = Dihedral();
    private static readonly int[] Turn = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

    /// <summary>A UIN: ten digits by MOSIP's filters.</summary>
    public static string NewUin() => New(10);

    /// <summary>A VID: sixteen digits by the same filters.</summary>
    public static string NewVid() => New(16);

    public static string Digits(int count) => RandomNumberGenerator.GetString("0123456789", count);

    public static bool HasCheckDigit(string number) =>
        number.Length > 1 && number.All(char.IsAsciiDigit) && Sum(number.Select(digit => digit - '0').Reverse()) == 0;

    public static string WithCheckDigit(string digits)
    {
        var sum = Sum(digits.Select(digit => digit - '0').Reverse().Prepend(0));
        var check = Enumerable.Range(0, 10).First(digit => Product[sum, digit] == 0);
        return digits + check;
    }

    /// <summary>A number of so many digits by the same filters.</summary>
    public static string New(int length)
    {
        while (true)
        {
            var number = WithCheckDigit(RandomNumberGenerator.GetString("23456789", 1) + Digits(length - 2));
            if (!IsEasy(number))
            {
                return number;
            }
        }
    }

    // No digit twice within two places, no three in sequence, no repeated pair, no three even digits in a row, halves
    // neither equal nor mirrored.
    // Long ids could hardly be drawn if a pair might never come again anywhere: there it is looked for in the
    // neighbourhood.
    private static bool IsEasy(string number)
    {
        for (var i = 0; i + 2 < number.Length; i++)
        {
            int a = number[i],
                b = number[i + 1],
                c = number[i + 2];
            if (
                a == b
                || a == c
                || b == c
                || (b - a == c - b && Math.Abs(b - a) == 1)
                || (a % 2 == 0 && b % 2 == 0 && c % 2 == 0)
            )
            {
                return true;
            }

            var pair = number.IndexOf(
                number.Substring(i, 2),
                i + 2,
                Math.Min(8, number.Length - i - 2),
                StringComparison.Ordinal
            );
            if (pair >= 0)
            {
                return true;
            }
        }

        var half = number.Length / 2;
        return number[..half] == number[half..] || number[..half].SequenceEqual(number[half..].Reverse());
    }

    private static int Sum(IEnumerable<int> fromTheRight)
    {
        int sum = 0,
            place = 0;
        foreach (var digit in fromTheRight)
        {
            var turned = digit;
            for (var i = 0; i < place % 8; i++)
            {
                turned = Turn[turned];
            }

            sum = Product[sum, turned];
            place++;
        }

        return sum;
    }

    // The group of a pentagon's rotations (0-4) and reflections (5-9).
    private static byte[,] Dihedral()
    {
        var table = new byte[10, 10];
        for (var a = 0; a < 10; a++)
        {
            for (var b = 0; b < 10; b++)
            {
                var turned = a < 5 ? (a % 5) + (b % 5) : (a % 5) - (b % 5) + 5;
                table[a, b] = (byte)((turned % 5) + (a < 5 == b < 5 ? 0 : 5));
            }
        }

        return table;
    }
}
