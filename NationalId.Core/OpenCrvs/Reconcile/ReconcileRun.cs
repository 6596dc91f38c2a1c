using Azure;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// One source's run: the one that is under way, or the last one. It holds all that the next worker needs to go on.
/// </summary>
public sealed class ReconcileRun : ISlicedWork
{
    /// <summary>The partition of the runs.</summary>
    public const string Partition = "run";

    /// <inheritdoc/>
    public string PartitionKey { get; set; } = Partition;

    /// <summary>The source's name.</summary>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>Whether it is under way.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Who asked for it (<see cref="ReconcileCauses"/>).</summary>
    public string Cause { get; set; } = "";

    /// <summary>Whether records are opened that only may be registered.</summary>
    public bool Deep { get; set; }

    /// <summary>Since when it lists.</summary>
    public DateTimeOffset From { get; set; }

    /// <summary>Until when it lists.</summary>
    public DateTimeOffset To { get; set; }

    /// <summary>What was registered later may still be on its way by itself.</summary>
    public DateTimeOffset JudgeBefore { get; set; }

    /// <summary>What was registered earlier is a backfill's business.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>How many kinds of registration it has done.</summary>
    public int KindsDone { get; set; }

    /// <summary>Where the list of the present kind goes on; null: at its beginning.</summary>
    public DateTimeOffset? Cursor { get; set; }

    /// <summary>When it began.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When it was complete.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>When the last complete run ended.</summary>
    public DateTimeOffset? CompleteAt { get; set; }

    /// <summary>Up to when complete runs have looked; null before the first.</summary>
    public DateTimeOffset? Watermark { get; set; }

    /// <summary>Since when the client is there.</summary>
    public DateTimeOffset? ThereSince { get; set; }

    /// <summary>When a run began last that went further back than others.</summary>
    public DateTimeOffset? FarAt { get; set; }

    /// <summary>When the last time began in which the client was down.</summary>
    public DateTimeOffset? DownFrom { get; set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? DownTo { get; set; }

    /// <summary>When it goes on, where it has to wait.</summary>
    public DateTimeOffset? NextAt { get; set; }

    /// <summary>Until when one worker has it for itself.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Why it could not go on: a fixed sentence.</summary>
    public string? Trouble { get; set; }

    /// <summary>The first registration without a number: the next run looks again.</summary>
    public DateTimeOffset? FirstUnnumbered { get; set; }

    /// <summary>How many registrations were listed.</summary>
    public int Listed { get; set; }

    /// <summary>How many of them the ledger had.</summary>
    public int Known { get; set; }

    /// <summary>How many were missing and are on their way now.</summary>
    public int Recovered { get; set; }

    /// <summary>How many of these OpenCRVS should have told us of while we were up.</summary>
    public int RecoveredUp { get; set; }

    /// <summary>How many were missing and are not sent.</summary>
    public int Kept { get; set; }

    /// <summary>How many contradict the ledger.</summary>
    public int Conflicts { get; set; }

    /// <summary>How many OpenCRVS does not give to our client.</summary>
    public int Unreachable { get; set; }

    /// <summary>How many have no number yet.</summary>
    public int Unnumbered { get; set; }

    /// <summary>Whether it goes further back than others.</summary>
    internal bool IsFar => Cause == ReconcileCauses.Far;

    /// <summary>Begins a run anew. The marks stay.</summary>
    /// <param name="cause">Who asked for it.</param>
    /// <param name="now">The present.</param>
    internal void Begin(string cause, DateTimeOffset now)
    {
        IsOpen = true;
        Cause = cause;
        Deep = false;
        StartedAt = now;
        EndedAt = null;
        KindsDone = 0;
        Cursor = null;
        NextAt = null;
        Trouble = null;
        FirstUnnumbered = null;
        Listed = 0;
        Known = 0;
        Recovered = 0;
        RecoveredUp = 0;
        Kept = 0;
        Conflicts = 0;
        Unreachable = 0;
        Unnumbered = 0;
    }

    /// <summary>Whether the client was down when a registration's own message was due.</summary>
    /// <param name="registeredAt">When it was registered.</param>
    internal bool WasDown(DateTimeOffset? registeredAt) => registeredAt >= DownFrom && registeredAt <= DownTo;
}
