using System.Text.Json;
using System.Text.Json.Serialization;
using NationalId.Core.Platform.Storage;

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
internal sealed record EventMessage(
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
public sealed class EventQueues(StorageClients storage)
{
    /// <summary>Births on their way to the National ID system.</summary>
    public const string Births = "birth-events";

    /// <summary>Deaths on their way to the National ID system.</summary>
    public const string Deaths = "death-events";

    /// <summary>UIN tokens and national ids on their way back to OpenCRVS.</summary>
    public const string Tokens = "token-events";

    /// <summary>Parts of Token Seeder batches.</summary>
    public const string SeederBatches = "seeder-batches";

    /// <summary>What the Functions host appends to name the poison queue.</summary>
    public const string PoisonSuffix = "-poison";

    internal static readonly string[] Names = [Births, Deaths, Tokens, SeederBatches];

    internal static string QueueOf(string topic) =>
        topic switch
        {
            Topics.Birth => Births,
            Topics.Death => Deaths,
            _ => Tokens,
        };

    internal static EventMessage? Read(string text)
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

    internal Task SendAsync(EventMessage message, TimeSpan? delay, CancellationToken cancellationToken) =>
        SendAsync(
            QueueOf(message.Topic),
            JsonSerializer.Serialize(message, MessageJson.Default.EventMessage),
            delay,
            cancellationToken
        );

    internal Task PoisonAsync(string queue, string text, CancellationToken cancellationToken) =>
        SendAsync(queue + PoisonSuffix, text, null, cancellationToken);

    internal async Task SendAsync(string queue, string text, TimeSpan? delay, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        // -1 second: the message never expires. The default, seven days, would lose events in a long outage.
        await storage
            .Queues.GetQueueClient(queue)
            .SendMessageAsync(text, delay, TimeSpan.FromSeconds(-1), cancellationToken);
    }
}

/// <summary>
/// The topics of the ledger's events: OpenCRVS's hub topics, and what comes back from the National ID system.
/// </summary>
public static class Topics
{
    /// <summary>A birth was registered.</summary>
    public const string Birth = "BIRTH_REGISTERED";

    /// <summary>A death was registered.</summary>
    public const string Death = "DEATH_REGISTERED";

    /// <summary>MOSIP sent a UIN token.</summary>
    public const string UinToken = "UIN_TOKEN";

    /// <summary>The default National ID system sent a national id.</summary>
    public const string NationalId = "NATIONAL_ID";
}
