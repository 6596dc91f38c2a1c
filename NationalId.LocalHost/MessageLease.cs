using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace NationalId.LocalHost;

/// <summary>Keeps a message hidden while its function runs; each renewal gives it another receipt.</summary>
internal sealed class MessageLease
{
    private readonly QueueClient queue;
    private readonly string id;
    private readonly CancellationTokenSource stop = new();
    private readonly Task renewing;
    private string receipt;

    public MessageLease(QueueClient queue, QueueMessage message, TimeSpan length)
    {
        this.queue = queue;
        id = message.MessageId;
        receipt = message.PopReceipt;
        renewing = RenewAsync(length);
    }

    public async Task DeleteAsync()
    {
        await StopAsync();
        await queue.DeleteMessageAsync(id, receipt);
    }

    /// <summary>Gives the message back, to be seen again after <paramref name="delay"/>.</summary>
    public async Task ReleaseAsync(TimeSpan delay)
    {
        await StopAsync();
        await queue.UpdateMessageAsync(id, receipt, (BinaryData?)null, delay);
    }

    /// <summary>Renews no longer.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await renewing;
    }

    private async Task RenewAsync(TimeSpan length)
    {
        while (true)
        {
            await Task.Delay(length / 2, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                return;
            }

            try
            {
                // Not cancelled half-way: the receipt of a renewal that happened must not be missed.
                receipt = (await queue.UpdateMessageAsync(id, receipt, (BinaryData?)null, length)).Value.PopReceipt;
            }
            catch (Exception e) when (e is RequestFailedException or AggregateException)
            {
                // The next renewal may succeed; if none does, the message comes again.
            }
        }
    }
}
