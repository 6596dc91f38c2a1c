using Azure;
using Azure.Data.Tables;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>A registration that was sent long ago, and of which nothing was heard.</summary>
public sealed class OverdueRow : ITableEntity
{
    /// <summary><c>Birth</c> or <c>Death</c>.</summary>
    public string PartitionKey { get; set; } = "";

    /// <summary>Its place on the list: when it came, and the event's key.</summary>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>The BRN or DRN.</summary>
    public string? Number { get; set; }

    /// <summary>Since when nothing was heard.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>When the National ID system was asked last; null when it never was.</summary>
    public DateTimeOffset? AskedAt { get; set; }

    /// <summary>The event's key.</summary>
    internal string Key => EventIndex.KeyAt(RowKey);

    /// <summary>When the event came.</summary>
    internal DateTimeOffset ReceivedAt => EventIndex.TimeAt(RowKey);
}

/// <summary>
/// The registrations of which nothing was heard: table <c>overdue</c>, births and deaths apart, in the order in which
/// they came. It may grow long where numbers never come, so nobody reads all of it.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="registrations">By the ledger of registration numbers a number that comes finds its birth here.</param>
public sealed class OverdueTable(StorageClients storage, Registrations registrations)
{
    /// <summary>The table's name.</summary>
    public const string TableName = "overdue";

    // As many as one answer of the table service holds.
    private const int PageSize = 1000;

    private TableClient Table => field ??= storage.Tables.GetTableClient(TableName);

    /// <summary>Those that came first, births and deaths.</summary>
    /// <param name="most">How many, at most 1,000.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public async Task<IReadOnlyList<OverdueRow>> FirstAsync(int most, CancellationToken cancellationToken)
    {
        var lists = await Task.WhenAll(
            Enum.GetValues<RegistrationKind>().Select(kind => SliceAsync(kind, null, most, cancellationToken))
        );
        return [.. lists.SelectMany(list => list).OrderBy(row => row.RowKey, StringComparer.Ordinal).Take(most)];
    }

    /// <summary>Some of a kind, in the order in which they came.</summary>
    /// <param name="kind">Births or deaths.</param>
    /// <param name="from">Those that came then or later; null: from the first.</param>
    /// <param name="most">How many, at most 1,000.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<OverdueRow>> SliceAsync(
        RegistrationKind kind,
        DateTimeOffset? from,
        int most,
        CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var (partition, first) = (kind.ToString(), from is { } time ? EventIndex.Ticks(time) : "");
        return await Table
            .QueryAsync<OverdueRow>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey ge {first}"),
                most,
                cancellationToken: cancellationToken
            )
            .Take(most)
            .ToListAsync(cancellationToken);
    }

    /// <summary>How many of a kind there are.</summary>
    /// <param name="kind">Births or deaths.</param>
    /// <param name="limit">How many are enough.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<int> CountAsync(RegistrationKind kind, int limit, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var partition = kind.ToString();
        return await Table
            .QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition}"),
                PageSize,
                ["RowKey"],
                cancellationToken
            )
            .Take(limit)
            .CountAsync(cancellationToken);
    }

    /// <summary>A registration on the list; null when something was heard of it.</summary>
    /// <param name="row">The registration's row.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<OverdueRow?> FindAsync(EventRow row, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        return await Table.FindAsync<OverdueRow>(row.Registration.ToString(), PlaceOf(row), cancellationToken);
    }

    /// <summary>Puts a registration on the list.</summary>
    /// <param name="row">The registration's row.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task PutAsync(EventRow row, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var (kind, place) = (row.Registration, PlaceOf(row));
        await Table.UpsertEntityAsync(
            new OverdueRow
            {
                PartitionKey = kind.ToString(),
                RowKey = place,
                Number = row.RegistrationNumber,
                Since = row.StateAt,
            },
            TableUpdateMode.Merge,
            cancellationToken
        );
        if (kind != RegistrationKind.Birth || row.RegistrationNumber is not { } number)
        {
            return;
        }

        // The place first, then the way to it: a number that comes between the two is seen here.
        var birth = await registrations.ChangeAsync(kind, number, one => one.OverdueAs = place, cancellationToken);
        if (birth.TokenHash is not null)
        {
            await RemoveAsync(kind, place, cancellationToken);
        }
    }

    /// <summary>Notes that the National ID system was asked.</summary>
    /// <param name="row">The row.</param>
    /// <param name="at">When.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task NoteAskedAsync(OverdueRow row, DateTimeOffset at, CancellationToken cancellationToken)
    {
        row.AskedAt = at;
        try
        {
            await Table.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Merge, cancellationToken);
        }
        catch (RequestFailedException heard) when (heard.Status == 404)
        {
            // The answer was there at once.
        }
    }

    /// <summary>Something was heard of a registration. Safe to repeat.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="place">Its place on the list.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task RemoveAsync(RegistrationKind kind, string place, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await Table.DeleteEntityAsync(kind.ToString(), place, ETag.All, cancellationToken);
    }

    // By when it came: that never changes, also where it is sent again.
    private static string PlaceOf(EventRow row) => EventIndex.Place(row.ReceivedAt, row.Key);
}
