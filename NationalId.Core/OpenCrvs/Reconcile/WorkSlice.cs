using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>Long work that goes in slices, of which one worker does one at a time: a run, or a batch.</summary>
internal interface ISlicedWork : ILeasedRow
{
    /// <summary>When it goes on, where it has to wait.</summary>
    DateTimeOffset? NextAt { get; set; }

    /// <summary>Why it could not go on: a fixed sentence.</summary>
    string? Trouble { get; set; }
}

/// <summary>
/// A worker's slice of long work: it has the work for itself, saves how far it is, and notes what stops it.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class WorkSlice(TimeProvider time)
{
    // A page with its records that have to be fetched, one call a second.
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Length = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(5);

    private DateTimeOffset until;

    /// <summary>Whether its time is over.</summary>
    public bool IsOver => time.GetUtcNow() >= until;

    /// <summary>Whether a worker may take a piece of work now.</summary>
    /// <param name="work">The work.</param>
    /// <param name="now">The present.</param>
    public static bool IsFree(ISlicedWork work, DateTimeOffset now) => !(work.NextAt > now) && !IsHeld(work, now);

    /// <summary>Whether a worker has a piece of work.</summary>
    /// <param name="work">The work.</param>
    /// <param name="now">The present.</param>
    public static bool IsHeld(ISlicedWork work, DateTimeOffset now) =>
        DeliveryOptions.IsLeased(work.LeaseUntil, now, Lease);

    /// <summary>Goes on with a piece of work, if nobody else has it and its time has come.</summary>
    /// <param name="work">The work, as it was read.</param>
    /// <param name="take">Saves it with this worker's lease; false when somebody else has it.</param>
    /// <param name="save">Saves it; false when somebody else changed it meanwhile.</param>
    /// <param name="go">Does it until the slice is over.</param>
    /// <param name="cancellationToken">Set when the host stops.</param>
    /// <returns>Whether it was done. What stopped it is its trouble.</returns>
    public async Task<bool> TakeAsync(
        ISlicedWork work,
        Func<CancellationToken, Task<bool>> take,
        Func<CancellationToken, Task<bool>> save,
        Func<WorkSlice, Task> go,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        if (!IsFree(work, now))
        {
            return false;
        }

        until = now + Length;
        work.NextAt = null;
        Prolong(work);
        if (!await take(cancellationToken))
        {
            return false;
        }

        try
        {
            await go(this);
            work.Trouble = null;
        }
        catch (DeliveryException failure)
        {
            Hold(work, failure.Reason, (failure as TransientFailureException)?.RetryAfter);
        }
        catch (Exception secret)
            when (secret is SecretMissingException or SecretUnusableException or SecretStoreUnavailableException)
        {
            Hold(work, Failures.Wrap(secret, "The secret store", cancellationToken)!.Reason, null);
        }
        finally
        {
            work.LeaseUntil = null;
            await save(CancellationToken.None);
        }

        return true;
    }

    /// <summary>The worker lives: it keeps the work.</summary>
    /// <param name="work">The work.</param>
    public void Prolong(ISlicedWork work) => work.LeaseUntil = DeliveryOptions.LeaseEnd(time.GetUtcNow(), Lease);

    private void Hold(ISlicedWork work, string reason, TimeSpan? retryAfter)
    {
        work.Trouble = reason;
        work.NextAt = time.GetUtcNow() + (retryAfter ?? AgainAfter);
    }
}
