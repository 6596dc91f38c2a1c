using NationalId.Core.Platform.Http;

namespace NationalId.Tests.Platform.Http;

public sealed class SteadyTimeTests
{
    [Theory]
    [InlineData(-2)]
    [InlineData(5)]
    public void A_clock_that_is_set_back_or_ahead_changes_nothing_for_what_was_begun(int hours)
    {
        var wall = new WallClock();
        var steady = new SteadyTime(wall);
        var opened = steady.GetUtcNow();
        wall.Ahead = TimeSpan.FromHours(hours);
        Assert.InRange(steady.GetUtcNow() - opened, TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }

    private sealed class WallClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }
}
