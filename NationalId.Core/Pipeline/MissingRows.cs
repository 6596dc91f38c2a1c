using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Writes the row of an event whose message comes first: intake died between the two, or is about to write it.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="payloads">Where payloads are.</param>
/// <param name="seals">Knows which payloads are ours.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="options">How long a message waits.</param>
/// <param name="logger">Told of messages that lead nowhere.</param>
public sealed partial class MissingRows(
    EventLedger ledger,
    PayloadStore payloads,
    PayloadSeals seals,
    EventQueues queues,
    DeliveryOptions options,
    ILogger<MissingRows> logger
)
{
    /// <summary>Writes the row from what the payload says about itself. A message alone proves nothing.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>The row; null when there is nothing to do with this message now.</returns>
    public async Task<EventRow?> AddAsync(EventMessage message, CancellationToken cancellationToken)
    {
        // 1. The payload must be there, and be this event's.
        if (await payloads.GetInfoAsync(message.Blob, cancellationToken) is not { } info || info.Key != message.Key)
        {
            LogNothing(message.Key);
            return null;
        }

        // 2. It must be sealed. The key may not have come yet: the message waits for it.
        if (await seals.KeysAsync(cancellationToken) is null)
        {
            await queues.SendAsync(message, options.FirstDelay, cancellationToken);
            return null;
        }

        if (!await seals.FitsAsync(message.Key, message.Blob, cancellationToken))
        {
            LogUnsealed(message.Key);
            await queues.SendAsync(message, options.LongestDelay, cancellationToken);
            return null;
        }

        // 3. Then it is an event that we accepted.
        await ledger.AddAsync(EventRow.From(info, message.Blob), cancellationToken);
        return await ledger.GetAsync(message.Key, cancellationToken);
    }

    [LoggerMessage(25, LogLevel.Warning, "The message of event {EventKey} has neither row nor a payload of its own")]
    private partial void LogNothing(string eventKey);

    [LoggerMessage(28, LogLevel.Error, "The payload of event {EventKey} is not sealed with any ledger key; it waits")]
    private partial void LogUnsealed(string eventKey);
}
