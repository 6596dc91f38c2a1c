using Azure;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Pipeline;

/// <summary>Takes an event for one worker: of several messages and workers only one may deliver it at a time.</summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="missing">Writes a row that intake did not get to.</param>
/// <param name="checks">What must be so before an event is delivered.</param>
/// <param name="options">How long a worker has an event.</param>
/// <param name="time">The clock.</param>
public sealed class EventClaims(
    EventLedger ledger,
    EventQueues queues,
    MissingRows missing,
    IEnumerable<IEventCheck> checks,
    DeliveryOptions options,
    TimeProvider time
)
{
    /// <summary>Finds or writes the event's row and takes it.</summary>
    /// <param name="message">The message that the worker got.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>The row; null when there is nothing to do with this message.</returns>
    public async Task<EventRow?> TakeAsync(EventMessage message, CancellationToken cancellationToken)
    {
        // 1. The row, also where intake died between message and row, or is about to write it.
        var row =
            await ledger.GetAsync(message.Key, cancellationToken) ?? await missing.AddAsync(message, cancellationToken);
        if (row is null)
        {
            return null;
        }

        // 2. The row counts, not the message: one too many, of an event that came again, may name another payload.
        // Whoever accepted that one keeps it or removes it.
        if (row.IsFinal)
        {
            return null;
        }

        // 3. A message too many, of a replay or the sweep: the row's own comes when its time has come.
        var now = time.GetUtcNow();
        if (message.Attempt != row.Attempt && row.NextAt > now)
        {
            return null;
        }

        // 4. Another worker has it, is about to give it back, or died with it.
        if (options.LookAgainIn(row.LeaseUntil, now) is { } wait)
        {
            await AgainAsync(row, message, wait, cancellationToken);
            return null;
        }

        // 5. It is ours, unless another worker was faster by a moment.
        if (await TryLeaseAsync(row, options.LeaseEnd(now), cancellationToken))
        {
            CrashPoint.Hit("deliver.lease");
            return row;
        }

        await AgainAsync(row, message, options.FirstDelay, cancellationToken);
        return null;
    }

    /// <summary>Ends shortly before a lease that begins now does. The caller disposes it.</summary>
    public CancellationTokenSource Limit() => new(options.LeaseFor * 0.9, time);

    /// <summary>Gives an event back as it is, since the host stops: another one must not wait for the lease.</summary>
    /// <param name="row">The event's row.</param>
    public async Task ReleaseAsync(EventRow row)
    {
        var lease = row.LeaseUntil;
        row.LeaseUntil = null;
        try
        {
            await ledger.SaveAsync(row, CancellationToken.None);
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            await LeaveAsync(row.Key, lease);
        }
    }

    /// <summary>
    /// Gives back an event whose row somebody changed while this worker had it, so that what came of its delivery can't
    /// be noted: OpenCRVS sent it again, or an operator wrote something beside it. As it stands now it is delivered at
    /// once. Nobody waits for a lease that nobody uses.
    /// </summary>
    /// <param name="key">The event's key.</param>
    /// <param name="lease">Until when this worker had it.</param>
    public async Task LeaveAsync(string key, DateTimeOffset? lease)
    {
        while (await ledger.GetAsync(key, CancellationToken.None) is { } row)
        {
            if (row.LeaseUntil is null || row.LeaseUntil != lease)
            {
                // It was given back, or another worker has it.
                return;
            }

            row.LeaseUntil = null;
            try
            {
                await ledger.SaveAsync(row, CancellationToken.None);
                await queues.SendAsync(row.ToMessage(), null, CancellationToken.None);
                return;
            }
            catch (RequestFailedException changed) when (changed.Status == 412)
            {
                // Once more.
            }
        }
    }

    // Most events are their record's first, and most are tried once. What must be checked first proves nothing yet.
    private Task<bool> TryLeaseAsync(EventRow row, DateTimeOffset until, CancellationToken cancellationToken) =>
        row.Attempt == 0 && !checks.Any(check => check.Needs(row) && !row.IsDone(check.Step))
            ? ledger.TryLeaseFirstAsync(row, until, cancellationToken)
            : ledger.TryLeaseAsync(row, until, cancellationToken);

    // The message of another payload is one too many: the row's own payload came with a message too.
    private Task AgainAsync(EventRow row, EventMessage message, TimeSpan delay, CancellationToken cancellationToken) =>
        row.Blob == message.Blob ? queues.SendAsync(message, delay, cancellationToken) : Task.CompletedTask;
}
