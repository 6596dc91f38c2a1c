using Microsoft.Extensions.Logging;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>Who may ask for a run.</summary>
public static class ReconcileCauses
{
    /// <summary>Its time had come.</summary>
    public const string Timer = "timer";

    /// <summary>The client had been down.</summary>
    public const string Gap = "gap";

    /// <summary>An operator asked for it.</summary>
    public const string Operator = "operator";

    /// <summary>A week has gone by since a run went far back.</summary>
    public const string Far = "far";
}

/// <summary>
/// Begins runs when their time has come, or when the client was down, and drives on those that stand still.
/// </summary>
/// <param name="sources">The ways to list registrations.</param>
/// <param name="table">Remembers runs.</param>
/// <param name="queue">Has a run go on.</param>
/// <param name="pace">Knows what is left of the quota.</param>
/// <param name="options">The window.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of runs that begin.</param>
public sealed partial class ReconcileSchedule(
    IEnumerable<IRecordSource> sources,
    ReconcileTable table,
    ReconcileQueue queue,
    SearchPace pace,
    ReconcileOptions options,
    TimeProvider time,
    ILogger<ReconcileSchedule> logger
) : IChore
{
    // The sweep comes every five minutes; a gap of a little more than two is a time in which we were down.
    private static readonly TimeSpan Down = TimeSpan.FromMinutes(12);

    private static readonly TimeSpan FarEvery = TimeSpan.FromDays(7);

    // Where windows are split, two to three rows come with a search.
    private const int RowsOfSearch = 2;

    private readonly LastCount<IReadOnlyDictionary<string, double>> hours = new();

    /// <summary>
    /// Hours since a run of each source was complete, by the source's name; null when another host has taken over or
    /// nobody has looked yet.
    /// </summary>
    public IReadOnlyDictionary<string, double>? HoursSinceComplete => hours.At(time.GetUtcNow());

    /// <inheritdoc/>
    public string Name => "reconciliation";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // 1. Whether we were down.
        var now = time.GetUtcNow();
        var alive = await table.AliveAsync(cancellationToken);
        var downSince = now - alive > Down ? alive : null;
        await table.SetAliveAsync(now, cancellationToken);

        // 2. What each source's run is due to do.
        var ages = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            var run =
                await table.RunOfAsync(source.Name, cancellationToken) ?? new ReconcileRun { RowKey = source.Name };
            if (await LookAsync(source, run, downSince, now, cancellationToken))
            {
                await queue.SendAsync(source.Name, cancellationToken);
            }

            // Before the first complete run, since the client is there.
            var since = run.CompleteAt ?? run.ThereSince ?? time.GetUtcNow();
            ages[source.Name] = (time.GetUtcNow() - since).TotalHours;
        }

        hours.Set(ages, now);
    }

    /// <summary>Begins a run over a window that an operator chose.</summary>
    /// <param name="source">The source.</param>
    /// <param name="from">Since when.</param>
    /// <param name="to">Until when; null: as far as may be judged.</param>
    /// <param name="deep">Whether records are opened that only may be registered.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>False when one is under way.</returns>
    public async Task<bool> OrderAsync(
        IRecordSource source,
        DateTimeOffset? from,
        DateTimeOffset? to,
        bool deep,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var run = await table.RunOfAsync(source.Name, cancellationToken) ?? new ReconcileRun { RowKey = source.Name };
        // One that waits for tomorrow's quota is done anew by its timer: the mark has not moved.
        if (run.IsOpen && !(run.NextAt > now && !WorkSlice.IsHeld(run, now)))
        {
            return false;
        }

        Begin(source, run, ReconcileCauses.Operator, now);
        run.Deep = deep;
        if (from is { } begin)
        {
            run.From = begin;
            run.Since = begin < run.Since ? begin : run.Since;
        }

        if (to < run.JudgeBefore)
        {
            run.JudgeBefore = to.Value;
            // Where the list's order moves, what was registered before may stand later.
            run.To = source.ListUntil(now) < now ? to.Value : run.To;
        }

        if (!await table.TrySaveAsync(run, cancellationToken))
        {
            return false;
        }

        await queue.SendAsync(source.Name, cancellationToken);
        return true;
    }

    /// <returns>Whether a worker is to go on with it.</returns>
    private async Task<bool> LookAsync(
        IRecordSource source,
        ReconcileRun run,
        DateTimeOffset? downSince,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        // What was registered before the client was there is a backfill's business.
        var isChanged = run.ThereSince is null || downSince is not null;
        run.ThereSince ??= now;
        run.Watermark ??= now;
        if (downSince is not null)
        {
            run.DownFrom = downSince;
            run.DownTo = now;
        }

        var isDue = downSince is not null || now - (run.CompleteAt ?? run.ThereSince) >= source.Every;
        if (!run.IsOpen && isDue)
        {
            Begin(source, run, downSince is not null ? ReconcileCauses.Gap : ReconcileCauses.Timer, now);
            LogBegins(source.Name, run.Cause, run.From, run.To);
            isChanged = true;
        }
        else if (!run.IsOpen && await ReachAsync(source, run, now, cancellationToken) is { } reach)
        {
            Begin(source, run, ReconcileCauses.Far, now);
            run.From = run.Watermark.Value - reach;
            run.FarAt = now;
            LogBegins(source.Name, run.Cause, run.From, run.To);
            isChanged = true;
        }

        // A worker saves the run with every page: nobody else touches it without need.
        var isSaved = !isChanged || await table.TrySaveAsync(run, cancellationToken);
        return isSaved && run.IsOpen && WorkSlice.IsFree(run, now);
    }

    /// <returns>How far back a run may go now; null when none is due, or the quota does not allow it.</returns>
    private async Task<TimeSpan?> ReachAsync(
        IRecordSource source,
        ReconcileRun run,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        if (
            source.FarOverlap <= source.Overlap
            || run is not { CompleteAt: not null, EndedAt: not null }
            || now - (run.FarAt ?? run.ThereSince) < FarEvery
        )
        {
            return null;
        }

        // As many days as the rest of today's searches show, if each has as many rows as the last run's.
        var days = (run.To - run.From).TotalDays;
        var rows = await pace.LeftAsync(onDemand: false, cancellationToken) * RowsOfSearch;
        var most = run.Listed > 0 && days > 0 ? rows * days / run.Listed : double.MaxValue;
        var reach = TimeSpan.FromDays(Math.Clamp(most, 0, source.FarOverlap.TotalDays));
        return reach > source.Overlap ? reach : null;
    }

    private void Begin(IRecordSource source, ReconcileRun run, string cause, DateTimeOffset now)
    {
        run.Begin(cause, now);
        run.ThereSince ??= now;
        run.Watermark ??= now;
        run.From = run.Watermark.Value - source.Overlap;
        run.To = source.ListUntil(now);
        run.JudgeBefore = now - options.Grace;
        // The hour in which the client was set up counts too.
        run.Since = run.ThereSince.Value - source.Overlap;
    }

    [LoggerMessage(113, LogLevel.Information, "A run of {Source} begins ({Cause}): {From:O} to {To:O}")]
    private partial void LogBegins(string source, string cause, DateTimeOffset from, DateTimeOffset to);
}
