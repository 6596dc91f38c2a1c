using NationalId.Core.Ledger;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// What an operator has released goes on its way, at a rate that leaves today's registrations first.
/// </summary>
/// <param name="table">The batches.</param>
/// <param name="runs">Remembers what OpenCRVS does not give to our client.</param>
/// <param name="queues">Say what waits.</param>
/// <param name="reindexed">What reindexings brought.</param>
/// <param name="options">The rate.</param>
/// <param name="time">The clock.</param>
public sealed class BackfillRelease(
    BackfillTable table,
    ReconcileTable runs,
    EventQueues queues,
    ReindexedRecords reindexed,
    ReconcileOptions options,
    TimeProvider time
)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>Lets a minute's share go. Safe to repeat.</summary>
    /// <param name="source">Fetches registrations.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="slice">The worker's slice.</param>
    /// <param name="cancellationToken">Set when the host stops.</param>
    internal async Task GoOnAsync(
        IRecordSource source,
        BackfillBatch batch,
        WorkSlice slice,
        CancellationToken cancellationToken
    )
    {
        // 1. Today's registrations first.
        batch.NextAt = time.GetUtcNow() + Minute;
        if (await queues.WaitingAsync(EventKinds.BirthQueue, cancellationToken) > options.ReleasePerMinute)
        {
            return;
        }

        // 2. This minute's.
        var items = await table.SomeAsync(
            batch.RowKey,
            BackfillItem.Missing,
            options.ReleasePerMinute,
            cancellationToken
        );
        foreach (var item in items)
        {
            await TakeAsync(source, batch, item, cancellationToken);
            slice.Prolong(batch);
            if (!await table.TrySaveAsync(batch, cancellationToken))
            {
                return;
            }
        }

        if (items.Count < options.ReleasePerMinute)
        {
            batch.State = BatchStates.Done;
            batch.EndedAt = time.GetUtcNow();
            batch.NextAt = null;
            await reindexed.RemoveAsync(batch.RowKey, cancellationToken);
        }
    }

    private async Task TakeAsync(
        IRecordSource source,
        BackfillBatch batch,
        BackfillItem item,
        CancellationToken cancellationToken
    )
    {
        // 1. The ledger may have learned of it since it was planned.
        var record = await reindexed.FillAsync(item.ToRecord(), cancellationToken);
        var verdict = await source.CompareAsync(record, cancellationToken);
        var order = new RecoveryOrder(batch.Origin) { Conflict = RecordComparison.ConflictOf(verdict) };
        var (outcome, reason) =
            verdict == Comparison.Known
                ? new Recovered(Recovery.Known)
                : await source.TakeAsync(record, order, cancellationToken);
        CrashPoint.Hit("backfill.taken");

        // 2. What can't be had any more is shown, since the batch forgets it.
        if (outcome == Recovery.Unreachable)
        {
            await runs.NoteUnreachableAsync(source.Name, record, time.GetUtcNow(), reason, cancellationToken);
        }
        else
        {
            await runs.ForgetUnreachableAsync(source.Name, record, cancellationToken);
        }

        await table.RemoveAsync(item, cancellationToken);
        batch.Sent += outcome == Recovery.Taken ? 1 : 0;
        batch.Dropped += outcome == Recovery.Taken ? 0 : 1;
    }
}
