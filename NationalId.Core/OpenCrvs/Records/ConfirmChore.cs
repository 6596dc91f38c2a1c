using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>What waits for our acceptance, all together.</summary>
/// <param name="Count">How many registrations.</param>
/// <param name="OverdueSeconds">How long the oldest should have been accepted; 0 when none is late.</param>
/// <param name="TokenHoursLeft">How long the token still lives that ends first; null without tokens.</param>
public sealed record ConfirmBacklog(int Count, double OverdueSeconds, double? TokenHoursLeft);

/// <summary>
/// Drives on confirmations that stand still: their message was lost, or their trigger was never answered, since a
/// process died. Counts what waits, for the gauges.
/// </summary>
/// <param name="table">What waits for our acceptance.</param>
/// <param name="confirmations">Has it accepted.</param>
/// <param name="unstored">Rejects what was not stored.</param>
/// <param name="queue">Where messages go.</param>
/// <param name="ledger">Knows whether the event itself was accepted.</param>
/// <param name="clock">The clock, and how long something may stand still.</param>
/// <param name="logger">Told of what was driven on.</param>
public sealed partial class ConfirmChore(
    ConfirmationTable table,
    Confirmations confirmations,
    UnstoredTriggers unstored,
    ConfirmQueue queue,
    EventLedger ledger,
    ChoreClock clock,
    ILogger<ConfirmChore> logger
) : IChore
{
    private readonly LastCount<ConfirmBacklog> last = new();

    /// <summary>The last count; null when another host has taken over or none was made yet.</summary>
    public ConfirmBacklog? Current => last.At(clock.Now);

    /// <inheritdoc/>
    public string Name => "confirmations";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backlog = new ConfirmBacklog(0, 0, null);
        await foreach (var row in table.OpenAsync(cancellationToken))
        {
            var now = clock.Now;
            if (row.IsOpen)
            {
                backlog = Add(backlog, row, now);
            }

            if (!clock.Options.IsLeased(row.LeaseUntil, now))
            {
                await DriveAsync(row, now - clock.Options.OrphanAfter, cancellationToken);
            }
        }

        last.Set(backlog, clock.Now);
    }

    private static ConfirmBacklog Add(ConfirmBacklog backlog, ConfirmationRow row, DateTimeOffset now)
    {
        var hours = (row.TokenExpiresAt - now)?.TotalHours;
        return new ConfirmBacklog(
            backlog.Count + 1,
            Math.Max(
                backlog.OverdueSeconds,
                (now - (row.ScheduledAt is null ? row.OpenedAt : row.DueAt))?.TotalSeconds ?? 0
            ),
            hours < backlog.TokenHoursLeft || backlog.TokenHoursLeft is null ? hours : backlog.TokenHoursLeft
        );
    }

    private async Task DriveAsync(ConfirmationRow row, DateTimeOffset since, CancellationToken cancellationToken)
    {
        if (row.IsOpen && (row.ScheduledAt is null || row.Reason == UnstoredTriggers.NotStored) && row.OpenedAt < since)
        {
            // Its process died before it could answer.
            if (await ledger.GetAsync(row.EventKey, cancellationToken) is not { } stored)
            {
                await unstored.RejectAsync(row, cancellationToken);
                return;
            }

            if (row.Reason == UnstoredTriggers.NotStored)
            {
                // It is stored now. A merge takes no reason away, and with it the time at which it is accepted would be
                // put off by every sweep. Without the answer's time the next sweep comes here too, if this one dies.
                row.Reason = null;
                row.ScheduledAt = null;
                if (!await table.TrySaveAsync(row, cancellationToken))
                {
                    return;
                }
            }

            // Nothing comes for an event that was kept, or that an operator closed.
            var nothing = stored.Current is EventState.Delivered or EventState.Closed ? stored.Reason : null;
            await confirmations.ScheduleAsync(row.ToConfirmation(), nothing, cancellationToken);
            LogDriven(row.EventKey);
        }
        else if (row.NextAt < since)
        {
            await queue.SendAsync(row.EventKey, row.Attempt, TimeSpan.Zero, cancellationToken);
            await table.MergeAsync(
                row.EventKey,
                new Dictionary<string, object?> { [nameof(ConfirmationRow.NextAt)] = clock.Now },
                cancellationToken
            );
            LogDriven(row.EventKey);
        }
    }

    [LoggerMessage(93, LogLevel.Warning, "The confirmation of event {EventKey} stood still; enqueued again")]
    private partial void LogDriven(string eventKey);
}
