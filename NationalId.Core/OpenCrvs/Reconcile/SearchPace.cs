using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>The day's searches are used up.</summary>
/// <param name="reason">A fixed sentence.</param>
/// <param name="retryAfter">How long until the next day's.</param>
public sealed class QuotaSpentException(string reason, TimeSpan retryAfter)
    : TransientFailureException(reason, retryAfter);

/// <summary>
/// Keeps searches slow, and inside the quota that OpenCRVS gives a client for a day.
/// </summary>
/// <param name="table">Counts the searches of a day.</param>
/// <param name="options">The pace and the quota.</param>
/// <param name="time">The clock.</param>
public sealed class SearchPace(ReconcileTable table, ReconcileOptions options, TimeProvider time) : IDisposable
{
    private const double Share = 0.8;

    // OpenCRVS counts by its own clock.
    private static readonly TimeSpan AfterMidnight = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim turn = new(1);
    private DateTimeOffset nextAt = DateTimeOffset.MinValue;

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    /// <summary>When the next day's quota may be used.</summary>
    public DateTimeOffset NextDay =>
        new DateTimeOffset(Today.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) + AfterMidnight;

    /// <summary>Waits for the next search's turn.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            var wait = nextAt - time.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                // A clock that was set back makes nobody wait for it.
                await Task.Delay(wait < options.CallEvery ? wait : options.CallEvery, time, cancellationToken);
            }

            nextAt = time.GetUtcNow() + options.CallEvery;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Asks for a search's place in the day's quota.</summary>
    /// <param name="onDemand">Whether an operator or a delivery waits for it: the last fifth is for them.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="QuotaSpentException">It is spent, until the next day.</exception>
    public async Task NeedQuotaAsync(bool onDemand, CancellationToken cancellationToken)
    {
        if (await LeftAsync(onDemand, cancellationToken) <= 0)
        {
            throw new QuotaSpentException(
                "The day's share of OpenCRVS's search quota is spent.",
                NextDay - time.GetUtcNow()
            );
        }
    }

    /// <summary>How many searches are left today.</summary>
    /// <param name="onDemand">Whether the last fifth counts.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<int> LeftAsync(bool onDemand, CancellationToken cancellationToken) =>
        (int)(options.DailyQuota * (onDemand ? 1 : Share)) - await table.CallsAsync(Today, cancellationToken);

    /// <summary>Counts a search that found something: OpenCRVS counts no other.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task CountAsync(CancellationToken cancellationToken) => table.CountCallAsync(Today, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();
}
