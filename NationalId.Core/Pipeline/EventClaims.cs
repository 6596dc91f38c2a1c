using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Pipeline;

/// <summary>Takes an event for one worker: of several messages and workers only one may deliver it at a time.</summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="payloads">Where payloads are.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="acceptor">Writes a row that intake did not get to.</param>
/// <param name="options">How long a worker has an event.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of messages that lead nowhere.</param>
public sealed partial class EventClaims(
    EventLedger ledger,
    PayloadStore payloads,
    EventQueues queues,
    EventAcceptor acceptor,
    DeliveryOptions options,
    TimeProvider time,
    ILogger<EventClaims> logger
)
{
    /// <summary>Finds or writes the event's row and takes it.</summary>
    /// <param name="message">The message that the worker got.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>The row; null when there is nothing to do with this message.</returns>
    public async Task<EventRow?> TakeAsync(EventMessage message, CancellationToken cancellationToken)
    {
        // 1. The row, also where intake died between message and row, or is about to write it.
        var row =
            await ledger.GetAsync(message.Key, cancellationToken) ?? await AddRowAsync(message, cancellationToken);
        if (row is null)
        {
            return null;
        }

        // 2. The same event, received twice before its row stood: the first payload counts. A message is data, not
        // authority: it does not remove another event's payload.
        if (row.Blob != message.Blob && row.Blob is not null && await IsOfAsync(message, cancellationToken))
        {
            await payloads.DeleteAsync(message.Blob, cancellationToken);
        }

        if (row.IsFinal)
        {
            return null;
        }

        // 3. A message too many, of a replay or the sweep: the row's own comes when its time has come.
        var now = time.GetUtcNow();
        if (message.Attempt != row.Attempt && row.NextAt > now)
        {
            return null;
        }

        // 4. Another worker has it, or died with it: look again when its time is over.
        if (row.LeaseUntil is { } until && until > now)
        {
            await queues.SendAsync(message, until - now + TimeSpan.FromSeconds(1), cancellationToken);
            return null;
        }

        // 5. It is ours, unless another worker was faster by a moment.
        if (await ledger.TryLeaseAsync(row, now + options.LeaseFor, cancellationToken))
        {
            CrashPoint.Hit("deliver.lease");
            return row;
        }

        await queues.SendAsync(message, options.FirstDelay, cancellationToken);
        return null;
    }

    /// <summary>Ends shortly before a lease that begins now does. The caller disposes it.</summary>
    public CancellationTokenSource Limit() => new(options.LeaseFor * 0.9, time);

    /// <summary>Gives an event back as it is, since the host stops: another one must not wait for the lease.</summary>
    /// <param name="row">The event's row.</param>
    public Task ReleaseAsync(EventRow row)
    {
        row.LeaseUntil = null;
        return ledger.SaveAsync(row, CancellationToken.None);
    }

    private async Task<bool> IsOfAsync(EventMessage message, CancellationToken cancellationToken) =>
        (await payloads.GetInfoAsync(message.Blob, cancellationToken))?.Key == message.Key;

    private async Task<EventRow?> AddRowAsync(EventMessage message, CancellationToken cancellationToken)
    {
        if (await payloads.GetInfoAsync(message.Blob, cancellationToken) is not { } info || info.Key != message.Key)
        {
            LogNothing(message.Key);
            return null;
        }

        await acceptor.AddRowAsync(EventRow.From(info, message.Blob), cancellationToken);
        return await ledger.GetAsync(message.Key, cancellationToken);
    }

    [LoggerMessage(25, LogLevel.Warning, "The message of event {EventKey} has neither row nor a payload of its own")]
    private partial void LogNothing(string eventKey);
}
