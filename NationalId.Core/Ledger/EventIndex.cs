using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Azure.Data.Tables;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Ledger;

/// <summary>One row of an index, in the order of its time.</summary>
/// <param name="Key">The event's key.</param>
/// <param name="At">Since when it is in its state, or when it came: the index says which.</param>
/// <param name="Reason">Of an open event: why it stands there, without what differs from one to the next.</param>
/// <param name="Topic">Of an open event: its topic.</param>
/// <param name="Tried">Of an open event: whether a delivery was tried before it came to stand there.</param>
/// <param name="HasPayload">Of an open event: whether it still had its payload.</param>
/// <param name="Refused">Of an open event: whether the National ID system ended it after it had taken it.</param>
/// <param name="Contradicts">Of an open event: whether its delivery found that it contradicts what is known.</param>
public sealed record EventIndexEntry(
    string Key,
    DateTimeOffset At,
    string Reason = "",
    string Topic = "",
    bool Tried = false,
    bool HasPayload = true,
    bool Refused = false,
    bool Contradicts = false
)
{
    /// <summary>Where a page ends that ends with this entry: the next page begins behind it.</summary>
    public string Cursor => EventIndex.Place(At, Key);
}

/// <summary>
/// The index rows that stand beside an event's row, in the same partition and changed in the same transaction, so that
/// they never disagree with it and cost no call of their own.
/// </summary>
/// <remarks>
/// <c>s_{state}_{since}_{key}</c>: what is in a state, since when. <c>o_{state}_{came}_{key}</c>: what is open, the one
/// that came first at the front, however often it was tried. <c>t_{came}_{key}</c>: everything, as it came.
/// <c>n_{hash}_{key}</c>: what has a registration number, tracking id or record id, or was sent under an id of MOSIP's.
/// <c>l_{hash}_{key}</c>: the death that is linked to the birth of that number.
/// </remarks>
internal static partial class EventIndex
{
    // 19 digits and a key of 64: what a row key ends with.
    private const int TicksLength = 19;
    private const string ReasonColumn = "Reason";
    private const string TopicColumn = "Topic";
    private const string TriedColumn = "Tried";
    private const string PayloadColumn = "HasPayload";
    private const string RefusedColumn = "Refused";
    private const string ContradictsColumn = "Contradicts";
    private const int LongestGroup = 200;

    /// <summary>Everything, as it came.</summary>
    public const string Came = "t_";

    /// <summary>What has a number or id.</summary>
    public const string Named = "n_";

    /// <summary>The deaths that are linked to a birth.</summary>
    public const string Linked = "l_";

    private static readonly string[] KeyOnly = ["RowKey"];
    private static readonly string[] All =
    [
        "RowKey",
        ReasonColumn,
        TopicColumn,
        TriedColumn,
        PayloadColumn,
        RefusedColumn,
        ContradictsColumn,
    ];

    /// <summary>Whether something is left to do for an event in a state, by the pipeline or by a person.</summary>
    public static bool IsOpen(EventState state) => state is not (EventState.Delivered or EventState.Closed);

    /// <summary>What is in a state, since when.</summary>
    public static string Since(EventState state) => $"s_{state}_";

    /// <summary>What is open in a state, as it came.</summary>
    public static string Open(EventState state) => $"o_{state}_";

    /// <summary>The place of an event in an index.</summary>
    public static string Place(DateTimeOffset at, string key) => $"{Ticks(at)}_{key}";

    /// <summary>The event's key at a place.</summary>
    public static string KeyAt(string place) => place[(TicksLength + 1)..];

    /// <summary>The time at a place.</summary>
    public static DateTimeOffset TimeAt(string place) =>
        new(long.Parse(place[..TicksLength], CultureInfo.InvariantCulture), TimeSpan.Zero);

    /// <summary>
    /// What a text is looked for by: without white space and invisible characters, in capital letters. People copy
    /// numbers out of letters and tables, and type them as they like.
    /// </summary>
    /// <param name="text">A registration number, tracking id or record id.</param>
    /// <returns>Empty when nothing is left.</returns>
    public static string Word(string? text)
    {
        if (text is null)
        {
            return "";
        }

        var kept = text.Where(one =>
            !char.IsWhiteSpace(one)
            && !char.IsControl(one)
            && CharUnicodeInfo.GetUnicodeCategory(one) != UnicodeCategory.Format
        );
        return string.Concat(kept).ToUpperInvariant();
    }

    /// <summary>How the keys of the rows begin that lead from a name to its events.</summary>
    /// <param name="index"><see cref="Named"/> or <see cref="Linked"/>.</param>
    /// <param name="word">The name, as <see cref="Word"/> makes it.</param>
    public static string NamePrefix(string index, string word) => $"{index}{TableRows.KeyOf(word)}_";

    /// <summary>The first key behind all that begin with a prefix.</summary>
    /// <param name="prefix">Ends with <c>_</c>, which <c>`</c> follows.</param>
    public static string EndOf(string prefix) => prefix[..^1] + '`';

