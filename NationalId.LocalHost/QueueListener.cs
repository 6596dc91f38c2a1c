using System.Diagnostics;
using System.Text;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace NationalId.LocalHost;

/// <summary>
/// Feeds one queue function as the Functions host does: batches, renewal while a message is under way, delete on
/// success, back into the queue on failure, <c>&lt;queue&gt;-poison</c> after maxDequeueCount.
/// </summary>
internal sealed class QueueListener(
    FunctionDescriptor function,
    IServiceProvider services,
    QueueClient queue,
    QueueClient poison,
    QueueSettings settings,
    TimeSpan functionTimeout,
    SemaphoreSlim sent,
    ILogger logger
) : FunctionListener
{
    // What this process sends wakes it; what others send may wait for so long.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(500);

    public override string Name => function.Name;

    /// <summary>Makes sure that the queue is there: whoever finds the host started can send.</summary>
    public async Task PrepareAsync(CancellationToken ct) => await queue.CreateIfNotExistsAsync(cancellationToken: ct);

    protected override async Task ListenAsync(CancellationToken stopping)
    {
        List<Task> running = [];
        var pause = ShortestPause;
        while (!stopping.IsCancellationRequested)
        {
            var messages = await ReceiveAsync(stopping);
            if (messages.Length == 0)
            {
                // Jitter, so that several queues don't look in step.
                var jittered = pause * (0.8 + (0.2 * Random.Shared.NextDouble()));
                pause = await SentAsync(jittered, stopping)
                    ? ShortestPause
                    : TimeSpan.FromTicks(
                        Math.Min(pause.Ticks * 2, Math.Max(settings.MaxPollingInterval.Ticks, ShortestPause.Ticks))
                    );
            }
            else
            {
                pause = ShortestPause;
                running.AddRange(
                    messages.Select(message => Task.Run(() => ProcessAsync(message), CancellationToken.None))
                );
                if (messages.Length < settings.BatchSize)
                {
                    // That was all of it: what comes next wakes us.
                    await SentAsync(ShortestPause, stopping);
                }
            }

            running.RemoveAll(task => task.IsCompleted);
            while (running.Count > settings.NewBatchThreshold && !stopping.IsCancellationRequested)
            {
                await Task.WhenAny([.. running, Task.Delay(Timeout.Infinite, stopping)]);
                running.RemoveAll(task => task.IsCompleted);
            }
        }

        await Task.WhenAll(running);
    }

    /// <returns>Whether a message was sent before the time was over.</returns>
    private async Task<bool> SentAsync(TimeSpan within, CancellationToken stopping)
    {
        try
        {
            return await sent.WaitAsync(within, stopping);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<QueueMessage[]> ReceiveAsync(CancellationToken stopping)
    {
        try
        {
            // Not cut off by a stop: storage would hide what it has handed out for the whole lease.
            return (await queue.ReceiveMessagesAsync(settings.BatchSize, settings.Lease, Abandon)).Value;
        }
        catch (Exception) when (Abandon.IsCancellationRequested) { }
        catch (RequestFailedException e) when (e.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            await TryAsync("create", () => PrepareAsync(stopping));
        }
        catch (Exception e)
        {
            logger.QueueUnreadable(queue.Name, Failure.Describe(e));
        }

        return [];
    }

    private async Task ProcessAsync(QueueMessage message)
    {
        var lease = new MessageLease(queue, message, settings.Lease);
        string? poisoned = null;
        if (message.DequeueCount > settings.MaxDequeueCount)
        {
            poisoned = "dequeued too often without an end";
        }
        else if (Decode(message.Body.ToMemory().Span) is not { } text)
        {
            poisoned = "not base64";
        }
        else if (!await RunAsync(message, text))
        {
            if (message.DequeueCount < settings.MaxDequeueCount)
            {
                await TryAsync("release", () => lease.ReleaseAsync(settings.VisibilityTimeout));
                return;
            }

            poisoned = "failed at its last dequeue";
        }

        if (poisoned is not null)
        {
            logger.MessagePoisoned(queue.Name, poison.Name, poisoned);
            if (!await TryAsync("poison", () => SendToPoisonAsync(message.Body)))
            {
                await lease.StopAsync();
                return;
            }
        }

        await TryAsync("delete", lease.DeleteAsync);
    }

    private async Task<bool> RunAsync(QueueMessage message, string text)
    {
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
        {
            ["QueueTrigger"] = text,
            ["Id"] = message.MessageId,
            ["DequeueCount"] = message.DequeueCount,
            ["PopReceipt"] = message.PopReceipt,
        };
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Abandon);
        timeout.CancelAfter(functionTimeout);
        var watch = Stopwatch.StartNew();
        try
        {
            await function.InvokeAsync(services, new InvocationInput(null, text, message, data, timeout.Token));
            logger.MessageDone(function.Name, watch.ElapsedMilliseconds, message.DequeueCount);
            return true;
        }
        catch (Exception e)
        {
            logger.MessageFailed(function.Name, message.DequeueCount, Failure.Describe(e));
            return false;
        }
    }

    private string? Decode(ReadOnlySpan<byte> body)
    {
        if (!settings.Base64)
        {
            return Encoding.UTF8.GetString(body);
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(
                Convert.FromBase64String(Encoding.UTF8.GetString(body))
            );
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }

    private async Task SendToPoisonAsync(BinaryData body)
    {
        await poison.CreateIfNotExistsAsync();
        await poison.SendMessageAsync(body);
    }

    /// <summary>Storage may fail at any moment: then the message comes again, nothing is lost.</summary>
    private async Task<bool> TryAsync(string action, Func<Task> settle)
    {
        try
        {
            await settle();
            return true;
        }
        catch (Exception e)
        {
            logger.MessageNotSettled(action, queue.Name, Failure.Describe(e));
            return false;
        }
    }
}
