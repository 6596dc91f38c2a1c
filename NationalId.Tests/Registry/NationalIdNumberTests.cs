using FsCheck;
using FsCheck.Xunit;
using NationalId.Core.Registry;

namespace NationalId.Tests.Registry;

public sealed class NationalIdNumberTests
{
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
        return NationalIdNumber.Classify(uin) == IdType.Uin
            && NationalIdNumber.Classify(vid) == IdType.Vid
            && Digits.Count(digit => NationalIdNumber.Classify(uin[..^1] + digit) is not null) == 1;
    }

    [Property]
    public bool Every_single_wrong_digit_is_noticed(int seed, bool vid, NonNegativeInt place, NonNegativeInt other)
    {
        var number = Number(seed, vid ? 16 : 10).ToCharArray();
        var at = place.Get % number.Length;
        number[at] = (char)('0' + ((number[at] - '0' + 1 + (other.Get % 9)) % 10));
        return NationalIdNumber.Classify(new string(number)) is null;
    }

    [Property]
    public bool Every_swap_of_neighbours_is_noticed(int seed, bool vid, NonNegativeInt place)
    {
        var number = Number(seed, vid ? 16 : 10).ToCharArray();
        var at = place.Get % (number.Length - 1);
        var same = number[at] == number[at + 1];
        (number[at], number[at + 1]) = (number[at + 1], number[at]);
        return same || NationalIdNumber.Classify(new string(number)) is null;
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
            Assert.Null(NationalIdNumber.Classify(text));
        }
    }

    [Fact]
    public void Spaces_and_hyphens_between_digits_are_taken_out_first()
    {
        var uin = Number(11, 10);
        Assert.Equal(uin, NationalIdNumber.Normalise($" {uin[..4]} {uin[4..7]}-{uin[7..]}\u00a0"));
        Assert.Equal("", NationalIdNumber.Normalise(null));
    }

    internal static string Number(int seed, int length)
    {
        var random = new Random(seed);
        var start = string.Concat(Enumerable.Range(0, length - 1).Select(_ => random.Next(10)));
        return Digits.Select(digit => start + digit).First(number => NationalIdNumber.HasCheckDigit(number));
    }

    private const string Digits = "0123456789";
}
