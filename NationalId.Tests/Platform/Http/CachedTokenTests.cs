using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Platform.Http;

namespace NationalId.Tests.Platform.Http;

/// <summary>What all who wait for a partner's token have in common.</summary>
public sealed class CachedTokenTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 27, 8, 0, 0, TimeSpan.Zero));
    private readonly List<TaskCompletionSource<(string, TimeSpan)>> fetches = [];

    [Fact]
    public async Task One_fetch_serves_all_who_wait_and_whoever_leaves_does_not_end_it_for_the_others()
    {
        var cache = new CachedToken(time);
        using var gone = new CancellationTokenSource();
        var first = cache.GetAsync(FetchAsync, gone.Token).AsTask();
        var second = cache.GetAsync(FetchAsync, default).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Eventually.TrueAsync(() => fetches.Count == 1);
        fetches[0].SetResult(("token", TimeSpan.FromMinutes(10)));
        Assert.Equal("token", await second);
        Assert.Equal("token", await cache.GetAsync(FetchAsync, default));
        Assert.Single(fetches);
    }

    [Fact]
    public async Task A_fetch_that_fails_fails_once_for_all_who_wait_and_the_next_one_tries_again()
    {
        var cache = new CachedToken(time);
        var waiting = Enumerable.Range(0, 16).Select(_ => cache.GetAsync(FetchAsync, default).AsTask()).ToList();
        await Eventually.TrueAsync(() => fetches.Count == 1);
        fetches[0].SetException(new TransientFailureException("away"));
        foreach (var one in waiting)
        {
            await Assert.ThrowsAsync<TransientFailureException>(() => one);
        }

        Assert.Single(fetches);
        var next = cache.GetAsync(FetchAsync, default).AsTask();
        await Eventually.TrueAsync(() => fetches.Count == 2);
        fetches[1].SetResult(("token", TimeSpan.FromMinutes(10)));
        Assert.Equal("token", await next);
    }

    [Theory]
    [InlineData(100, 89, 91)]
    [InlineData(3600, 3569, 3571)]
    [InlineData(1e9, 86_369, 86_371)]
    public async Task A_token_is_kept_until_shortly_before_it_ends_and_never_longer_than_a_day(
        double lives,
        double kept,
        double over
    )
    {
        var cache = new CachedToken(time);
        var begin = time.GetUtcNow();
        await TakeAsync(cache, "one", lives);
        time.SetUtcNow(begin.AddSeconds(kept));
        Assert.Equal("one", await cache.GetAsync(FetchAsync, default));
        time.SetUtcNow(begin.AddSeconds(over));
        Assert.Equal("two", await TakeAsync(cache, "two", lives));
    }

    [Fact]
    public async Task A_token_that_was_refused_is_fetched_anew_unless_another_has_its_place()
    {
        var cache = new CachedToken(time);
        await TakeAsync(cache, "one", 3600);
        cache.Invalidate("another");
        Assert.Equal("one", await cache.GetAsync(FetchAsync, default));
        cache.Invalidate("one");
        Assert.Equal("two", await TakeAsync(cache, "two", 3600));
    }

    private async Task<string> TakeAsync(CachedToken cache, string token, double lives)
    {
        var before = fetches.Count;
        var taken = cache.GetAsync(FetchAsync, default).AsTask();
        await Eventually.TrueAsync(() => fetches.Count == before + 1);
        fetches[before].SetResult((token, TimeSpan.FromSeconds(lives)));
        return await taken;
    }

    private Task<(string, TimeSpan)> FetchAsync(CancellationToken cancellationToken)
    {
        var fetch = new TaskCompletionSource<(string, TimeSpan)>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (fetches)
        {
            fetches.Add(fetch);
        }

        return fetch.Task;
    }
}
