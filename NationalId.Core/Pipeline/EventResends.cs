using Azure;
using NationalId.Core.Ledger;

namespace NationalId.Core.Pipeline;

/// <summary>Sends an event on its way again, as if it had just come.</summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="options">How long a worker has an event.</param>
/// <param name="time">The clock.</param>
public sealed class EventResends(EventLedger ledger, EventQueues queues, DeliveryOptions options, TimeProvider time)
{
    /// <summary>Sends one on its way again, a closed one too. Steps that are done stay done.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="note">Why, for its history.</param>
    /// <param name="delay">When it goes.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    /// <returns>False when a worker has the event, or it was changed a moment ago.</returns>
    public async Task<bool> TryAsync(EventRow row, string note, TimeSpan delay, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (options.IsLeased(row.LeaseUntil, now))
        {
            // A worker has it: its outcome must not be lost.
            return false;
        }

        row.Attempt = 0;
        row.NextAt = now + delay;
        row.Reason = null;
        row.ClosedAs = null;
        row.ClosedIn = null;
        row.ClosedBy = null;
        try
        {
            // The row first: a message of an event that is still poisoned would be dropped.
            await ledger.MoveAsync(row, EventState.Waiting, note, cancellationToken);
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            return false;
        }

        await queues.SendAsync(row.ToMessage(), delay > TimeSpan.Zero ? delay : null, cancellationToken);
        return true;
    }
}
