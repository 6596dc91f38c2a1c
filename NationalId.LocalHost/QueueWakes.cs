using System.Collections.Concurrent;
using System.Globalization;
using System.Web;
using Azure.Core;
using Azure.Core.Pipeline;

namespace NationalId.LocalHost;

/// <summary>
/// Wakes a queue's listener when this process puts a message into the queue, at the time that the message can be seen:
/// a life on this machine does not wait for the next look at each step.
/// </summary>
internal sealed class QueueWakes : HttpPipelineSynchronousPolicy
{
    // Later ones are found by looking.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> sleeping = new();

    /// <summary>What the listener of a queue waits on between two looks.</summary>
    public SemaphoreSlim Of(string queue) => sleeping.GetOrAdd(queue, _ => new SemaphoreSlim(0));

    /// <summary>Sees a call that succeeded: POST or PUT of <c>/account/queue/messages?visibilitytimeout=2</c>.
    /// </summary>
    public override void OnReceivedResponse(HttpMessage message)
    {
        if (message.Response.IsError || message.Request.Method is not { Method: "POST" or "PUT" })
        {
            return;
        }

        var address = message.Request.Uri.ToUri();
        var path = address.AbsolutePath.Split('/');
        var end = Array.LastIndexOf(path, "messages");
        if (end > 0 && sleeping.TryGetValue(path[end - 1], out var listener))
        {
            var hidden = HttpUtility.ParseQueryString(address.Query)["visibilitytimeout"];
            var delay = TimeSpan.FromSeconds(int.TryParse(hidden, CultureInfo.InvariantCulture, out var s) ? s : 0);
            _ = WakeAsync(listener, delay);
        }
    }

    private static async Task WakeAsync(SemaphoreSlim listener, TimeSpan delay)
    {
        if (delay > LongestDelay)
        {
            return;
        }

        await Task.Delay(delay);
        if (listener.CurrentCount == 0)
        {
            // Woken twice, it looks once more and finds nothing.
            listener.Release();
        }
    }
}
