namespace NationalId.Core.Platform.Http;

/// <summary>
/// A partner's access token, fetched once for all who wait and kept until shortly before it expires. A fetch that fails
/// fails all who wait for it: a partner that hangs holds them up once, not one after the other.
/// </summary>
internal sealed class CachedToken(TimeProvider time)
{
    // Some say that a token is good for thousands of years. A new one costs little.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private static readonly TimeSpan LargestMargin = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private Task<Entry>? current;

    /// <summary>The token; fetched when there is none or it is about to expire.</summary>
    /// <param name="fetch">Fetches one. It goes on when who asked for it has gone: others may wait for it. Without
    /// a lifetime the token serves those who wait, and nobody else.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async ValueTask<string> GetAsync(
        Func<CancellationToken, Task<(string Token, TimeSpan Lifetime)>> fetch,
        CancellationToken cancellationToken
    )
    {
        Task<Entry> entry;
        lock (gate)
        {
            if (
                current is null or { IsFaulted: true } or { IsCanceled: true }
                || (current.IsCompletedSuccessfully && current.Result.Until <= time.GetUtcNow())
            )
            {
                current = FetchAsync(fetch);
            }

            entry = current;
        }

        return (await entry.WaitAsync(cancellationToken)).Token;
    }

    /// <summary>Forgets a token that the partner refused, unless it was replaced already.</summary>
    public void Invalidate(string token)
    {
        lock (gate)
        {
            if (current is { IsCompletedSuccessfully: true } && current.Result.Token == token)
            {
                current = null;
            }
        }
    }

    private async Task<Entry> FetchAsync(Func<CancellationToken, Task<(string Token, TimeSpan Lifetime)>> fetch)
    {
        // Not under the lock, whatever completes synchronously.
        await Task.Yield();
        var asked = time.GetUtcNow();
        var (token, lifetime) = await fetch(CancellationToken.None);
        var kept = lifetime < Longest ? lifetime : Longest;
        var margin = kept / 10 < LargestMargin ? kept / 10 : LargestMargin;
        return new Entry(token, asked + kept - margin);
    }

    private sealed record Entry(string Token, DateTimeOffset Until)
    {
        /// <summary>Nothing of it.</summary>
        public override string ToString() => nameof(Entry);
    }
}
