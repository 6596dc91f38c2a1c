using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// What waits for our acceptance: table <c>confirmations</c>. Rows <c>a_{key}</c> are the actions, in sixteen
/// partitions by the event key's first digit; beside one that is not done stands <c>o_{ticks}_{key}</c>, changed in the
/// same transaction, so that what is open is found without reading the rest. Rows <c>n_</c> fix a record's registration
/// number; they stand in the partition of the record's actions.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="registrations">Knows which record has a registration number.</param>
/// <param name="ledger">Knows the record's events.</param>
public sealed class ConfirmationTable(StorageClients storage, Registrations registrations, EventLedger ledger)
{
    /// <summary>The table's name.</summary>
    public const string Name = "confirmations";

    private const string NumberColumn = "Number";

    private TableClient Table => field ??= storage.Tables.GetTableClient(Name);

    /// <summary>The partition of an action.</summary>
    /// <param name="key">The event's key.</param>
    public static string PartitionOf(string key) => key[..1];

    /// <summary>The row key of an action.</summary>
    /// <param name="key">The event's key.</param>
    public static string RowKeyOf(string key) => "a_" + key;

    /// <summary>An action's row; null when there is none.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task<ConfirmationRow?> GetAsync(string key, CancellationToken cancellationToken) =>
        FindAsync<ConfirmationRow>(PartitionOf(key), RowKeyOf(key), cancellationToken);

    /// <summary>
    /// Adds an action's row and fixes its number for its record, in one step. That nearly always can be done.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>False when there is such a row, or the record has a number, be it this one: nothing is changed
    /// then.</returns>
    public Task<bool> TryOpenAsync(ConfirmationRow row, CancellationToken cancellationToken) =>
        TryAddAsync(
            row,
            row.RegistrationNumber is { } number ? NumberRow(row.EventId, number) : null,
            cancellationToken
        );

    /// <summary>Adds an action's row, unless there is one.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Whether it was added.</returns>
    public Task<bool> AddAsync(ConfirmationRow row, CancellationToken cancellationToken) =>
        TryAddAsync(row, null, cancellationToken);

