using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>The dry run of a batch: it is listed and compared with the ledger, and nothing is taken in.</summary>
/// <param name="table">The batches.</param>
/// <param name="runs">Remembers what OpenCRVS does not give to our client.</param>
/// <param name="reindexed">What reindexings brought.</param>
/// <param name="held">Registrations by which a search is tried.</param>
/// <param name="time">The clock.</param>
public sealed class BackfillPlan(
    BackfillTable table,
    ReconcileTable runs,
    ReindexedRecords reindexed,
    HeldRecords held,
    TimeProvider time
)
{
    private const int Together = 100;

    private static readonly RegistrationKind[] Kinds = [RegistrationKind.Birth, RegistrationKind.Death];

    /// <summary>Compares what is listed with the ledger. Safe to repeat from the cursor.</summary>
    /// <param name="source">Lists and fetches registrations.</param>
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
        // 1. What passed by of a reindexing.
        await foreach (var part in reindexed.PartsAsync(batch.RowKey, batch.PartsDone, cancellationToken))
        {
            await foreach (var record in reindexed.ReadAsync(part, cancellationToken))
            {
                await CompareAsync(source, batch, record, cancellationToken);
            }

            batch.PartsDone = part;
            if (!await KeepAsync(batch, slice, cancellationToken) || slice.IsOver)
            {
                return;
            }
        }

        // 2. What a list was given for.
        while (true)
        {
            var items = await table.SomeAsync(batch.RowKey, BackfillItem.Listed, Together, cancellationToken);
            if (items.Count == 0)
            {
                break;
            }

            foreach (var item in items)
            {
                if (!await CompareAsync(source, batch, item.ToRecord(), cancellationToken))
                {
                    await table.RemoveAsync(item, cancellationToken);
                }
            }

            if (!await KeepAsync(batch, slice, cancellationToken) || slice.IsOver)
            {
                return;
            }
        }

        // 3. What OpenCRVS lists. An empty list proves nothing: it must know a number that we know.
        if (batch is { From: not null, To: not null } && batch.KindsDone < Kinds.Length)
        {
            await source.ProbeAsync(await KnownAsync(source, batch, cancellationToken), cancellationToken);
        }

        while (batch is { From: { } from, To: { } to } && batch.KindsDone < Kinds.Length)
        {
            var order = new ListOrder(Kinds[batch.KindsDone], batch.Cursor ?? from, to, OnDemand: true);
            await foreach (var page in source.ListAsync(order, cancellationToken))
            {
                foreach (var record in page.Records.Where(record => !record.IsOpen && record.RegisteredAt <= to))
                {
                    await CompareAsync(source, batch, record, cancellationToken);
                }

                if (page.Unlisted(order.Kind) is var (unlisted, why))
                {
                    batch.Unreachable++;
                    await runs.NoteUnreachableAsync(source.Name, unlisted, time.GetUtcNow(), why, cancellationToken);
                }

                batch.Cursor = page.Cursor;
                if (!await KeepAsync(batch, slice, cancellationToken) || slice.IsOver)
                {
                    return;
                }
            }

            batch.KindsDone++;
            batch.Cursor = null;
        }

        batch.State = BatchStates.Held;
    }

    /// <returns>Whether it is missing and waits for its release.</returns>
    private async Task<bool> CompareAsync(
        IRecordSource source,
        BackfillBatch batch,
        ListedRecord record,
        CancellationToken cancellationToken
    )
    {
        batch.Listed++;
        var verdict = await source.CompareAsync(record, cancellationToken);
        if (verdict == Comparison.Known)
        {
            batch.Known++;
            return false;
        }

        var (outcome, reason) = RecordComparison.ConflictOf(verdict) is { } conflict
            ? new Recovered(Recovery.Conflict, conflict)
            : await source.TakeAsync(record, new RecoveryOrder(batch.Origin, DryRun: true), cancellationToken);
        switch (outcome)
        {
            case Recovery.Taken:
                batch.Missing++;
                await table.PutAsync(batch.RowKey, record, BackfillItem.Missing, cancellationToken);
                return true;
            case Recovery.Kept when reason == RecoveryRules.Identified:
                batch.Identified++;
                break;
            case Recovery.Kept:
                batch.TooOld++;
                break;
            case Recovery.Conflict:
                batch.Conflicts++;
                break;
            case Recovery.Unreachable:
                batch.Unreachable++;
                await runs.NoteUnreachableAsync(source.Name, record, time.GetUtcNow(), reason, cancellationToken);
                break;
            default:
                batch.Unreachable++;
                break;
        }

        return false;
    }

    private async Task<IReadOnlyList<KnownNumber>> KnownAsync(
        IRecordSource source,
        BackfillBatch batch,
        CancellationToken cancellationToken
    ) =>
        batch.Probe is { } number ? [new KnownNumber(null, number)]
        : await held.SomeAsync(source.EventSource, cancellationToken) is { Count: > 0 } some ? some
        : throw new TransientFailureException("Nothing is known by which the list could be tried: give a probe.");

    private Task<bool> KeepAsync(BackfillBatch batch, WorkSlice slice, CancellationToken cancellationToken)
    {
        slice.Prolong(batch);
        return table.TrySaveAsync(batch, cancellationToken);
    }
}
