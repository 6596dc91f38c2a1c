using Microsoft.Extensions.Time.Testing;
using NationalId.LocalHost;

namespace NationalId.Tests.LocalHost;

public sealed class TimerFunctionTests
{
    [Theory]
    [InlineData("0 */5 * * * *", "2026-03-04T10:02:30Z", "2026-03-04T10:05:00Z")]
    [InlineData("0 */5 * * * *", "2026-03-04T10:05:00Z", "2026-03-04T10:10:00Z")]
    [InlineData("*/10 * * * * *", "2026-03-04T10:59:55.5Z", "2026-03-04T11:00:00Z")]
    [InlineData("0 30 3 * * *", "2026-12-31T04:00:00Z", "2027-01-01T03:30:00Z")]
    [InlineData("0 0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 8-10,20 * * 1-5", "2026-03-06T20:30:00Z", "2026-03-09T08:00:00Z")]
    [InlineData("15 5/20 * * * *", "2026-03-06T20:30:00Z", "2026-03-06T20:45:15Z")]
    public void A_schedule_knows_its_next_time(string expression, string after, string next) =>
        Assert.Equal(DateTimeOffset.Parse(next), CronSchedule.Parse(expression).Next(DateTimeOffset.Parse(after)));

    [Theory]
    [InlineData("*/5 * * * *")]
    [InlineData("60 * * * * *")]
    [InlineData("0 0 0 0 * *")]
    [InlineData("0 x * * * *")]
    [InlineData("0 5-1 * * * *")]
    [InlineData("*/0 * * * * *")]
    public void What_is_no_schedule_is_refused(string expression) =>
        Assert.Throws<FormatException>(() => CronSchedule.Parse(expression));

    [Fact]
    public void A_day_that_never_comes_has_no_next_time() =>
        Assert.Null(CronSchedule.Parse("0 0 0 31 2 *").Next(DateTimeOffset.UnixEpoch));

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task Timers_run_on_their_schedule_and_at_start_when_they_say_so()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 4, 10, 2, 0, TimeSpan.Zero));
        await using var host = await SampleHost.StartAsync(runQueues: false, time: time);

        await Eventually.TrueAsync(() => host.Journal.Starts == 1);
        Assert.Equal(0, host.Journal.Ticks);
        await AdvanceUntilAsync(1);
        await AdvanceUntilAsync(2);
        Assert.Equal(1, host.Journal.Starts);

        // The listener may not have set its delay yet when the clock moves: move it until it has.
        async Task AdvanceUntilAsync(int ticks) =>
            await Eventually.TrueAsync(() =>
            {
                if (host.Journal.Ticks < ticks)
                {
                    time.Advance(TimeSpan.FromMinutes(1));
                }

                return host.Journal.Ticks >= ticks;
            });
    }
}
