using System.Globalization;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>How far a batch is.</summary>
public static class BatchStates
{
    /// <summary>A list is being written into it: a file, or a reindexing.</summary>
    public const string Filling = "filling";

    /// <summary>It is compared with the ledger. Nothing of it is taken in.</summary>
    public const string Planning = "planning";

    /// <summary>It waits for an operator.</summary>
    public const string Held = "held";

    /// <summary>An operator has released it: its registrations go on their way.</summary>
    public const string Released = "released";

    /// <summary>All are on their way.</summary>
    public const string Done = "done";

    /// <summary>An operator has given it up.</summary>
    public const string Cancelled = "cancelled";
}

/// <summary>Registrations from before the client was there.</summary>
public sealed class BackfillBatch : ISlicedWork
{
    /// <summary>The partition of the batches.</summary>
    public const string Partition = "batch";

    /// <inheritdoc/>
    public string PartitionKey { get; set; } = Partition;

    /// <summary>The batch's id.</summary>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>The source that fetches its registrations.</summary>
    public string Source { get; set; } = "";

    /// <summary>The origin that its events get (<see cref="EventOrigins"/>).</summary>
    public string Origin { get; set; } = EventOrigins.Backfill;

    /// <summary>How far it is (<see cref="BatchStates"/>).</summary>
    public string State { get; set; } = BatchStates.Planning;

    /// <summary>When it was begun.</summary>
    public DateTimeOffset BegunAt { get; set; }

    /// <summary>When it was released.</summary>
    public DateTimeOffset? ReleasedAt { get; set; }

    /// <summary>When it was done.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Since when it lists; null where its list was given.</summary>
    public DateTimeOffset? From { get; set; }

    /// <summary>Until when it lists.</summary>
    public DateTimeOffset? To { get; set; }

    /// <summary>
    /// The number of a registration that OpenCRVS holds, as the operator says: by it the list is tried while the ledger
    /// has none.
    /// </summary>
    public string? Probe { get; set; }

    /// <summary>How many kinds of registration are listed.</summary>
    public int KindsDone { get; set; }

    /// <summary>Where the list goes on.</summary>
    public DateTimeOffset? Cursor { get; set; }

    /// <summary>Up to which part a reindexing is read.</summary>
    public string? PartsDone { get; set; }

    /// <summary>Whether some of its list was lost: it has to be listed anew.</summary>
    public bool IsIncomplete { get; set; }

    /// <summary>Why it does not go on: a fixed sentence.</summary>
    public string? Trouble { get; set; }

    /// <summary>When it goes on.</summary>
    public DateTimeOffset? NextAt { get; set; }

    /// <summary>Until when one worker has it.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>How many registrations were listed.</summary>
    public int Listed { get; set; }

    /// <summary>How many the ledger has.</summary>
    public int Known { get; set; }

    /// <summary>How many would be sent.</summary>
    public int Missing { get; set; }

    /// <summary>How many OpenCRVS does not give to our client.</summary>
    public int Unreachable { get; set; }

    /// <summary>How many have a number already.</summary>
    public int Identified { get; set; }

    /// <summary>How many are not eligible, e.g. too old.</summary>
    public int TooOld { get; set; }

    /// <summary>How many contradict the ledger.</summary>
    public int Conflicts { get; set; }

    /// <summary>How many are on their way.</summary>
    public int Sent { get; set; }

    /// <summary>How many were found otherwise at their release, and not sent.</summary>
    public int Dropped { get; set; }

    /// <summary>Whether a worker has something to do.</summary>
    internal bool IsAtWork => State is BatchStates.Planning or BatchStates.Released;

    /// <summary>A new id: it begins with the time.</summary>
    /// <param name="now">The present.</param>
    internal static string NewId(DateTimeOffset now) =>
        now.UtcDateTime.ToString("yyyyMMdd'-'HHmmss'-'", CultureInfo.InvariantCulture)
        + Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..6];
}

/// <summary>One registration of a batch.</summary>
public sealed class BackfillItem : ITableEntity
{
    /// <summary>It was listed and not compared yet.</summary>
    public const string Listed = "listed";

    /// <summary>It is missing and waits for its release.</summary>
    public const string Missing = "missing";

    /// <summary>The batch.</summary>
    public string PartitionKey { get; set; } = "";

    /// <summary>The record's hash.</summary>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>How far it is.</summary>
    public string State { get; set; } = Listed;

    /// <summary>Birth or death.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The record's id.</summary>
    public string RecordId { get; set; } = "";

    /// <summary>Its registration number.</summary>
    public string? Number { get; set; }

    /// <summary>When it was registered.</summary>
    public DateTimeOffset? RegisteredAt { get; set; }

    /// <summary>Whether OpenCRVS may still wait for our acceptance.</summary>
    public bool IsOpen { get; set; }

    /// <summary>The part of a reindexing that has the record; null when it has to be fetched.</summary>
    public string? Part { get; set; }

    /// <summary>Where it starts there.</summary>
    public long PartFrom { get; set; }

    /// <summary>Where it ends there.</summary>
    public long PartEnd { get; set; }

    /// <summary>The registration as a list has it.</summary>
    internal ListedRecord ToRecord() =>
        new(
            Enum.Parse<RegistrationKind>(Kind),
            RecordId,
            Number,
            RegisteredAt,
            RegisteredAt ?? DateTimeOffset.UnixEpoch
        )
        {
            IsOpen = IsOpen,
            Document = Part is null ? null : new ReindexedDocument(Part, PartFrom, PartEnd, null),
        };
}