    /// <summary>Changes some columns of an action's row, whatever the others are.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task MergeAsync(
        string key,
        IReadOnlyDictionary<string, object?> columns,
        CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var change = new TableEntity(columns.ToDictionary(one => one.Key, one => one.Value!))
        {
            PartitionKey = PartitionOf(key),
            RowKey = RowKeyOf(key),
        };
        await Table.UpdateEntityAsync(change, ETag.All, TableUpdateMode.Merge, cancellationToken);
    }

    /// <summary>Keeps the token of an action that is in its row.</summary>
    /// <param name="row">The row, as it was read, with another token.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>False when somebody else changed it meanwhile: nothing is changed then. The token of what is settled is
    /// gone, and must not come back.</returns>
    public async Task<bool> TryKeepTokenAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        var change = new TableEntity(row.PartitionKey, row.RowKey)
        {
            [nameof(ConfirmationRow.Token)] = row.Token,
            [nameof(ConfirmationRow.TokenAt)] = row.TokenAt,
            [nameof(ConfirmationRow.TokenExpiresAt)] = row.TokenExpiresAt,
        };
        try
        {
            var answer = await Table.UpdateEntityAsync(change, row.ETag, TableUpdateMode.Merge, cancellationToken);
            row.ETag = answer.Headers.ETag ?? ETag.All;
            return true;
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            return false;
        }
    }

    /// <summary>Saves an action's row. One that is done leaves the list of what is open.</summary>
    /// <param name="row">The row, as it was read and then changed.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>False when somebody else changed it meanwhile.</returns>
    public async Task<bool> TrySaveAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        List<TableTransactionAction> changes = [new(TableTransactionActionType.UpdateReplace, row, row.ETag)];
        var open = new TableEntity(row.PartitionKey, OpenKey(row));
        if (!row.IsDone)
        {
            changes.Add(new TableTransactionAction(TableTransactionActionType.UpsertReplace, open));
        }
        else if (await FindAsync<TableEntity>(open.PartitionKey, open.RowKey, cancellationToken) is not null)
        {
            changes.Add(new TableTransactionAction(TableTransactionActionType.Delete, open, ETag.All));
        }

        try
        {
            var answers = await Table.SubmitTransactionAsync(changes, cancellationToken);
            row.ETag = answers.Value[0].Headers.ETag ?? ETag.All;
            return true;
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            return false;
        }
    }

    /// <summary>Saves an action's row for a worker that takes it for itself.</summary>
    /// <param name="row">The row with the worker's lease.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Whether the worker has it.</returns>
    public Task<bool> TryTakeAsync(ConfirmationRow row, CancellationToken cancellationToken) =>
        Table.TryTakeAsync(row, cancellationToken);

    /// <summary>
    /// Fixes the registration number of a record. The first one that is offered counts for ever: insert if absent
    /// decides.
    /// </summary>
    /// <param name="eventId">The record's id.</param>
    /// <param name="offered">The number that is offered.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>The record's number.</returns>
    public async Task<string> FixNumberAsync(string eventId, string offered, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        try
        {
            await Table.AddEntityAsync(NumberRow(eventId, offered), cancellationToken);
            return offered;
        }
        catch (RequestFailedException conflict) when (conflict.Status == 409)
        {
            return await NumberOfAsync(eventId, cancellationToken) ?? offered;
        }
    }

    /// <summary>The registration number that is fixed for a record; null when none is.</summary>
    /// <param name="eventId">The record's id.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<string?> NumberOfAsync(string eventId, CancellationToken cancellationToken)
    {
        var row = NumberRow(eventId, "");
        return (await FindAsync<TableEntity>(row.PartitionKey, row.RowKey, cancellationToken))?.GetString(NumberColumn);
    }

    /// <summary>The actions that register a number, the newest first.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="eventType">The country's type of event.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<IReadOnlyList<ConfirmationRow>> OfNumberAsync(
        RegistrationKind kind,
        string eventType,
        string number,
        CancellationToken cancellationToken
    )
    {
        // A record that is known by a webhook has another id by its trigger.
        var known = await registrations.GetAsync(kind, number, cancellationToken);
        var record = known?.RecordSource is null or EventSources.Webhook ? null : known.RecordId;
        List<ConfirmationRow> rows = [];
        foreach (var key in await ledger.FindAsync(number, cancellationToken, record))
        {
            if (
                await GetAsync(key, cancellationToken) is { } row
                && row.EventType == eventType
                && row.RegistrationNumber == number
            )
            {
                rows.Add(row);
            }
        }

        return [.. rows.OrderByDescending(row => row.OpenedAt)];
    }

    /// <summary>What is not done, the oldest first within each partition.</summary>
    /// <param name="cancellationToken">Stops the query.</param>
    public async IAsyncEnumerable<ConfirmationRow> OpenAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        foreach (var partition in EventLedger.Partitions)
        {
            await foreach (
                var index in Table.QueryAsync<TableEntity>(
                    TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge 'o_' and RowKey lt 'o`'"),
                    select: ["RowKey"],
                    cancellationToken: cancellationToken
                )
            )
            {
                if (await GetAsync(index.RowKey[22..], cancellationToken) is { IsDone: false } row)
                {
                    yield return row;
                }
            }
        }
    }

    private async Task<bool> TryAddAsync(ConfirmationRow row, TableEntity? number, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        try
        {
            List<TableTransactionAction> changes = [new(TableTransactionActionType.Add, row)];
            if (!row.IsDone)
            {
                changes.Add(
                    new(TableTransactionActionType.UpsertReplace, new TableEntity(row.PartitionKey, OpenKey(row)))
                );
            }

            if (number is not null)
            {
                changes.Add(new(TableTransactionActionType.Add, number));
            }

            await Table.SubmitTransactionAsync(changes, cancellationToken);
            return true;
        }
        catch (RequestFailedException conflict) when (conflict.Status == 409)
        {
            return false;
        }
    }

    private async Task<T?> FindAsync<T>(string partition, string row, CancellationToken cancellationToken)
        where T : class, ITableEntity
    {
        await storage.ReadyAsync();
        return await Table.FindAsync<T>(partition, row, cancellationToken);
    }

    // In the partition of the record's actions: both are added in one transaction.
    private static TableEntity NumberRow(string eventId, string number) =>
        new(EventKey.PartitionOf(eventId), "n_" + TableRows.KeyOf(eventId)) { [NumberColumn] = number };

    private static string OpenKey(ConfirmationRow row) =>
        $"o_{row.OpenedAt.UtcTicks.ToString("D19", CultureInfo.InvariantCulture)}_{row.EventKey}";
}
