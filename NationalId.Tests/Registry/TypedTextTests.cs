using NationalId.Core.Registry;

namespace NationalId.Tests.Registry;

/// <summary>What people type and paste is meant without what nobody sees, and with nothing else taken away.</summary>
public sealed class TypedTextTests
{
    [Theory]
    [InlineData(" Ada\u00A0", "Ada")]
    [InlineData("\u200EAda\u200F Love\u202Alace\u202C", "Ada Lovelace")]
    [InlineData("\uFEFFAda", "Ada")]
    [InlineData("\u2066Ada\u2069\u061C", "Ada")]
    // Zero-width joiners are part of how a name is written.
    [InlineData("\u0645\u06CC\u200C\u062E", "\u0645\u06CC\u200C\u062E")]
    [InlineData("Anne-Marie  O'Neill", "Anne-Marie  O'Neill")]
    [InlineData("", null)]
    [InlineData(" \u200E\t", null)]
    [InlineData(null, null)]
    public void A_word_is_as_it_is_meant(string? typed, string? word) => Assert.Equal(word, TypedText.Word(typed));

    [Theory]
    [InlineData("2026-06-20", "2026-06-20")]
    [InlineData(" 2026\u20136\u221220\u200E", "2026-6-20")]
    [InlineData("\u0662\u0660\u0662\u0666-\u0660\u0666-\u0662\u0660", "2026-06-20")]
    [InlineData("2026-06-20T00:00", "2026-06-20T00:00")]
    [InlineData(null, "")]
    public void A_date_has_plain_digits_and_hyphens(string? typed, string date) =>
        Assert.Equal(date, TypedText.Date(typed));

    [Theory]
    // The ends of each range of what nobody sees, and their visible neighbours.
    [InlineData("\uFE00", true)]
    [InlineData("\uFE0F", true)]
    [InlineData("\uFDFF", false)]
    [InlineData("\uFE10", false)]
    [InlineData("\U000E0100", true)]
    [InlineData("\U000E01EF", true)]
    [InlineData("\U000E01F0", false)]
    [InlineData("\u180B", true)]
    [InlineData("\u180F", true)]
    [InlineData("\u180A", false)]
    [InlineData("\u1810", false)]
    [InlineData("\u034F", true)]
    [InlineData("\u115F", true)]
    [InlineData("\u1160", true)]
    [InlineData("\u17B4", true)]
    [InlineData("\u17B5", true)]
    [InlineData("\u2800", true)]
    [InlineData("\u3164", true)]
    [InlineData("\uFFA0", true)]
    [InlineData("\u0000", true)]
    [InlineData("\u200B", true)]
    [InlineData("x", false)]
    public void What_nobody_sees_ends_where_something_is_seen(string text, bool isBlank)
    {
        Assert.Equal(isBlank ? "7" : text + "7", TypedText.Trimmed(text + "7"));
        Assert.Equal(isBlank ? "7" : "7" + text, TypedText.Trimmed("7" + text));
        Assert.Equal(isBlank ? null : text, TypedText.Trimmed(text));
    }

    [Theory]
    [InlineData(200, false)]
    [InlineData(201, true)]
    public void What_is_too_long_to_be_a_number_is_shown_by_its_beginning(int length, bool isCut)
    {
        var text = string.Concat(Enumerable.Range(0, length).Select(at => (char)('a' + (at % 26))));
        Assert.Equal(isCut ? text[..200] : text, RegistrationNumber.Shorten(text));
        Assert.Null(RegistrationNumber.Shorten(null));
    }

    [Fact]
    public void No_digits_have_no_check_digit_and_a_number_s_kind_has_its_name()
    {
        Assert.False(NationalIdNumber.HasCheckDigit(""));
        Assert.False(NationalIdNumber.HasCheckDigit("23 63"));
        Assert.Equal("UIN", NationalIdNumber.WireName(IdType.Uin));
        Assert.Equal("VID", NationalIdNumber.WireName(IdType.Vid));
    }
}
