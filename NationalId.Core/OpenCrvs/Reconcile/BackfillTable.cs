using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// The batches, and their registrations that are not done with: table <c>backfill</c>, a partition a batch. What is
/// done with is removed from it: the ledger has it.
/// </summary>
/// <param name="storage">The storage account.</param>
public sealed class BackfillTable(StorageClients storage)
{
    /// <summary>The table's name.</summary>
    public const string Name = "backfill";

    private TableClient Table => field ??= storage.Tables.GetTableClient(Name);

    /// <summary>A batch; null when there is none.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<BackfillBatch?> GetAsync(string id, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        return await Table.FindAsync<BackfillBatch>(BackfillBatch.Partition, id, cancellationToken);
    }

    /// <summary>All batches, the oldest first.</summary>
    /// <param name="cancellationToken">Stops the query.</param>
    public async IAsyncEnumerable<BackfillBatch> AllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await foreach (
            var batch in Table.QueryAsync<BackfillBatch>(
                TableClient.CreateQueryFilter($"PartitionKey eq {BackfillBatch.Partition}"),
                cancellationToken: cancellationToken
            )
        )
        {
            yield return batch;
        }
    }

    /// <summary>Saves a batch.</summary>
    /// <param name="batch">The batch, as it was read and then changed.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>False when somebody else changed it meanwhile.</returns>
    public async Task<bool> TrySaveAsync(BackfillBatch batch, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        return await Table.TrySaveAsync(batch, cancellationToken);
    }

    /// <summary>The same for a worker that takes a batch for itself.</summary>
    /// <param name="batch">The batch with the worker's lease.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Whether the worker has it.</returns>
    public Task<bool> TryTakeAsync(BackfillBatch batch, CancellationToken cancellationToken) =>
        Table.TryTakeAsync(batch, cancellationToken);

    /// <summary>Puts a registration into a batch.</summary>
    /// <param name="batch">The batch's id.</param>
    /// <param name="record">The registration.</param>
    /// <param name="state">How far it is.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task PutAsync(string batch, ListedRecord record, string state, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(
            new BackfillItem
            {
                PartitionKey = batch,
                RowKey = TableRows.KeyOf($"{record.Kind}:{record.RecordId}"),
                State = state,
                Kind = record.Kind.ToString(),
                RecordId = record.RecordId,
                Number = record.Number,
                RegisteredAt = record.RegisteredAt,
                IsOpen = record.IsOpen,
                Part = record.Document?.Part,
                PartFrom = record.Document?.From ?? 0,
                PartEnd = record.Document?.End ?? 0,
            },
            TableUpdateMode.Replace,
            cancellationToken
        );

    /// <summary>Some registrations of a batch that are in a state.</summary>
    /// <param name="batch">The batch's id.</param>
    /// <param name="state">The state.</param>
    /// <param name="most">How many.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<BackfillItem>> SomeAsync(
        string batch,
        string state,
        int most,
        CancellationToken cancellationToken
    )
    {
        List<BackfillItem> items = [];
        await foreach (
            var item in Table.QueryAsync<BackfillItem>(
                TableClient.CreateQueryFilter($"PartitionKey eq {batch} and State eq {state}"),
                Math.Min(most, 1000),
                cancellationToken: cancellationToken
            )
        )
        {
            items.Add(item);
            if (items.Count == most)
            {
                break;
            }
        }

        return items;
    }

    /// <summary>Removes a registration that is done with.</summary>
    /// <param name="item">The registration.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task RemoveAsync(BackfillItem item, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(item.PartitionKey, item.RowKey, ETag.All, cancellationToken);
}
