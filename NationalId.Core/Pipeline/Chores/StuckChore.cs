using Azure;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;

namespace NationalId.Core.Pipeline.Chores;

/// <summary>Drives on events that stand still, since their message was lost.</summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="pause">The operator's switch.</param>
/// <param name="destinations">Says which events are delivered at all.</param>
/// <param name="clock">The clock, and how long an event may stand still.</param>
/// <param name="logger">Told of what was driven on.</param>
public sealed partial class StuckChore(
    EventLedger ledger,
    EventQueues queues,
    DeliverySwitch pause,
    Destinations destinations,
    ChoreClock clock,
    ILogger<StuckChore> logger
) : IChore
{
    private static readonly EventState[] States = [EventState.Received, EventState.Waiting];

    /// <inheritdoc/>
    public string Name => "stuck events";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (await pause.IsPausedAsync(cancellationToken))
        {
            return;
        }

        var now = clock.Now;
        var since = now - clock.Options.StuckAfter;
        foreach (var state in States)
        {
            await foreach (var (key, _) in ledger.InStateAsync(state, null, since, cancellationToken))
            {
                var row = await ledger.GetAsync(key, cancellationToken);
                if (
                    row is not null
                    && row.Current == state
                    && !(row.NextAt > since)
                    && !clock.Options.IsLeased(row.LeaseUntil, now)
                    && destinations.Has(row.Topic)
                )
                {
                    await DriveAsync(row, now, cancellationToken);
                }
            }
        }
    }

    private async Task DriveAsync(EventRow row, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await queues.SendAsync(row.ToMessage(), null, cancellationToken);
        row.NextAt = now;
        try
        {
            await ledger.MoveAsync(row, row.Current, "re-driven by the sweep", cancellationToken);
            LogStuck(row.Key, row.State);
        }
        catch (RequestFailedException moving) when (moving.Status == 412)
        {
            // It moves by itself: a message too many does no harm.
        }
    }

    [LoggerMessage(42, LogLevel.Warning, "Event {EventKey} stood still in {State}; enqueued again")]
    private partial void LogStuck(string eventKey, string state);
}
