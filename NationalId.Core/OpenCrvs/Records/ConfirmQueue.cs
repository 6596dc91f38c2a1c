using System.Text.Json;
using System.Text.Json.Serialization;
using NationalId.Core.Ledger;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>A message that has an action confirmed: it names the action and nothing else.</summary>
/// <param name="Key">The event's key.</param>
/// <param name="Attempt">How many attempts had failed when it was sent: it is for the next one.</param>
internal sealed record ConfirmMessage(string Key, int Attempt);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ConfirmMessage))]
internal sealed partial class ConfirmJson : JsonSerializerContext;

/// <summary>The queue of what is to be confirmed.</summary>
/// <param name="queues">The queues.</param>
public sealed class ConfirmQueue(EventQueues queues)
{
    /// <summary>The queue's name.</summary>
    public const string Name = "confirm-events";

    /// <summary>Has an action confirmed.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="attempt">How many attempts have failed.</param>
    /// <param name="delay">How long the message stays hidden.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task SendAsync(string key, int attempt, TimeSpan delay, CancellationToken cancellationToken) =>
        queues.SendAsync(
            Name,
            JsonSerializer.Serialize(new ConfirmMessage(key, attempt), ConfirmJson.Default.ConfirmMessage),
            // Queues know whole seconds: less than what is left would make the message come again and again.
            delay > TimeSpan.Zero
                ? TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds))
                : null,
            cancellationToken
        );

    /// <summary>Puts a text that is none of ours aside.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task PoisonAsync(string text, CancellationToken cancellationToken) =>
        queues.PoisonAsync(Name, text, cancellationToken);

    /// <summary>A message by its text; null when it is none of ours.</summary>
    internal static ConfirmMessage? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ConfirmJson.Default.ConfirmMessage) is { Key.Length: 64 } message
                ? message
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
