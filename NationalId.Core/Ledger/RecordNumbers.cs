using Azure.Data.Tables;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Ledger;

/// <summary>
/// Which registration number a record has: rows <c>c_</c> of table <c>events</c>, in the partition of the record's
/// events, so that one is written in the same transaction that takes the record's first event. The first number counts
/// for ever: insert if absent decides.
/// </summary>
/// <param name="storage">The storage account.</param>
public sealed class RecordNumbers(StorageClients storage)
{
    private const string Value = "Value";

    private TableClient Table => field ??= storage.Tables.GetTableClient(EventLedger.TableName);

    /// <summary>The registration number that a record has by the ledger; null when it has none yet.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="record">The record's id.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<string?> FindAsync(RegistrationKind kind, string record, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var key = NewRow(kind, record, "");
        var row = await Table.FindAsync<TableEntity>(key.PartitionKey, key.RowKey, cancellationToken);
        return NumberIn(row);
    }

    /// <summary>Notes that a record has a number, unless it has another one.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="record">The record's id.</param>
    /// <param name="number">The number; empty where it has none yet.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Whether it has no other number.</returns>
    public async Task<bool> TryNoteAsync(
        RegistrationKind kind,
        string record,
        string number,
        CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var row = NewRow(kind, record, number);
        while (!await Table.TrySaveAsync(row, cancellationToken))
        {
            row =
                await Table.FindAsync<TableEntity>(row.PartitionKey, row.RowKey, cancellationToken)
                ?? NewRow(kind, record, "");
            if (number.Length == 0 || NumberIn(row) is not null)
            {
                return number.Length == 0 || NumberIn(row) == number;
            }

            // The record was known before it had a number.
            row[Value] = number;
        }

        return true;
    }

    /// <summary>
    /// Takes back that a record has a number, if it has that one: it is free for its true one. That it is known stays.
    /// Whoever has noted another one meanwhile knows better.
    /// </summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="record">The record's id.</param>
    /// <param name="number">The number that is another record's.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task ForgetAsync(
        RegistrationKind kind,
        string record,
        string number,
        CancellationToken cancellationToken
    )
    {
        var key = NewRow(kind, record, "");
        if (
            await Table.FindAsync<TableEntity>(key.PartitionKey, key.RowKey, cancellationToken) is { } row
            && NumberIn(row) == number
        )
        {
            row[Value] = "";
            await Table.TrySaveAsync(row, cancellationToken);
        }
    }

    /// <summary>What is noted with the first event of a record; null for what is no registration of a record.</summary>
    /// <param name="row">The event's row.</param>
    internal static TableEntity? RowOf(EventRow row)
    {
        if (
            row.CompositionId is not { } record
            || EventKinds.Carried.Find(row.Topic)
                is not { IsRegistration: true, Change: RegistrationChange.Registered, Registration: var kind }
            || EventKey.PartitionOf(record) != row.PartitionKey
        )
        {
            return null;
        }

        return NewRow(kind, record, row.RegistrationNumber ?? "");
    }

    private static TableEntity NewRow(RegistrationKind kind, string record, string number) =>
        new(EventKey.PartitionOf(record), "c_" + TableRows.KeyOf($"{kind}:{record}")) { [Value] = number };

    private static string? NumberIn(TableEntity? row) =>
        row?.GetString(Value) is { Length: > 0 } number ? number : null;
}
