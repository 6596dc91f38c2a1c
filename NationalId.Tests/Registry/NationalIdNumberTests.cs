using FsCheck;
using FsCheck.Xunit;
using NationalId.Core.Registry;

namespace NationalId.Tests.Registry;

public sealed class NationalIdNumberTests
{
    private static readonly NationalIdFormat Format = new();

    [Fact]
    public void Verhoeffs_own_example_and_a_public_vid_have_their_check_digit()
    {
        Assert.True(NationalIdNumber.HasCheckDigit("2363"));
        Assert.True(NationalIdNumber.HasCheckDigit("123451"));
        Assert.True(NationalIdNumber.HasCheckDigit("1428570"));
        Assert.False(NationalIdNumber.HasCheckDigit("2364"));
    }

    [Property]
    public bool Exactly_one_check_digit_fits_and_decides_uin_or_vid(int seed)
    {
        var (uin, vid) = (Number(seed, 10), Number(seed, 16));
        return Format.Classify(uin) == IdType.Uin
            && Format.Classify(vid) == IdType.Vid
            && Digits.Count(digit => Format.Classify(uin[..^1] + digit) is not null) == 1;
    }

    [Property]
    public bool Every_single_wrong_digit_is_noticed(int seed, bool vid, NonNegativeInt place, NonNegativeInt other)
    {
        var number = Number(seed, vid ? 16 : 10).ToCharArray();
        var at = place.Get % number.Length;
        number[at] = (char)('0' + ((number[at] - '0' + 1 + (other.Get % 9)) % 10));
        return Format.Classify(new string(number)) is null;
    }

    [Property]
    public bool Every_swap_of_neighbours_is_noticed(int seed, bool vid, NonNegativeInt place)
    {
        var number = Number(seed, vid ? 16 : 10).ToCharArray();
        var at = place.Get % (number.Length - 1);
        var same = number[at] == number[at + 1];
        (number[at], number[at + 1]) = (number[at + 1], number[at]);
        return same || Format.Classify(new string(number)) is null;
    }

    [Fact]
    public void Anything_but_ascii_digits_of_the_two_lengths_is_refused()
    {
        var uin = Number(7, 10);
        var arabic = string.Concat(uin.Select(digit => (char)('\u0660' + digit - '0')));
        foreach (
            var text in new[]
            {
                null,
                "",
                "2363",
                uin + "0",
                uin[..^1],
                " " + uin[1..],
                arabic,
                Number(7, 12),
                "abcdefghij",
                uin[..^1] + "\n",
            }
        )
        {
            Assert.Null(Format.Classify(text));
        }
    }

    [Fact]
    public void Spaces_and_hyphens_between_digits_are_taken_out_first()
    {
        var uin = Number(11, 10);
        Assert.Equal(uin, NationalIdNumber.Normalise($" {uin[..4]} {uin[4..7]}-{uin[7..]}\u00a0"));
        Assert.Equal("", NationalIdNumber.Normalise(null));
    }

    [Theory]
    [InlineData("4173269845016391\u200E")]
    [InlineData("\u200F4173269845016391\u200E")]
    [InlineData("\u202A4173269845016391\u202C")]
    [InlineData("\u20664173269845016391\u2069")]
    [InlineData("\u061C4173269845016391")]
    [InlineData("\uFEFF4173269845016391")]
    [InlineData("4173\u200B2698\u200C4501\u200D6391")]
    [InlineData("4173\u00AD2698\u20604501\u180E6391")]
    [InlineData("4173-2698\u20104501\u20116391")]
    [InlineData("4173\u20122698\u20134501\u20146391")]
    [InlineData("4173\u20152698\u22124501\uFE636391")]
    [InlineData("4173\uFF0D2698\u20434501\u05BE6391")]
    [InlineData("4173\u06402698\u30FC4501\u02D76391")]
    [InlineData("4173\u00A02698\u20094501\u30006391\t\r\n")]
    [InlineData("\u0664\u0661\u0667\u0663\u0662\u0666\u0669\u0668\u0664\u0665\u0660\u0661\u0666\u0663\u0669\u0661")]
    [InlineData("\u06F4\u06F1\u06F7\u06F3\u06F2\u06F6\u06F9\u06F8\u06F4\u06F5\u06F0\u06F1\u06F6\u06F3\u06F9\u06F1")]
    [InlineData("\u096A\u0967\u096D\u0969\u0968\u096C\u096F\u096E\u096A\u096B\u0966\u0967\u096C\u0969\u096F\u0967")]
    [InlineData("\u17E4\u17E1\u17E7\u17E3\u17E2\u17E6\u17E9\u17E8\u17E4\u17E5\u17E0\u17E1\u17E6\u17E3\u17E9\u17E1")]
    [InlineData("\uFF14\uFF11\uFF17\uFF13\uFF12\uFF16\uFF19\uFF18\uFF14\uFF15\uFF10\uFF11\uFF16\uFF13\uFF19\uFF11")]
    // Digits beyond the Basic Multilingual Plane: Adlam, of Guinea.
    [InlineData("\U0001E954\U0001E951\U0001E957\U0001E953269845016391")]
    // Keyboards add variation selectors to digits.
    [InlineData("4\uFE0F173269845016391")]
    public void However_a_number_is_typed_its_digits_are_found(string typed) =>
        Assert.Equal("4173269845016391", NationalIdNumber.Normalise(typed));

    [Theory]
    [InlineData("A-1234567", "A1234567")]
    [InlineData("4173269845O16391", "4173269845O16391")]
    [InlineData("12\u00B2", "12\u00B2")]
    [InlineData("\u200E \uFEFF", "")]
    public void Nothing_else_is_repaired(string typed, string expected) =>
        Assert.Equal(expected, NationalIdNumber.Normalise(typed));

    [Theory]
    [InlineData(12, 16)]
    [InlineData(9, 14)]
    [InlineData(16, 10)]
    public void The_country_s_MOSIP_says_how_long_a_UIN_and_a_VID_are(int uin, int vid)
    {
        var format = new NationalIdFormat(uin, vid);
        Assert.Equal(IdType.Uin, format.Classify(Number(5, uin)));
        Assert.Equal(IdType.Vid, format.Classify(Number(6, vid)));
        Assert.Null(format.Classify(Number(7, 11)));
        Assert.Null(format.Classify(Wrong(Number(5, uin))));
    }

    [Fact]
    public void Without_a_check_digit_the_length_alone_decides()
    {
        var format = new NationalIdFormat(CheckDigit: false);
        Assert.Equal(IdType.Uin, format.Classify(Wrong(Number(5, 10))));
        Assert.Equal(IdType.Vid, format.Classify(Wrong(Number(5, 16))));
        Assert.Null(format.Classify(Number(5, 12)));
        Assert.Null(format.Classify("12345abcde"));
    }

    private static string Wrong(string number) => number[..^1] + (char)('0' + ((number[^1] - '0' + 1) % 10));

    internal static string Number(int seed, int length)
    {
        var random = new Random(seed);
        var start = string.Concat(Enumerable.Range(0, length - 1).Select(_ => random.Next(10)));
        return Digits.Select(digit => start + digit).First(number => NationalIdNumber.HasCheckDigit(number));
    }

    private const string Digits = "0123456789";
}
