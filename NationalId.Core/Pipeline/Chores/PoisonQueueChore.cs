using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline.Chores;

/// <summary>
/// Sends on what the host gave up. It moves a message to the poison queue when a function died with it five times; only
/// the ledger may say that an event can never succeed, so others go back.
/// </summary>
/// <param name="poison">Reads poison queues.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="kinds">Names the queues.</param>
/// <param name="logger">Told of what was sent on.</param>
public sealed partial class PoisonQueueChore(
    PoisonQueues poison,
    EventQueues queues,
    EventLedger ledger,
    EventKinds kinds,
    ILogger<PoisonQueueChore> logger
) : IChore
{
    /// <inheritdoc/>
    public string Name => "poison queues";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var queue in kinds.Queues)
        {
            await poison.SendOnAsync(queue, text => ResendAsync(text, cancellationToken), cancellationToken);
        }
    }

    /// <returns>Whether the message has no place in the poison queue (any more).</returns>
    private async Task<bool> ResendAsync(string text, CancellationToken cancellationToken)
    {
        if (EventQueues.Read(text) is not { } claim || kinds.Find(claim.Topic) is null)
        {
            return false;
        }

        var state = (await ledger.GetAsync(claim.Key, cancellationToken))?.Current;
        if (state is EventState.Poisoned or EventState.Flagged)
        {
            return false;
        }

        if (state is not (EventState.Delivered or EventState.Closed))
        {
            await queues.SendAsync(claim, null, cancellationToken);
            LogRescued(claim.Key);
        }

        return true;
    }

    [LoggerMessage(41, LogLevel.Warning, "Event {EventKey} was given up by the host; enqueued again")]
    private partial void LogRescued(string eventKey);
}
