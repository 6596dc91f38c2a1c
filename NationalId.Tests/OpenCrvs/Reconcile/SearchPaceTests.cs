using Microsoft.Extensions.Time.Testing;
using NationalId.Core.OpenCrvs.Reconcile;

namespace NationalId.Tests.OpenCrvs.Reconcile;

public sealed class SearchPaceTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Searches_keep_their_distance_whoever_asks()
    {
        using var pace = Pace(TimeSpan.FromSeconds(2));
        await pace.WaitAsync(default);

        var second = pace.WaitAsync(default);
        var third = pace.WaitAsync(default);
        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(second.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(0.1));
        await second;
        Assert.False(third.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(2));
        await third;
    }

    [Fact]
    public async Task A_clock_that_is_set_back_holds_no_search_for_longer_than_the_distance()
    {
        using var pace = Pace(TimeSpan.FromSeconds(2));
        await pace.WaitAsync(default);
        time.AdjustTime(time.GetUtcNow() - TimeSpan.FromHours(2));

        var next = pace.WaitAsync(default);
        time.Advance(TimeSpan.FromSeconds(2));
        await next;
    }

    [Fact]
    public async Task Without_a_distance_nobody_waits()
    {
        using var pace = Pace(TimeSpan.Zero);
        await pace.WaitAsync(default);
        Assert.True(pace.WaitAsync(default).IsCompletedSuccessfully);
    }

    private SearchPace Pace(TimeSpan distance) => new(null!, new ReconcileOptions { CallEvery = distance }, time);
}
