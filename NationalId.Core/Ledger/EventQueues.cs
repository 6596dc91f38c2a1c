using System.Text.Json;
using System.Text.Json.Serialization;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Ledger;

/// <summary>
/// The claim check that travels through a queue: where an event is, never what it holds (docs/architecture.md, "Rules
/// that keep events"). Base64 in the queue, as the Functions host expects, and never expiring.
/// </summary>
/// <param name="Key">The event's key.</param>
/// <param name="Topic">The hub topic.</param>
/// <param name="Blob">The payload's blob name.</param>
/// <param name="Attempt">How many deliveries were tried before this message.</param>
/// <param name="ReceivedAt">When intake took the event.</param>
/// <param name="TraceParent">The W3C trace that the webhook began.</param>
public sealed record EventMessage(
    string Key,
    string Topic,
    string Blob,
    int Attempt,
    DateTimeOffset ReceivedAt,
    string? TraceParent = null
);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EventMessage))]
internal sealed partial class MessageJson : JsonSerializerContext;

/// <summary>The queues that events wait in.</summary>
/// <param name="storage">The storage account.</param>
/// <param name="kinds">Says which queue an event goes through.</param>
public sealed class EventQueues(StorageClients storage, EventKinds kinds)
{
    /// <summary>A message by its text; null when it is none of ours.</summary>
    /// <param name="text">The message's text.</param>
    public static EventMessage? Read(string text)
    {
        try
        {
            return
                JsonSerializer.Deserialize(text, MessageJson.Default.EventMessage)
                    is { Key.Length: 64, Topic: not null, Blob: not null } message
                ? message
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Enqueues an event in the queue of its kind.</summary>
    /// <param name="message">The event.</param>
    /// <param name="delay">How long it stays hidden; null: not at all.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="InvalidOperationException">The table of event kinds has no such kind.</exception>
    public Task SendAsync(EventMessage message, TimeSpan? delay, CancellationToken cancellationToken) =>
        SendAsync(
            kinds.Get(message.Topic).Queue,
            JsonSerializer.Serialize(message, MessageJson.Default.EventMessage),
            delay,
            cancellationToken
        );

    /// <summary>Puts an event into the poison queue of its kind.</summary>
    /// <param name="message">The event.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task PoisonAsync(EventMessage message, CancellationToken cancellationToken) =>
        PoisonAsync(
            kinds.Get(message.Topic).Queue,
            JsonSerializer.Serialize(message, MessageJson.Default.EventMessage),
            cancellationToken
        );

    /// <summary>Puts a text into a queue's poison queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="text">The message.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task PoisonAsync(string queue, string text, CancellationToken cancellationToken) =>
        SendAsync(queue + StorageClients.PoisonSuffix, text, null, cancellationToken);

    /// <summary>How many messages wait in a queue, roughly.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<int> WaitingAsync(string queue, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var properties = await storage.Queues.GetQueueClient(queue).GetPropertiesAsync(cancellationToken);
        return properties.Value.ApproximateMessagesCount;
    }

    /// <summary>Puts a text into a queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="text">The message.</param>
    /// <param name="delay">How long it stays hidden; null: not at all.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task SendAsync(string queue, string text, TimeSpan? delay, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        // -1 second: the message never expires. The default, seven days, would lose events in a long outage.
        await storage
            .Queues.GetQueueClient(queue)
            .SendMessageAsync(text, delay, TimeSpan.FromSeconds(-1), cancellationToken);
    }
}
