using Azure.Data.Tables;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Ledger;

/// <summary>Up to when a chore has looked, so that it does not look at everything again.</summary>
/// <param name="storage">The storage account.</param>
public sealed class Watermarks(StorageClients storage)
{
    private const string Partition = "control";

    private TableClient Table => field ??= storage.Tables.GetTableClient(EventLedger.TableName);

    /// <summary>Up to when a chore has looked; null when it never has.</summary>
    /// <param name="chore">The chore's name.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<DateTimeOffset?> GetAsync(string chore, CancellationToken cancellationToken)
    {
        return (await Table.FindAsync<TableEntity>(Partition, chore, cancellationToken))?.GetDateTimeOffset("At");
    }

    /// <summary>Forgets a mark.</summary>
    /// <param name="chore">The chore's name.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task RemoveAsync(string chore, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(Partition, chore, cancellationToken: cancellationToken);

    /// <summary>Notes up to when a chore has looked.</summary>
    /// <param name="chore">The chore's name.</param>
    /// <param name="at">Up to when.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task SetAsync(string chore, DateTimeOffset at, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(
            new TableEntity(Partition, chore) { ["At"] = at },
            TableUpdateMode.Replace,
            cancellationToken
        );
}
