namespace NationalId.Core.Platform.Storage;

/// <summary>Looks through poison queues for messages that have no place there.</summary>
/// <param name="storage">The storage account.</param>
public sealed class PoisonQueues(StorageClients storage)
{
    private const int MostAtOnce = 32;
    private const int MostInOneRun = 640;
    private static readonly TimeSpan HiddenFor = TimeSpan.FromMinutes(2);

    /// <summary>Gives each message of a queue's poison queue to <paramref name="sendOn"/>.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="sendOn">Sends a message on. It says whether the message has no place here (any more).</param>
    /// <param name="cancellationToken">Stops between messages.</param>
    public async Task SendOnAsync(string queue, Func<string, Task<bool>> sendOn, CancellationToken cancellationToken)
    {
        var poison = storage.Queues.GetQueueClient(queue + StorageClients.PoisonSuffix);
        // By the queue's own count: a round of messages that are not base64 comes back empty, and others may stand
        // behind them.
        var waiting = (await poison.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;
        for (var seen = 0; seen < Math.Min(waiting, MostInOneRun); seen += MostAtOnce)
        {
            var messages = (await poison.ReceiveMessagesAsync(MostAtOnce, HiddenFor, cancellationToken)).Value;
            foreach (var message in messages)
            {
                if (await sendOn(message.MessageText))
                {
                    await poison.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken);
                }
            }
        }
    }
}
