using NationalId.Core.Pipeline;

namespace NationalId.Tests.Pipeline;

public sealed class RetryDelayTests
{
    private static readonly DeliveryOptions Options = new();

    [Fact]
    public void The_delay_doubles_from_30_seconds_to_an_hour_with_a_fifth_of_jitter_at_most()
    {
        for (var attempt = 1; attempt <= 200; attempt++)
        {
            var least = Math.Min(30 * Math.Pow(2, attempt - 1), 3600);
            for (var draw = 0; draw < 20; draw++)
            {
                Assert.InRange(RetryDelay.After(attempt, null, Options).TotalSeconds, least, least * 1.2);
            }
        }
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(3, 25)]
    [InlineData(200, 25)]
    public void First_and_longest_delay_are_the_settings(int attempts, int least)
    {
        var options = new DeliveryOptions
        {
            FirstDelay = TimeSpan.FromSeconds(10),
            LongestDelay = TimeSpan.FromSeconds(25),
        };
        Assert.InRange(RetryDelay.After(attempts, null, options).TotalSeconds, least, least * 1.2);
    }

    [Theory]
    [InlineData(1, 5, 30)]
    [InlineData(1, 300, 300)]
    [InlineData(10, 300, 3600)]
    [InlineData(3, 86400, 86400)]
    public void What_the_partner_asks_for_is_never_undercut(int attempts, int retryAfter, int least)
    {
        for (var draw = 0; draw < 100; draw++)
        {
            Assert.InRange(
                RetryDelay.After(attempts, TimeSpan.FromSeconds(retryAfter), Options).TotalSeconds,
                least,
                least * 1.2
            );
        }
    }

    [Fact]
    public void Delays_are_spread_so_that_an_outage_s_events_don_t_come_back_as_one_wave() =>
        Assert.True(Enumerable.Range(0, 100).Select(_ => RetryDelay.After(8, null, Options)).Distinct().Count() > 50);
}
