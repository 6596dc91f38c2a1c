using System.Diagnostics;
using System.Security.Cryptography;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Packets;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// Accepts messages of MOSIP's hub: at intake, and once more for what had to wait in quarantine. Opening a credential
/// is the queue's work. What became of a packet is noted for the chore that asks for it.
/// </summary>
/// <param name="signatures">Checks what waited in quarantine.</param>
/// <param name="registrations">Knows whose registration id it is.</param>
/// <param name="packets">The packets that MOSIP works on.</param>
/// <param name="bodies">Stores and enqueues messages.</param>
/// <param name="storage">Insists on storing.</param>
/// <param name="options">Whether messages are signed, and tell of packets.</param>
/// <param name="time">The clock.</param>
public sealed class CredentialAcceptor(
    HubSignatures signatures,
    Registrations registrations,
    PacketWatch packets,
    HeldBodies bodies,
    IntakeStorage storage,
    WebSubOptions options,
    TimeProvider time
) : IAuthenticator
{
    /// <summary>The name of this way in.</summary>
    public const string SourceName = "websub";

    private static readonly EventKind Kind = EventKinds.Carried.Get(EventKinds.Credential);

    /// <inheritdoc/>
    public string Source => SourceName;

    /// <inheritdoc/>
    public Task<string?> SecretsAsync(CancellationToken cancellationToken) => signatures.WordAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<SecondLook> LookAgainAsync(QuarantinedMessage message, CancellationToken cancellationToken)
    {
        using var copy = new MemoryStream();
        await message.Body.CopyToAsync(copy, cancellationToken);
        var body = copy.ToArray();
        if (
            !WebhookSignature.TryParse("sha256=" + message.Signature, out var signature)
            || await signatures.CheckAsync(body, signature, cancellationToken) != HubVerdict.Fits
        )
        {
            return SecondLook.FitsNoSecret;
        }

        await TakeAsync(body, message.ReceivedAt);
        return SecondLook.Accepted;
    }

    /// <summary>Stores and enqueues a message that is genuine, or need not prove it.</summary>
    /// <param name="body">The message.</param>
    /// <param name="receivedAt">When it came, if that is not now.</param>
    /// <exception cref="StorageGivenUpException">Storage refused all the time.</exception>
    internal async Task<Receipt> TakeAsync(byte[] body, DateTimeOffset? receivedAt)
    {
        if (options.WorkflowTopic.Length > 0 && WorkflowMessage.Read(body) is { } ended)
        {
            return await NoteAsync(body, ended);
        }

        var message = CredentialMessage.Read(body);
        RegistrationRow? registration = null;
        if (message is not null)
        {
            await storage.InsistAsync(async stop =>
                registration = await registrations.FindByAidAsync(message.RegistrationId, stop)
            );
        }

        var reason =
            message is null ? CredentialFlags.Unreadable
            : registration is null ? CredentialFlags.UnknownRegistration
            : null;
        var info = new PayloadInfo(
            message is null
                ? EventKey.ForUnreadable(SHA256.HashData(body))
                : Kind.KeyOf(message.EventId, message.RegistrationId, content: null),
            Kind.Name,
            receivedAt ?? time.GetUtcNow(),
            null,
            registration?.Number,
            null,
            reason,
            Activity.Current?.Id
        )
        {
            Source = SourceName,
        };
        Activity.Current?.SetTag("nationalid.event", info.Key);
        return await bodies.AcceptAsync(info, body, CancellationToken.None);
    }

    private async Task<Receipt> NoteAsync(byte[] body, WorkflowMessage ended)
    {
        var isOurs = false;
        // Whoever signs nothing proves nothing: MOSIP is asked then.
        var result = options.RequireHubSignature ? ended.Result : null;
        await storage.InsistAsync(async stop => isOurs = await packets.TellAsync(ended.RegistrationId, result, stop));
        return new Receipt(
            EventKey.ForUnreadable(SHA256.HashData(body)),
            isOurs ? "noted" : "ignored",
            isOurs ? null : "It tells of a packet that is none of ours, or was known."
        );
    }
}
