using NationalId.Core.Registry;

namespace NationalId.Tests.Registry;

public sealed class RegistrationNumberTests
{
    [Theory]
    [InlineData("0007/2025 ")]
    [InlineData("\t0007/2025\r\n")]
    [InlineData("\u00A00007/2025\u3000")]
    [InlineData("\u20280007/2025\u2029\u0085")]
    [InlineData("\uFEFF0007/2025")]
    [InlineData("\u200B0007/2025\u200D\u200C\u2060")]
    [InlineData("\u200E\u202A0007/2025\u202C\u200F")]
    [InlineData("\u00AD0007/2025\u061C\u0000")]
    [InlineData("\u200E \uFEFF 0007/2025 \u200B \uFE0F")]
    // A tag character, beyond the Basic Multilingual Plane.
    [InlineData("0007/2025\U000E0020")]
    public void What_nobody_sees_around_a_number_is_no_part_of_it(string number) =>
        Assert.Equal("0007/2025", RegistrationNumber.Normalise(number));

    [Theory]
    [InlineData("0007 / 2025")]
    [InlineData("B-2025-\u0660\u0661")]
    [InlineData("ক\u200Dষ 12")]
    [InlineData("\uD83D\uDE00 7")]
    public void What_is_inside_stays_as_it_is(string number) =>
        Assert.Equal(number, RegistrationNumber.Normalise(number));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \t\r\n")]
    [InlineData("\uFEFF\u200B\u200E")]
    public void A_number_of_nothing_is_none(string? number) => Assert.Null(RegistrationNumber.Normalise(number));

    [Fact]
    public void A_number_that_is_too_long_is_said_to_be_and_never_cut()
    {
        var number = new string('7', 200);
        Assert.False(RegistrationNumber.IsTooLong(number));
        Assert.False(RegistrationNumber.IsTooLong(null));
        Assert.True(RegistrationNumber.IsTooLong(number + "1"));
        Assert.Equal(number + "1", RegistrationNumber.Normalise($" {number}1 "));
        Assert.False(RegistrationNumber.IsTooLong(RegistrationNumber.Normalise(number + "   ")));
    }
}
