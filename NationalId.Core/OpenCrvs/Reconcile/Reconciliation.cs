using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Compares what OpenCRVS holds with what the ledger has, and takes in what never came. A run goes in slices: each
/// saves where the list goes on, so that another worker can take over at any time.
/// </summary>
/// <param name="sources">The ways to list registrations.</param>
/// <param name="table">Remembers runs.</param>
/// <param name="held">Registrations by which a search is tried.</param>
/// <param name="queue">Has a run go on.</param>
/// <param name="backfill">Goes on with batches.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what was found.</param>
public sealed partial class Reconciliation(
    IEnumerable<IRecordSource> sources,
    ReconcileTable table,
    HeldRecords held,
    ReconcileQueue queue,
    Backfill backfill,
    TimeProvider time,
    ILogger<Reconciliation> logger
)
{
    private static readonly RegistrationKind[] Kinds = [RegistrationKind.Birth, RegistrationKind.Death];

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    /// <summary>Does what a message asks for: it names a source, or a batch.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Set when the host stops.</param>
    public Task TakeAsync(string message, CancellationToken cancellationToken) =>
        message.StartsWith(Backfill.Prefix, StringComparison.Ordinal)
            ? backfill.WorkAsync(message[Backfill.Prefix.Length..], cancellationToken)
            : WorkAsync(message, cancellationToken);

    /// <summary>Goes on with a source's run, if one is under way and its time has come.</summary>
    /// <param name="name">The source's name.</param>
    /// <param name="cancellationToken">Set when the host stops.</param>
    public async Task WorkAsync(string name, CancellationToken cancellationToken)
    {
        if (
            sources.SingleOrDefault(one => one.Name == name) is not { } source
            || await table.RunOfAsync(name, cancellationToken) is not { IsOpen: true } run
        )
        {
            return;
        }

        var isTaken = await new WorkSlice(time).TakeAsync(
            run,
            stop => table.TryTakeAsync(run, stop),
            stop => table.TrySaveAsync(run, stop),
            async slice =>
            {
                if (await WalkAsync(source, run, slice, cancellationToken))
                {
                    Complete(source, run);
                }
            },
            cancellationToken
        );
        if (!isTaken)
        {
            return;
        }

        if (run is { Trouble: { } trouble, NextAt: { } at })
        {
            LogHeld(name, trouble, at);
        }
        else if (run.IsOpen)
        {
            await queue.SendAsync(name, CancellationToken.None);
        }
    }

    private void Complete(IRecordSource source, ReconcileRun run)
    {
        run.IsOpen = false;
        run.EndedAt = time.GetUtcNow();
        // Only a run that began where the last one ended, and went further, moves the mark. One that goes far back may
        // have been ended by the quota.
        if (!run.IsFar && (run.Watermark is not { } mark || (run.From <= mark && run.JudgeBefore >= mark)))
        {
            run.CompleteAt = run.EndedAt;
            run.Watermark = NextMark(run);
        }

        LogComplete(source.Name, run.Listed, run.Known, run.Recovered, run.Kept, run.Conflicts, run.Unreachable);
    }

    private static DateTimeOffset NextMark(ReconcileRun run)
    {
        var mark = run.Watermark > run.JudgeBefore ? run.Watermark.Value : run.JudgeBefore;
        if (run.FirstUnnumbered is not { } unnumbered || unnumbered >= mark)
        {
            return mark;
        }

        // One that never gets its number must not hold the mark for ever.
        var longest = run.JudgeBefore - LongestWait;
        return unnumbered > longest ? unnumbered : longest;
    }

    /// <returns>Whether all is done.</returns>
    private async Task<bool> WalkAsync(
        IRecordSource source,
        ReconcileRun run,
        WorkSlice slice,
        CancellationToken cancellationToken
    )
    {
        try
        {
            // 1. An empty list proves nothing.
            await source.ProbeAsync(await held.SomeAsync(source.EventSource, cancellationToken), cancellationToken);

            // 2. Births, then deaths, from where the last worker left off.
            return await WalkListAsync(source, run, slice, cancellationToken);
        }
        catch (QuotaSpentException) when (run.IsFar)
        {
            // Tomorrow's quota is for what is registered till then.
            return true;
        }
    }

    private async Task<bool> WalkListAsync(
        IRecordSource source,
        ReconcileRun run,
        WorkSlice slice,
        CancellationToken cancellationToken
    )
    {
        while (run.KindsDone < Kinds.Length)
        {
            var order = new ListOrder(
                Kinds[run.KindsDone],
                run.Cursor ?? run.From,
                run.To,
                run.Cause == ReconcileCauses.Operator,
                run.Deep
            );
            await foreach (var page in source.ListAsync(order, cancellationToken))
            {
                await TakePageAsync(source, run, page, cancellationToken);
                run.Cursor = page.Cursor;
                slice.Prolong(run);
                if (!await table.TrySaveAsync(run, cancellationToken))
                {
                    throw new TransientFailureException("Another worker has taken this run over.");
                }

                CrashPoint.Hit("reconcile.page");
                if (slice.IsOver)
                {
                    return false;
                }
            }

            run.KindsDone++;
            run.Cursor = null;
        }

        return true;
    }

    private async Task TakePageAsync(
        IRecordSource source,
        ReconcileRun run,
        ListedPage page,
        CancellationToken cancellationToken
    )
    {
        if (page.Unlisted(Kinds[run.KindsDone]) is var (unlisted, why))
        {
            run.Unreachable++;
            await table.NoteUnreachableAsync(source.Name, unlisted, time.GetUtcNow(), why, cancellationToken);
        }

        // Later ones may be on their way by themselves; earlier ones were registered before the client was there.
        var judged = page
            .Records.Where(record =>
                record.IsOpen || (record.RegisteredAt <= run.JudgeBefore && record.RegisteredAt >= run.Since)
            )
            .ToList();
        var verdicts = await Task.WhenAll(judged.Select(record => source.CompareAsync(record, cancellationToken)));
        foreach (var (record, verdict) in judged.Zip(verdicts))
        {
            run.Listed++;
            switch (verdict)
            {
                case Comparison.Known:
                    run.Known++;
                    break;
                case Comparison.Unnumbered:
                    run.Unnumbered++;
                    run.FirstUnnumbered = Earlier(run.FirstUnnumbered, record.RegisteredAt);
                    break;
                default:
                    await TakeAsync(source, run, record, verdict, cancellationToken);
                    break;
            }
        }
    }

    private async Task TakeAsync(
        IRecordSource source,
        ReconcileRun run,
        ListedRecord record,
        Comparison verdict,
        CancellationToken cancellationToken
    )
    {
        // What contradicts the ledger is taken in too: it is flagged then, with its payload, for an operator.
        var (outcome, reason) = await source.TakeAsync(
            record,
            new RecoveryOrder(EventOrigins.Reconcile) { Conflict = RecordComparison.ConflictOf(verdict) },
            cancellationToken
        );
        CrashPoint.Hit("reconcile.taken");
        var topic = Instruments.Tag("topic", RecordComparison.TopicOf(record.Kind));
        switch (outcome)
        {
            case Recovery.Taken:
                var wasDown = run.WasDown(record.RegisteredAt);
                run.Recovered++;
                run.RecoveredUp += wasDown ? 0 : 1;
                Instruments.Recovered.Add(1, Instruments.Tag("cause", wasDown ? "down" : "up"), topic);
                LogRecovered(source.Name, wasDown);
                break;
            case Recovery.Kept:
                run.Kept++;
                break;
            case Recovery.Conflict:
                run.Conflicts++;
                Instruments.ReconcileConflicts.Add(1, topic);
                break;
            case Recovery.Known:
                run.Known++;
                break;
            case Recovery.Unreachable:
                run.Unreachable++;
                await table.NoteUnreachableAsync(source.Name, record, time.GetUtcNow(), reason, cancellationToken);
                return;
        }

        await table.ForgetUnreachableAsync(source.Name, record, cancellationToken);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) =>
        one < other ? one : other ?? one;

    [LoggerMessage(110, LogLevel.Warning, "{Source} had a registration that never came; we were down: {Down}")]
    private partial void LogRecovered(string source, bool down);

    [LoggerMessage(111, LogLevel.Warning, "The run of {Source} waits: {Reason} It goes on at {At}")]
    private partial void LogHeld(string source, string reason, DateTimeOffset at);

    [LoggerMessage(
        112,
        LogLevel.Information,
        "The run of {Source} is complete: {Listed} listed, {Known} known, {Recovered} recovered, {Kept} kept, "
            + "{Conflicts} conflicts, {Unreachable} unreachable"
    )]
    private partial void LogComplete(
        string source,
        int listed,
        int known,
        int recovered,
        int kept,
        int conflicts,
        int unreachable
    );
}
