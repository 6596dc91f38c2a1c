using Azure;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;

namespace NationalId.Core.Operations;

/// <summary>What an operator can order for one event: that it goes on its way again, or that it is closed.</summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="resends">Sends events on their way again.</param>
/// <param name="destinations">Says which events are delivered at all.</param>
/// <param name="options">How long a worker has an event.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what operators did.</param>
public sealed partial class EventOrders(
    EventLedger ledger,
    EventResends resends,
    Destinations destinations,
    DeliveryOptions options,
    TimeProvider time,
    ILogger<EventOrders> logger
)
{
    /// <summary>Why an event can't be sent on its way again; null when it can.</summary>
    /// <param name="row">The event.</param>
    public string? ReplayRefusal(EventRow row) =>
        row.Current == EventState.Delivered ? "The event is delivered already."
        : row.Current == EventState.Received ? "The event is on its way already."
        : row.Blob is null ? "The event's payload was removed."
        : !CanDeliver(row.Topic) ? "An event of this topic is not delivered."
        : null;

    /// <summary>Whether anything that is set up delivers events of a topic.</summary>
    /// <param name="topic">The topic.</param>
    public bool CanDeliver(string topic) => destinations.Has(topic);

    /// <summary>Why an event can't be closed; null when it can.</summary>
    /// <param name="row">The event.</param>
    /// <param name="closing">How (<see cref="EventClosings"/>).</param>
    public static string? CloseRefusal(EventRow row, string closing) =>
        (row.Current, closing) switch
        {
            (EventState.Flagged or EventState.Poisoned, _) => null,
            // Acknowledging does not stop it: it would be tried again all the same.
            (EventState.Waiting, EventClosings.Discarded) => null,
            (EventState.Waiting, _) => "An event that waits is tried again by itself: it can only be discarded.",
            (EventState.Closed, _) => "The event is closed already.",
            (EventState.Delivered, _) => "The event is delivered already.",
            _ => "The event is on its way.",
        };

    /// <summary>Sends an event on its way again.</summary>
    /// <param name="row">The event, for which <see cref="ReplayRefusal"/> has none.</param>
    /// <param name="by">Who orders it.</param>
    /// <param name="delay">When it goes.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    /// <returns>False when a worker has the event, or it was changed a moment ago.</returns>
    public async Task<bool> ReplayAsync(EventRow row, string by, TimeSpan delay, CancellationToken cancellationToken)
    {
        if (!await resends.TryAsync(row, $"replayed by {by}", delay, cancellationToken))
        {
            return false;
        }

        LogReplayed(row.Key, by);
        return true;
    }

    /// <summary>Closes an event.</summary>
    /// <param name="row">The event, for which <see cref="CloseRefusal"/> has none.</param>
    /// <param name="closing">How (<see cref="EventClosings"/>).</param>
    /// <param name="reason">Why, in the operator's words.</param>
    /// <param name="by">Who closes it.</param>
    /// <param name="cancellationToken">Stops the change.</param>
    /// <returns>False when a worker has the event, or it was changed a moment ago.</returns>
    public async Task<bool> CloseAsync(
        EventRow row,
        string closing,
        string reason,
        string by,
        CancellationToken cancellationToken
    )
    {
        if (options.IsLeased(row.LeaseUntil, time.GetUtcNow()))
        {
            return false;
        }

        row.ClosedAs = closing;
        row.ClosedIn = row.State;
        row.ClosedBy = by;
        row.NextAt = null;
        row.Reason = reason;
        try
        {
            await ledger.MoveAsync(row, EventState.Closed, $"{closing} by {by}: {reason}", cancellationToken);
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            return false;
        }

        LogClosed(row.Key, closing, by);
        return true;
    }

    /// <summary>Notes in an event's history what an operator did about it elsewhere.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="note">What was done, and by whom.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task NoteAsync(string key, string note, CancellationToken cancellationToken)
    {
        while (await ledger.GetAsync(key, cancellationToken) is { } row)
        {
            row.Note(time.GetUtcNow(), row.Current, note);
            try
            {
                await ledger.SaveAsync(row, cancellationToken);
                return;
            }
            catch (RequestFailedException changed) when (changed.Status == 412)
            {
                // A worker moved the event meanwhile: look again.
            }
        }
    }

    [LoggerMessage(50, LogLevel.Warning, "Event {EventKey} was replayed by {Operator}")]
    private partial void LogReplayed(string eventKey, string @operator);

    [LoggerMessage(51, LogLevel.Warning, "Event {EventKey} was {Closing} by {Operator}")]
    private partial void LogClosed(string eventKey, string closing, string @operator);
}
