using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Ledger;

/// <summary>
/// The ledger of events: table <c>events</c>, sixteen partitions by the key's first digit. Beside an event's row
/// <c>e_{key}</c> stand index rows in the same partition, changed in the same transaction (<c>EventIndex</c>). So every
/// question of the operator reads only rows that answer it, whatever the ledger's size.
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
        return await Table.FindAsync<EventRow>(PartitionOf(key), RowKeyOf(key), cancellationToken);
    }

    /// <summary>Adds an event's row, unless there is one.</summary>
    /// <returns>Whether it was added.</returns>
    public async Task<bool> AddAsync(EventRow row, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        List<TableTransactionAction> changes = [new(TableTransactionActionType.Add, row)];
        changes.AddRange(
            EventIndex
                .RowsOf(row)
                .Select(one => new TableTransactionAction(TableTransactionActionType.UpsertReplace, one))
        );
        try
        {
            await Table.SubmitTransactionAsync(changes, cancellationToken);
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
        return await Table.TryTakeAsync(row, cancellationToken);
    }

    /// <summary>
    /// The same for the first event of a record, whose number is noted with it. That another event of the record noted
    /// one before is no hindrance.
    /// </summary>
    /// <returns>Whether this worker has it now; the row tells whether the record was new.</returns>
    public async Task<bool> TryLeaseFirstAsync(EventRow row, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (RecordNumbers.RowOf(row) is not { } record)
        {
            return await TryLeaseAsync(row, until, cancellationToken);
        }

        row.LeaseUntil = until;
        TableTransactionAction[] changes =
        [
            new(TableTransactionActionType.UpdateReplace, row, row.ETag),
            new(TableTransactionActionType.Add, record),
        ];
        try
        {
            var answers = await Table.SubmitTransactionAsync(changes, cancellationToken);
            row.ETag = answers.Value[0].Headers.ETag ?? ETag.All;
            row.IsFirstOfRecord = true;
            return true;
        }
        catch (RequestFailedException taken) when (taken.Status == 412)
        {
            await Table.LeaveAsync(row, cancellationToken);
            return false;
        }
        catch (RequestFailedException known) when (known.Status == 409)
        {
            return await TryLeaseAsync(row, until, cancellationToken);
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
        var (before, since) = (row.Current, row.StateAt);
        var now = time.GetUtcNow();
        row.Note(now, state, note);
        row.State = state.ToString();
        row.StateAt = now;
        var (written, gone) = EventIndex.Moved(row, before, since);
        List<TableTransactionAction> changes = [new(TableTransactionActionType.UpdateReplace, row, row.ETag)];
        changes.AddRange(
            written.Select(one => new TableTransactionAction(TableTransactionActionType.UpsertReplace, one))
        );
        changes.AddRange(
            gone.Select(key => new TableTransactionAction(
                TableTransactionActionType.Delete,
                new TableEntity(row.PartitionKey, key),
                ETag.All
            ))
        );
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

    /// <summary>
    /// Counts what is open in a state, all partitions at the same time, until there are enough.
    /// </summary>
    /// <param name="state">The state.</param>
    /// <param name="limit">How many are enough.</param>
    /// <param name="count">Sees each that is counted; called from several threads.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <returns>How many there are, at most <paramref name="limit"/>, and when the one came that came first.</returns>
    public async Task<(int Count, DateTimeOffset? Oldest)> CountOpenAsync(
        EventState state,
        int limit,
        Action<EventIndexEntry> count,
        CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var counted = 0;
        var firsts = await Task.WhenAll(Partitions.Select(ReadAsync));
        return (Math.Min(counted, limit), firsts.Min());

        // Every partition tells its first, which came first, even when the others reach the limit.
        async Task<DateTimeOffset?> ReadAsync(string partition)
        {
            DateTimeOffset? first = null;
            await foreach (
                var entry in EventIndex.ReadAsync(
                    Table,
                    partition,
                    EventIndex.Open(state),
                    "",
                    null,
                    null,
                    1000,
                    true,
                    cancellationToken
                )
            )
            {
                first ??= entry.At;
                count(entry);
                if (Interlocked.Increment(ref counted) >= limit)
                {
                    break;
                }
            }

            return first;
        }
    }

    /// <summary>
    /// A page of events in order: what is open in a state, and all events, by when they came; what is delivered or
    /// closed by when that was.
    /// </summary>
    /// <param name="range">Which events.</param>
    /// <param name="limit">How many, at most.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public async Task<IReadOnlyList<EventIndexEntry>> PageAsync(
        EventRange range,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var (prefix, low, high) = range.Bounds();
        // Each partition is in order: the first of all are among each one's first.
        var pages = await Task.WhenAll(
            Partitions.Select(partition =>
                EventIndex
                    .ReadAsync(
                        Table,
                        partition,
                        prefix,
                        low,
                        high,
                        range.Reason,
                        Math.Min(limit, 1000),
                        true,
                        cancellationToken
                    )
                    .Take(limit)
                    .ToListAsync(cancellationToken)
                    .AsTask()
            )
        );
        return
        [
            .. pages
                .SelectMany(page => page)
                .OrderBy(entry => entry.At)
                .ThenBy(entry => entry.Key, StringComparer.Ordinal)
                .Take(limit),
        ];
    }

    /// <summary>
    /// The keys of the events that have a registration number, tracking id or record id; white space and the case of
    /// letters don't matter.
    /// </summary>
    /// <param name="name">The number or id.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <param name="record">The record whose events are wanted: one partition is read. Null: all sixteen are, at the
    /// same time.</param>
    public Task<IReadOnlyList<string>> FindAsync(
        string name,
        CancellationToken cancellationToken,
        string? record = null
    ) =>
        NamedAsync(
            EventIndex.Named,
            name,
            record is null ? Partitions : [EventKey.PartitionOf(record)],
            cancellationToken
        );

    /// <summary>The keys of the deaths that are linked to a birth.</summary>
    /// <param name="brn">The birth's registration number.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public Task<IReadOnlyList<string>> LinkedAsync(string brn, CancellationToken cancellationToken) =>
        NamedAsync(EventIndex.Linked, brn, Partitions, cancellationToken);

    private async Task<IReadOnlyList<string>> NamedAsync(
        string index,
        string name,
        string[] partitions,
        CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        if (EventIndex.Word(name) is not { Length: > 0 } word)
        {
            return [];
        }

        var low = EventIndex.NamePrefix(index, word);
        var high = EventIndex.EndOf(low);
        var found = await Task.WhenAll(
            partitions.Select(partition =>
                Table
                    .QueryAsync<TableEntity>(
                        TableClient.CreateQueryFilter(
                            $"PartitionKey eq {partition} and RowKey ge {low} and RowKey lt {high}"
                        ),
                        select: ["RowKey"],
                        cancellationToken: cancellationToken
                    )
                    .Select(row => row.RowKey[low.Length..])
                    .ToListAsync(cancellationToken)
                    .AsTask()
            )
        );
        return [.. found.SelectMany(keys => keys)];
    }

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
        var prefix = state is { } one ? EventIndex.Since(one) : EventIndex.Came;
        var entries = EventIndex.ReadAsync(
            Table,
            partition,
            prefix,
            EventIndex.Ticks(from ?? DateTimeOffset.MinValue),
            EventIndex.Ticks(to ?? DateTimeOffset.MaxValue),
            null,
            pageSize,
            false,
            cancellationToken
        );
        await foreach (var entry in entries)
        {
            yield return (entry.Key, entry.At);
        }
    }
}

/// <summary>Which events a page shows.</summary>
/// <param name="State">The state; null: any.</param>
/// <param name="From">Since this time; null: the oldest.</param>
/// <param name="To">Before this time; null: now.</param>
/// <param name="Reason">Only open ones that stand for this reason (<see cref="EventIndexEntry.Reason"/>).</param>
/// <param name="After">Behind this place, where the page before ended (<see cref="EventIndexEntry.Cursor"/>).</param>
public sealed record EventRange(
    EventState? State,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null,
    string? Reason = null,
    string? After = null
)
{
    /// <summary>The index, and the places in it.</summary>
    internal (string Prefix, string Low, string? High) Bounds()
    {
        var prefix =
            State is not { } state ? EventIndex.Came
            : EventIndex.IsOpen(state) ? EventIndex.Open(state)
            : EventIndex.Since(state);
        var low = From is { } from ? EventIndex.Ticks(from) : "";
        // Behind the place itself: no key goes on behind another's end but with a character.
        var after = After is null ? "" : After + '!';
        return (
            prefix,
            string.CompareOrdinal(after, low) > 0 ? after : low,
            To is { } to ? EventIndex.Ticks(to) : null
        );
    }
}
