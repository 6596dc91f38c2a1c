using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Webhooks;

/// <summary>What became of a webhook's body.</summary>
/// <param name="Receipt">The receipt; null when the body was not accepted.</param>
/// <param name="IsTooLarge">Whether it was too large. Otherwise its signature fitted no secret.</param>
internal sealed record WebhookVerdict(Receipt? Receipt, bool IsTooLarge);

/// <summary>
/// Checks OpenCRVS's signature in the same pass that stores the body, and accepts the event: at intake, and once more
/// for what had to wait in quarantine.
/// </summary>
/// <param name="secrets">The webhook secret.</param>
/// <param name="payloads">Where payloads are.</param>
/// <param name="seals">Seals what was accepted.</param>
/// <param name="acceptor">Takes responsibility for events.</param>
/// <param name="storage">Insists on storing.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class WebhookAcceptor(
    ISecretStore secrets,
    PayloadStore payloads,
    PayloadSeals seals,
    EventAcceptor acceptor,
    IntakeStorage storage,
    EventKinds kinds,
    TimeProvider time
) : IAuthenticator
{
    /// <summary>The name of this way in.</summary>
    public const string SourceName = EventSources.Webhook;

    /// <inheritdoc/>
    public string Source => SourceName;

    /// <inheritdoc/>
    public async Task<string?> SecretsAsync(CancellationToken cancellationToken)
    {
        var versions = await secrets.GetVersionsAsync(SecretNames.WebhookSecret, cancellationToken);
        return versions.Count == 0 || await seals.KeysAsync(cancellationToken) is null
            ? null
            : string.Join('.', versions.Select(Fingerprint));
    }

    /// <inheritdoc/>
    public async Task<SecondLook> LookAgainAsync(QuarantinedMessage message, CancellationToken cancellationToken)
    {
        var versions = await secrets.GetVersionsAsync(SecretNames.WebhookSecret, cancellationToken);
        if (!WebhookSignature.TryParse("sha256=" + message.Signature, out var signature))
        {
            return SecondLook.FitsNoSecret;
        }

        var verdict = await TakeAsync(
            message.Body,
            message.Length,
            message.ReceivedAt,
            signature,
            versions,
            cancellationToken
        );
        return verdict.Receipt is null ? SecondLook.FitsNoSecret : SecondLook.Accepted;
    }

    /// <summary>Checks, stores and enqueues a body that is known to have a well-formed signature.</summary>
    /// <param name="body">The body.</param>
    /// <param name="expected">Its length, where it is known.</param>
    /// <param name="receivedAt">When it came, if that is not now.</param>
    /// <param name="signature">Its signature.</param>
    /// <param name="versions">The secrets that it may be signed with.</param>
    /// <param name="aborted">Set when the sender has gone.</param>
    /// <exception cref="StorageGivenUpException">Storage refused all the time.</exception>
    internal async Task<WebhookVerdict> TakeAsync(
        Stream body,
        long? expected,
        DateTimeOffset? receivedAt,
        WebhookSignature signature,
        IReadOnlyList<SecretVersion> versions,
        CancellationToken aborted
    )
    {
        using var hmac = new JsUriHmac(versions.Select(version => Encoding.UTF8.GetBytes(version.Value)));
        using var scanner = new EventScanner(kinds);
        using var incoming = await IncomingBody.ReadAsync(
            body,
            expected,
            payloads,
            storage,
            bytes =>
            {
                hmac.Append(bytes);
                scanner.Append(bytes);
            },
            aborted
        );
        if (incoming is null)
        {
            return new WebhookVerdict(null, IsTooLarge: true);
        }

        if (hmac.Verify(signature) < 0)
        {
            await incoming.DiscardAsync();
            return new WebhookVerdict(null, IsTooLarge: false);
        }

        // From here on the event is ours, whether or not OpenCRVS still waits for the answer. Its bytes are proved.
        await body.DisposeAsync();
        var info = await seals.SealAsync(
            Describe(scanner.Complete(), signature, receivedAt ?? time.GetUtcNow()),
            incoming.Blob,
            incoming.ContentHash(),
            CancellationToken.None
        );
        Activity.Current?.SetTag("nationalid.event", info.Key);
        var known = await acceptor.AcceptAsync(info, incoming.Blob, stop => incoming.CommitAsync(info, stop));
        var receipt = Receipt.Of(info, known);
        Instruments.CountReceived(kinds.LabelOf(info.Topic), receipt.Outcome);
        return new WebhookVerdict(receipt, IsTooLarge: false);
    }

    private PayloadInfo Describe(EventScan scan, WebhookSignature signature, DateTimeOffset receivedAt)
    {
        var outline = scan.Outline;
        var number = RegistrationNumber.Normalise(outline.RegistrationNumber);
        var reason = outline.FlagReason ?? (IsTooLong(outline, number) ? FlagReasons.NumberTooLong : null);
        var kind = outline.CompositionId is null && number is null ? null : kinds.Find(outline.Topic);
        var unreadable =
            kind is not { IsRegistration: true } || (kind.Key == KeyRule.RecordAndContent && scan.BundleHash is null);
        return new PayloadInfo(
            unreadable
                ? EventKey.ForUnreadable(signature.Bytes)
                : kind!.KeyOf(outline.CompositionId, number, scan.BundleHash),
            RegistrationNumber.Shorten(outline.Topic) ?? "",
            receivedAt,
            RegistrationNumber.Shorten(outline.CompositionId),
            RegistrationNumber.Shorten(number),
            RegistrationNumber.Shorten(outline.TrackingId),
            reason,
            Activity.Current?.Id
        )
        {
            Source = SourceName,
            SignedAt = scan.SentAt,
        };
    }

    // What identifies a record is used whole or not at all: two with the same beginning are not the same.
    private static bool IsTooLong(EventOutline outline, string? number) =>
        RegistrationNumber.IsTooLong(number)
        || RegistrationNumber.IsTooLong(outline.CompositionId)
        || RegistrationNumber.IsTooLong(outline.TrackingId);

    /// <summary>Tells secrets apart and gives nothing of them away, like a webhook's signature.</summary>
    private static string Fingerprint(SecretVersion secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret.Value), "quarantine"u8))[..16];
}
