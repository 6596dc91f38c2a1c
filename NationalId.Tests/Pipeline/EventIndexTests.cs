using NationalId.Core.Ledger;

namespace NationalId.Tests.Pipeline;

/// <summary>What events are counted together, and what finds them.</summary>
public sealed class EventIndexTests
{
    [Theory]
    [InlineData("MOSIP answered 503.", "MOSIP answered 503.")]
    [InlineData("MOSIP answered 400: OPN-CRVS-028.", "MOSIP answered 400: OPN-CRVS-028.")]
    [InlineData("registration 10001000100010001 at 20261126101500", "registration … at …")]
    [InlineData("1234 and 12345", "1234 and …")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void A_reason_is_counted_without_what_differs_from_event_to_event(string? reason, string group) =>
        Assert.Equal(group, EventIndex.GroupOf(reason));

    [Fact]
    public void A_reason_of_a_partner_who_writes_much_is_cut() =>
        Assert.Equal(200, EventIndex.GroupOf(new string('x', 5000)).Length);

    [Theory]
    [InlineData(" 2026b1\t", "2026B1")]
    [InlineData("20 26\u00a0B\u200b1\r\n", "2026B1")]
    [InlineData("2026-é", "2026-É")]
    [InlineData("\ufeff \u200b", "")]
    [InlineData(null, "")]
    public void A_name_is_looked_for_without_white_space_in_capital_letters(string? text, string word) =>
        Assert.Equal(word, EventIndex.Word(text));

    [Fact]
    public void A_page_begins_behind_the_place_where_the_one_before_ended()
    {
        var at = DateTimeOffset.UnixEpoch;
        var key = new string('a', 64);
        var (prefix, low, _) = new EventRange(EventState.Poisoned, After: EventIndex.Place(at, key)).Bounds();
        var row = prefix + EventIndex.Place(at, key);
        var next = prefix + EventIndex.Place(at, new string('a', 63) + "b");
        Assert.True(string.CompareOrdinal(row, prefix + low) < 0);
        Assert.True(string.CompareOrdinal(next, prefix + low) > 0);
    }
}
