using System.Text.Json;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// A message of MOSIP's hub that the work on a packet has ended (docs/protocols.md, "MOSIP's hub"). MOSIP tells of
/// every packet of the country.
/// </summary>
/// <param name="RegistrationId">The packet's registration id.</param>
/// <param name="Result"><c>PROCESSED</c>, <c>FAILED</c> or <c>REJECTED</c>.</param>
internal sealed record WorkflowMessage(string RegistrationId, string Result)
{
    private static readonly string[] Results = ["PROCESSED", "FAILED", "REJECTED"];

    /// <summary>Reads a message.</summary>
    /// <param name="body">The message.</param>
    /// <returns>Null when it is none.</returns>
    public static WorkflowMessage? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, StrictJson.Options);
            // The words alone, or in the envelope that other topics have.
            var said = Part(Part(document.RootElement, "event"), "data") ?? document.RootElement;
            return
                Text(said, "instanceId") is { Length: > 0 and <= RegistrationNumber.Longest } id
                && id.All(char.IsAsciiLetterOrDigit)
                && Text(said, "resultCode") is { } result
                && Results.Contains(result)
                ? new WorkflowMessage(id, result)
                : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The result alone.</summary>
    public override string ToString() => $"{nameof(WorkflowMessage)} {Result}";

    private static JsonElement? Part(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var part) ? part : null;

    private static string? Text(JsonElement parent, string name) =>
        Part(parent, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
