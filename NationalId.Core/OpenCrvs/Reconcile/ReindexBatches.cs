namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// The batch that a reindexing is kept for: the one that is being filled, or a new one. It is over some time after its
/// last request, since OpenCRVS does not say when it has done.
/// </summary>
/// <param name="table">The batches.</param>
/// <param name="time">The clock.</param>
public sealed class ReindexBatches(BackfillTable table, TimeProvider time)
{
    private const int Tries = 5;

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(10);

    // A part was lost while storage could not be told so.
    private volatile bool hasLost;

    /// <summary>The batch of the reindexing that is under way, or a new one.</summary>
    /// <param name="cancellationToken">Stops the calls.</param>
    internal async Task<BackfillBatch> CurrentAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await foreach (var batch in table.AllAsync(cancellationToken))
        {
            if (batch is { State: BatchStates.Filling, NextAt: { } over } && over > now)
            {
                return batch;
            }
        }

        var begun = new BackfillBatch
        {
            RowKey = BackfillBatch.NewId(now),
            Source = ReconcileOptions.EventsSearch,
            State = BatchStates.Filling,
            BegunAt = now,
            NextAt = now + Quiet,
        };
        await table.TrySaveAsync(begun, cancellationToken);
        return begun;
    }

    /// <summary>Keeps a batch open while a long part goes on.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    internal Task StayAsync(BackfillBatch batch, CancellationToken cancellationToken) =>
        batch.NextAt - time.GetUtcNow() < Quiet / 2 ? KeepAsync(batch, false, cancellationToken) : Task.CompletedTask;

    /// <summary>Keeps a batch open after a part.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="isLost">Whether the part could not be stored.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    internal async Task KeepAsync(BackfillBatch batch, bool isLost, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Tries; i++)
        {
            batch.IsIncomplete |= isLost || hasLost;
            batch.NextAt = time.GetUtcNow() + Quiet;
            if (await table.TrySaveAsync(batch, cancellationToken))
            {
                hasLost = false;
                return;
            }

            // Other requests of the reindexing change it too.
            if (await table.GetAsync(batch.RowKey, cancellationToken) is not { } fresh)
            {
                break;
            }

            batch.ETag = fresh.ETag;
            batch.IsIncomplete |= fresh.IsIncomplete;
        }

        Lost(isLost);
    }

    /// <summary>Notes that a part was lost: the next one that is stored tells its batch.</summary>
    /// <param name="isLost">Whether one was.</param>
    internal void Lost(bool isLost) => hasLost |= isLost;
}
