using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Batches of registrations from before the client was there. A batch is listed and compared first, and nothing of it
/// is taken in: these may have gone to the National ID system by another way. An operator releases it; then its
/// registrations are fetched and go on their way, slowly, and after those of today.
/// </summary>
/// <param name="sources">The ways to list and fetch registrations.</param>
/// <param name="table">The batches.</param>
/// <param name="queues">Has a batch go on.</param>
/// <param name="plan">Compares a batch with the ledger.</param>
/// <param name="release">Lets a released batch go.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of batches that end.</param>
public sealed partial class Backfill(
    IEnumerable<IRecordSource> sources,
    BackfillTable table,
    EventQueues queues,
    BackfillPlan plan,
    BackfillRelease release,
    TimeProvider time,
    ILogger<Backfill> logger
) : IChore
{
    /// <summary>What a message of a batch begins with.</summary>
    internal const string Prefix = "batch:";

    /// <inheritdoc/>
    public string Name => "backfill";

    /// <inheritdoc/>
    /// <remarks>A batch whose message was lost goes on.</remarks>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await foreach (var batch in table.AllAsync(cancellationToken))
        {
            if (batch is { State: BatchStates.Filling, NextAt: { } over } && over <= now)
            {
                // The reindexing is over.
                batch.State = BatchStates.Planning;
                batch.NextAt = null;
                await table.TrySaveAsync(batch, cancellationToken);
            }

            if (batch.IsAtWork && WorkSlice.IsFree(batch, now))
            {
                await SendAsync(batch.RowKey, null, cancellationToken);
            }
        }
    }

    /// <summary>Has a batch go on.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="delay">When; null: now.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task SendAsync(string id, TimeSpan? delay, CancellationToken cancellationToken) =>
        queues.SendAsync(ReconcileQueue.Name, Prefix + id, delay, cancellationToken);

    /// <summary>Goes on with a batch.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="cancellationToken">Set when the host stops.</param>
    public async Task WorkAsync(string id, CancellationToken cancellationToken)
    {
        if (
            await table.GetAsync(id, cancellationToken) is not { IsAtWork: true } batch
            || sources.FirstOrDefault(one => one.Name == batch.Source) is not { } source
        )
        {
            return;
        }

        var isTaken = await new WorkSlice(time).TakeAsync(
            batch,
            stop => table.TryTakeAsync(batch, stop),
            stop => table.TrySaveAsync(batch, stop),
            slice =>
                batch.State == BatchStates.Released
                    ? release.GoOnAsync(source, batch, slice, cancellationToken)
                    : plan.GoOnAsync(source, batch, slice, cancellationToken),
            cancellationToken
        );
        if (!isTaken)
        {
            return;
        }

        if (batch is { IsAtWork: true, Trouble: null })
        {
            await SendAsync(id, batch.NextAt is { } at ? at - time.GetUtcNow() : null, CancellationToken.None);
        }
        else
        {
            LogStands(id, batch.State, batch.Trouble ?? "-");
        }
    }

    [LoggerMessage(114, LogLevel.Information, "Batch {Batch} is {State}: {Reason}")]
    private partial void LogStands(string batch, string state, string reason);
}
