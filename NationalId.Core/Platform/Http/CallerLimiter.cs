using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace NationalId.Core.Platform.Http;

/// <summary>
/// Limits how often anonymous routes are called in one process: by each caller, and by all together. A minute's
/// requests may come at once; after that they are let in as evenly as they are counted.
/// </summary>
public sealed class CallerLimiter : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly CallerOptions options;
    private readonly PartitionedRateLimiter<string> perCaller;
    private readonly TokenBucketRateLimiter overAll;

    /// <summary>Begins with nobody.</summary>
    /// <param name="options">The limits.</param>
    public CallerLimiter(CallerOptions options)
    {
        this.options = options;
        perCaller = PartitionedRateLimiter.Create<string, string>(caller =>
            RateLimitPartition.GetTokenBucketLimiter(caller, _ => Bucket(this.options.MaxPerMinute))
        );
        overAll = new TokenBucketRateLimiter(Bucket(this.options.MaxPerMinuteOverAll));
    }

    /// <summary>Counts a request.</summary>
    /// <param name="request">The caller's request.</param>
    /// <returns>Null when it is let in, else how long the caller should wait.</returns>
    public TimeSpan? Refuse(HttpRequest request)
    {
        // The caller first: one that asks too often must not use up what the others may ask.
        using var own = perCaller.AttemptAcquire(CallerOf(request, options.AddressHeader));
        if (!own.IsAcquired)
        {
            return Wait(own);
        }

        using var all = overAll.AttemptAcquire();
        return all.IsAcquired ? null : Wait(all);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        perCaller.Dispose();
        overAll.Dispose();
    }

    /// <summary>
    /// What stands for a caller: its IPv4 address, or its IPv6 network, in which it may use any address.
    /// </summary>
    internal static string CallerOf(HttpRequest request, string header) =>
        CallerAddress.Of(request, header) is not { } address ? ""
        : address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8))
        : address.ToString();

    private static TokenBucketRateLimiterOptions Bucket(int perMinute)
    {
        // Whole tokens: at a rate of less than one a second, one comes after several seconds.
        var tokens = Math.Max(1, perMinute / 60);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = perMinute,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = Minute * tokens / perMinute,
            QueueLimit = 0,
            AutoReplenishment = true,
        };
    }

    private static TimeSpan Wait(RateLimitLease lease) =>
        lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : Minute;
}
