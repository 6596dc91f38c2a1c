namespace NationalId.Core.Platform.Http;

/// <summary>A partner's access token, fetched once for all who wait and kept until shortly before it expires.</summary>
internal sealed class CachedToken(TimeProvider time)
{
    // Some say that a token is good for thousands of years. A new one costs little.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim single = new(1, 1);
    private Entry? current;

    /// <summary>The token; fetched when there is none or it is about to expire.</summary>
    public async ValueTask<string> GetAsync(
        Func<CancellationToken, Task<(string Token, TimeSpan Lifetime)>> fetch,
        CancellationToken cancellationToken
    )
    {
        if (Fresh() is { } token)
        {
            return token;
        }

        await single.WaitAsync(cancellationToken);
        try
        {
            if (Fresh() is { } others)
            {
                return others;
            }

            var (fetched, lifetime) = await fetch(cancellationToken);
            var kept = lifetime < Longest ? lifetime : Longest;
            var margin = TimeSpan.FromTicks(Math.Min(TimeSpan.FromSeconds(30).Ticks, kept.Ticks / 10));
            Volatile.Write(ref current, new Entry(fetched, time.GetUtcNow() + kept - margin));
            return fetched;
        }
        finally
        {
            single.Release();
        }
    }

    /// <summary>Forgets a token that the partner refused, unless it was replaced already.</summary>
    public void Invalidate(string token)
    {
        if (Volatile.Read(ref current) is { } entry && entry.Token == token)
        {
            Interlocked.CompareExchange(ref current, null, entry);
        }
    }

    private string? Fresh() =>
        Volatile.Read(ref current) is { } entry && entry.Until > time.GetUtcNow() ? entry.Token : null;

    private sealed record Entry(string Token, DateTimeOffset Until);
}
