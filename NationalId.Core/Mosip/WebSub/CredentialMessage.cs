using System.Text.Json;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// A message of MOSIP's hub that a credential was issued (docs/protocols.md, "MOSIP's hub"). Nothing in it is readable
/// of the person: the credential is sealed.
/// </summary>
/// <param name="EventId">The event's id: it is the same when the hub sends again.</param>
/// <param name="RegistrationId">The registration id, which we chose.</param>
internal sealed record CredentialMessage(string EventId, string RegistrationId)
{
    /// <summary>The credential's type, e.g. <c>vercred</c>.</summary>
    public string? Type { get; private init; }

    /// <summary>The sealed credential; null where it has to be fetched.</summary>
    public string? Credential { get; private init; }

    /// <summary>Where it has to be fetched.</summary>
    public string? ShareAddress { get; private init; }

    /// <summary>MOSIP's signature over the credential's text, a detached JWS.</summary>
    public string? Signature { get; private init; }

    /// <summary>Reads a message.</summary>
    /// <param name="body">The message.</param>
    /// <returns>Null when it is none.</returns>
    public static CredentialMessage? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, StrictJson.Options);
            if (
                Part(document.RootElement, "event") is not { } happened
                || Part(happened, "data") is not { } data
                || Text(happened, "id") is not { Length: > 0 and <= RegistrationNumber.Longest } id
                || Text(data, "registrationId") is not { Length: > 0 and <= RegistrationNumber.Longest } registration
            )
            {
                return null;
            }

            return new CredentialMessage(id, registration)
            {
                Type = Text(data, "credentialType"),
                Credential = Text(data, "credential"),
                ShareAddress = Text(happened, "dataShareUri") ?? Text(data, "dataShareUri"),
                Signature = Part(data, "proof") is { } proof ? Text(proof, "signature") : null,
            };
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The registration id alone.</summary>
    public override string ToString() => nameof(CredentialMessage);

    private static JsonElement? Part(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object
        && parent.TryGetProperty(name, out var part)
        && part.ValueKind == JsonValueKind.Object
            ? part
            : null;

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

/// <summary>How JSON from outside is read: what is in it twice says two things, and is refused.</summary>
internal static class StrictJson
{
    public static JsonDocumentOptions Options { get; } = new() { AllowDuplicateProperties = false, MaxDepth = 32 };
}
