using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Decides from a delivery's outcome what becomes of the event: delivered, flagged, again after a growing delay, or
/// poison.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="options">The delays.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of every outcome.</param>
public sealed partial class Settlement(
    EventLedger ledger,
    EventQueues queues,
    EventKinds kinds,
    DeliveryOptions options,
    TimeProvider time,
    ILogger<Settlement> logger
)
{
    /// <summary>Notes the outcome of one attempt and sees to the next.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="failure">Why it was not delivered; null when it was.</param>
    public Task SettleAsync(EventRow row, DeliveryException? failure)
    {
        row.LeaseUntil = null;
        row.Attempt++;
        row.Reason = failure?.Reason;
        row.IsContradiction = failure is ContradictionException;
        row.NextAt = null;
        return failure switch
        {
            null => DeliveredAsync(row),
            KeptException => KeptAsync(row, failure.Reason),
            FlaggedException => FlaggedAsync(row, failure.Reason),
            TransientFailureException transient => AgainAsync(row, transient),
            _ => PoisonedAsync(row, failure.Reason),
        };
    }

    private async Task DeliveredAsync(EventRow row)
    {
        await ledger.MoveAsync(row, EventState.Delivered, row.Link, CancellationToken.None);
        Instruments.Delivered.Add(1, Topic(row));
        Instruments.DeliveryAge.Record((time.GetUtcNow() - row.ReceivedAt).TotalSeconds, Topic(row));
        LogDelivered(row.Key, row.Attempt);
    }

    private async Task KeptAsync(EventRow row, string reason)
    {
        await ledger.MoveAsync(row, EventState.Delivered, reason, CancellationToken.None);
        LogKept(row.Key, reason);
    }

    private async Task FlaggedAsync(EventRow row, string reason)
    {
        // Counted first, here and below: what is counted twice is looked at, what is not is missed.
        Instruments.Flagged.Add(1, Topic(row));
        await ledger.MoveAsync(row, EventState.Flagged, reason, CancellationToken.None);
        LogFlagged(row.Key, reason);
    }

    private async Task AgainAsync(EventRow row, TransientFailureException failure)
    {
        var delay = RetryDelay.After(row.Attempt, failure.RetryAfter, options);
        row.NextAt = time.GetUtcNow() + delay;
        // The message first: a row that says Waiting without one would wait for the sweep.
        await queues.SendAsync(row.ToMessage(), delay, CancellationToken.None);
        CrashPoint.Hit("deliver.again");
        await ledger.MoveAsync(row, EventState.Waiting, failure.Reason, CancellationToken.None);
        LogWaiting(row.Key, row.Attempt, failure.Reason, delay);
    }

    private async Task PoisonedAsync(EventRow row, string reason)
    {
        await queues.PoisonAsync(row.ToMessage(), CancellationToken.None);
        Instruments.Poisoned.Add(1, Topic(row));
        await ledger.MoveAsync(row, EventState.Poisoned, reason, CancellationToken.None);
        LogPoisoned(row.Key, reason);
    }

    private KeyValuePair<string, object?> Topic(EventRow row) => Instruments.Tag("topic", kinds.LabelOf(row.Topic));

    [LoggerMessage(20, LogLevel.Information, "Event {EventKey} delivered at attempt {Attempt}")]
    private partial void LogDelivered(string eventKey, int attempt);

    [LoggerMessage(21, LogLevel.Warning, "Event {EventKey} waits after attempt {Attempt}: {Reason} Next in {Delay}")]
    private partial void LogWaiting(string eventKey, int attempt, string reason, TimeSpan delay);

    [LoggerMessage(22, LogLevel.Error, "Event {EventKey} is poisoned: {Reason}")]
    private partial void LogPoisoned(string eventKey, string reason);

    [LoggerMessage(27, LogLevel.Information, "Event {EventKey} is kept and not sent: {Reason}")]
    private partial void LogKept(string eventKey, string reason);

    [LoggerMessage(26, LogLevel.Error, "Event {EventKey} is flagged: {Reason}")]
    private partial void LogFlagged(string eventKey, string reason);
}
