using NationalId.Core.Pipeline;

namespace NationalId.Tests.Pipeline;

public sealed class LeaseTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, false)]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(5, true)]
    // Another host's clock may be some minutes ahead.
    [InlineData(10, true)]
    [InlineData(11, false)]
    [InlineData(120, false)]
    public void A_lease_holds_while_it_runs_and_is_no_longer_than_a_lease_can_be(int? minutes, bool holds)
    {
        var options = new DeliveryOptions { LeaseFor = TimeSpan.FromMinutes(5) };
        DateTimeOffset? until = minutes is { } ahead ? Now.AddMinutes(ahead) : null;
        Assert.Equal(holds, options.IsLeased(until, Now));
    }

    [Fact]
    public void No_two_leases_end_at_the_same_tick_though_they_begin_at_it()
    {
        var options = new DeliveryOptions { LeaseFor = TimeSpan.FromMinutes(5) };
        var ends = Enumerable.Range(0, 100).Select(_ => options.LeaseEnd(Now)).ToHashSet();
        Assert.Equal(100, ends.Count);
        Assert.All(ends, end => Assert.InRange(end, Now.AddMinutes(5), Now.AddMinutes(5).AddSeconds(3)));
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(29, 30)]
    [InlineData(300, 30)]
    public void What_another_worker_has_is_looked_at_again_soon_and_not_only_after_its_lease(int left, int seconds)
    {
        var options = new DeliveryOptions { FirstDelay = TimeSpan.FromSeconds(30) };
        Assert.Equal(TimeSpan.FromSeconds(seconds), options.LookAgainIn(Now.AddSeconds(left), Now));
    }
}
