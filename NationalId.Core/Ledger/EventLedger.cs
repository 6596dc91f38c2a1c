using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Ledger;

/// <summary>
/// The ledger of events: table <c>events</c>, sixteen partitions by the key's first digit. Beside an event's row
/// <c>e_{key}</c> stand two index rows in the same partition, changed in the same transaction:
/// <c>s_{state}_{ticks}_{key}</c> (what is in a state, since when) and <c>t_{ticks}_{key}</c> (what came when). So
/// every question of the operator reads only rows that answer it, whatever the ledger's size.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="time">The clock.</param>
public sealed class EventLedger(StorageClients storage, TimeProvider time)
{
    /// <summary>The table's name.</summary>
    public const string TableName = "events";

    /// <summary>All partitions.</summary>
    public static readonly string[] Partitions = [.. "0123456789abcdef".Select(digit => digit.ToString())];

    private TableClient Table => field ??= storage.Tables.GetTableClient(TableName);

    /// <summary>The partition of an event.</summary>
    /// <param name="key">The event's key.</param>
    public static string PartitionOf(string key) => key[..1];

    /// <summary>The row key of an event.</summary>
    /// <param name="key">The event's key.</param>
    public static string RowKeyOf(string key) => "e_" + key;

    /// <summary>An event's row; null when there is none.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<EventRow?> GetAsync(string key, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var answer = await Table.GetEntityIfExistsAsync<EventRow>(
            PartitionOf(key),
            RowKeyOf(key),
            cancellationToken: cancellationToken
        );
        return answer.HasValue ? answer.Value : null;
    }

    /// <summary>Adds an event's row, unless there is one.</summary>
    /// <returns>Whether it was added.</returns>
    public async Task<bool> AddAsync(EventRow row, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        try
        {
            await Table.SubmitTransactionAsync(
                [
                    new TableTransactionAction(TableTransactionActionType.Add, row),
                    new TableTransactionAction(
                        TableTransactionActionType.UpsertReplace,
                        StateIndex(row.Key, row.State, row.StateAt)
                    ),
                    new TableTransactionAction(TableTransactionActionType.UpsertReplace, TimeIndex(row)),
                ],
                cancellationToken
            );
            return true;
        }
        catch (RequestFailedException conflict) when (conflict.Status == 409)
        {
            return false;
        }
    }

    /// <summary>Takes the event for one worker until <paramref name="until"/>.</summary>
    /// <returns>Whether this worker has it now.</returns>
    public async Task<bool> TryLeaseAsync(EventRow row, DateTimeOffset until, CancellationToken cancellationToken)
    {
        row.LeaseUntil = until;
        try
        {
            row.ETag =
                (await Table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken)).Headers.ETag
                ?? ETag.All;
            return true;
        }
        catch (RequestFailedException taken) when (taken.Status == 412)
        {
            return false;
        }
    }

    /// <summary>Saves what a worker who has the event changed in its row; the state stays.</summary>
    public async Task SaveAsync(EventRow row, CancellationToken cancellationToken) =>
        row.ETag =
            (await Table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken)).Headers.ETag
            ?? ETag.All;

    /// <summary>Moves an event to a state, with its index row and history.</summary>
    /// <exception cref="RequestFailedException">Status 412: somebody else changed the row; read it again.</exception>
    public async Task MoveAsync(EventRow row, EventState state, string? note, CancellationToken cancellationToken)
    {
        var (before, since) = (row.State, row.StateAt);
        var now = time.GetUtcNow();
        row.Note(now, state, note);
        row.State = state.ToString();
        row.StateAt = now;
        List<TableTransactionAction> changes =
        [
            new(TableTransactionActionType.UpdateReplace, row, row.ETag),
            new(TableTransactionActionType.UpsertReplace, StateIndex(row.Key, row.State, now)),
        ];
        if (StateKey(row.Key, before, since) is var old && old != StateKey(row.Key, row.State, now))
        {
            changes.Add(new(TableTransactionActionType.Delete, new TableEntity(row.PartitionKey, old), ETag.All));
        }

        var answers = await Table.SubmitTransactionAsync(changes, cancellationToken);
        row.ETag = answers.Value[0].Headers.ETag ?? ETag.All;
    }

    /// <summary>The keys in a state, oldest first within each partition.</summary>
    /// <param name="state">The state.</param>
    /// <param name="from">Since this time; null: the oldest.</param>
    /// <param name="to">Before this time; null: now.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async IAsyncEnumerable<(string Key, DateTimeOffset At)> InStateAsync(
        EventState state,
        DateTimeOffset? from,
        DateTimeOffset? to,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var partition in Partitions)
        {
            await foreach (var item in KeysAsync(partition, state, from, to, null, cancellationToken))
            {
                yield return item;
            }
        }
    }

    /// <summary>
    /// Reads the keys in a state (null: all, by the time they were received) from all partitions at the same time; each
    /// gives its oldest first.
    /// </summary>
    /// <param name="state">The state; null: any.</param>
    /// <param name="from">Since this time; null: the oldest.</param>
    /// <param name="to">Before this time; null: now.</param>
    /// <param name="pageSize">How many rows are read at a time, at most 1000: no more than are wanted.</param>
    /// <param name="read">Reads one partition.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public Task<T[]> ByPartitionAsync<T>(
        EventState? state,
        DateTimeOffset? from,
        DateTimeOffset? to,
        int pageSize,
        Func<IAsyncEnumerable<(string Key, DateTimeOffset At)>, Task<T>> read,
        CancellationToken cancellationToken
    ) =>
        Task.WhenAll(
            Partitions.Select(partition => read(KeysAsync(partition, state, from, to, pageSize, cancellationToken)))
        );

    private async IAsyncEnumerable<(string Key, DateTimeOffset At)> KeysAsync(
        string partition,
        EventState? state,
        DateTimeOffset? from,
        DateTimeOffset? to,
        int? pageSize,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var prefix = state is { } one ? $"s_{one}_" : "t_";
        var (low, high) = (
            prefix + Ticks(from ?? DateTimeOffset.MinValue),
            prefix + Ticks(to ?? DateTimeOffset.MaxValue)
        );
        var rows = Table.QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {low} and RowKey lt {high}"),
            pageSize,
            select: ["RowKey"],
            cancellationToken: cancellationToken
        );
        await foreach (var row in rows)
        {
            var rest = row.RowKey[prefix.Length..];
            yield return (
                rest[20..],
                new DateTimeOffset(long.Parse(rest[..19], CultureInfo.InvariantCulture), TimeSpan.Zero)
            );
        }
    }

    private static string Ticks(DateTimeOffset at) => at.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);

    private static string StateKey(string key, string state, DateTimeOffset at) => $"s_{state}_{Ticks(at)}_{key}";

    private static TableEntity StateIndex(string key, string state, DateTimeOffset at) =>
        new(PartitionOf(key), StateKey(key, state, at));

    private static TableEntity TimeIndex(EventRow row) => new(row.PartitionKey, $"t_{Ticks(row.ReceivedAt)}_{row.Key}");
}