    /// <summary>The rows of an event that is new.</summary>
    public static IEnumerable<TableEntity> RowsOf(EventRow row)
    {
        yield return SinceRow(row);
        yield return new TableEntity(row.PartitionKey, Came + Place(row.ReceivedAt, row.Key));
        if (IsOpen(row.Current))
        {
            yield return OpenRow(row);
        }

        foreach (var word in Words(row.RegistrationNumber, row.TrackingId, row.CompositionId))
        {
            yield return new TableEntity(row.PartitionKey, NamePrefix(Named, word) + row.Key);
        }
    }

    /// <summary>What changes when an event moves from a state to another or the same.</summary>
    /// <param name="row">The event as it is now.</param>
    /// <param name="before">The state it was in.</param>
    /// <param name="since">Since when it was.</param>
    /// <returns>The rows that are written, and the keys of those that are not true any more.</returns>
    public static (List<TableEntity> Written, List<string> Gone) Moved(
        EventRow row,
        EventState before,
        DateTimeOffset since
    )
    {
        List<TableEntity> written = [SinceRow(row)];
        List<string> gone = [Since(before) + Place(since, row.Key)];
        if (IsOpen(row.Current))
        {
            written.Add(OpenRow(row));
        }

        if (IsOpen(before))
        {
            gone.Add(Open(before) + Place(row.ReceivedAt, row.Key));
        }

        // Who looks for the birth finds the death that is linked to it; who has an id of MOSIP, what was sent by it.
        written.AddRange(
            Words(row.LinkedBrn).Select(word => new TableEntity(row.PartitionKey, NamePrefix(Linked, word) + row.Key))
        );
        written.AddRange(
            Words(row.FoundBy).Select(word => new TableEntity(row.PartitionKey, NamePrefix(Named, word) + row.Key))
        );
        gone.RemoveAll(key => written.Exists(one => one.RowKey == key));
        return (written, gone);
    }

    /// <summary>Reads an index in one partition, in order.</summary>
    /// <param name="table">The table of events.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="prefix">How the index's keys begin.</param>
    /// <param name="low">The first place, e.g. a time's; empty: from the beginning.</param>
    /// <param name="high">Before this place; null: to the end.</param>
    /// <param name="reason">Only what stands for this reason; null: all.</param>
    /// <param name="pageSize">How many rows are read at a time, at most 1,000: no more than are wanted.</param>
    /// <param name="withColumns">Whether what is noted of an open event is read too.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static async IAsyncEnumerable<EventIndexEntry> ReadAsync(
        TableClient table,
        string partition,
        string prefix,
        string low,
        string? high,
        string? reason,
        int? pageSize,
        bool withColumns,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (first, end) = (prefix + low, high is null ? EndOf(prefix) : prefix + high);
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and RowKey ge {first} and RowKey lt {end}"
        );
        if (reason is not null)
        {
            filter += " and " + TableClient.CreateQueryFilter($"Reason eq {reason}");
        }

        var rows = table.QueryAsync<TableEntity>(filter, pageSize, withColumns ? All : KeyOnly, cancellationToken);
        await foreach (var row in rows)
        {
            var place = row.RowKey[prefix.Length..];
            yield return new EventIndexEntry(
                KeyAt(place),
                TimeAt(place),
                row.GetString(ReasonColumn) ?? "",
                row.GetString(TopicColumn) ?? "",
                row.GetBoolean(TriedColumn) ?? false,
                row.GetBoolean(PayloadColumn) ?? true,
                row.GetBoolean(RefusedColumn) ?? false,
                row.GetBoolean(ContradictsColumn) ?? false
            );
        }
    }

    /// <summary>A time as keys have it.</summary>
    public static string Ticks(DateTimeOffset at) => at.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>
    /// A reason without what differs from one event to the next, so that events that stand for one cause can be
    /// counted.
    /// </summary>
    /// <param name="reason">The event's own reason.</param>
    public static string GroupOf(string? reason)
    {
        if (reason is null)
        {
            return "";
        }

        // A status has three digits; what has five or more is an id, a time or a size.
        return PartnerText.Cut(LongNumber().Replace(reason, "…"), LongestGroup);
    }

    [GeneratedRegex("[0-9]{5,}")]
    private static partial Regex LongNumber();

    private static TableEntity SinceRow(EventRow row) =>
        new(row.PartitionKey, Since(row.Current) + Place(row.StateAt, row.Key));

    private static TableEntity OpenRow(EventRow row) =>
        new(row.PartitionKey, Open(row.Current) + Place(row.ReceivedAt, row.Key))
        {
            [ReasonColumn] = GroupOf(row.Reason),
            [TopicColumn] = row.Topic,
            [TriedColumn] = row.Attempt > 0,
            [PayloadColumn] = row.Blob is not null,
            [RefusedColumn] = row.IsRefused,
            [ContradictsColumn] = row.IsContradiction,
        };

    private static IEnumerable<string> Words(params IEnumerable<string?> texts) =>
        texts.Select(Word).Where(word => word.Length > 0).Distinct();
}
