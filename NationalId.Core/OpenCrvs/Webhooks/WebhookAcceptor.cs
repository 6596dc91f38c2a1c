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
/// <param name="acceptor">Takes responsibility for events.</param>
/// <param name="storage">Insists on storing.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class WebhookAcceptor(
    ISecretStore secrets,
    PayloadStore payloads,
    EventAcceptor acceptor,
    IntakeStorage storage,
    EventKinds kinds,
    TimeProvider time
) : IAuthenticator
{
    /// <summary>The name of this way in.</summary>
    public const string SourceName = "webhook";

    /// <inheritdoc/>
    public string Source => SourceName;

    /// <inheritdoc/>
    public async Task<string?> SecretsAsync(CancellationToken cancellationToken)
    {
        var versions = await secrets.GetVersionsAsync(SecretNames.WebhookSecret, cancellationToken);
        return versions.Count == 0 ? null : string.Join('.', versions.Select(Fingerprint));
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
        using var scanner = new EventScanner();
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
        if (incoming is null || hmac.Verify(signature) < 0)
        {
            return new WebhookVerdict(null, IsTooLarge: incoming is null);
        }

        // From here on the event is ours, whether or not OpenCRVS still waits for the answer.
        var info = Describe(scanner.Complete(), signature, receivedAt ?? time.GetUtcNow());
        Activity.Current?.SetTag("nationalid.event", info.Key);
        var known = await acceptor.AcceptAsync(info, incoming.Blob, stop => incoming.CommitAsync(info, stop));
        var outcome =
            known is not null ? "again"
            : info.FlagReason is null ? "new"
            : "flagged";
        Instruments.CountReceived(kinds.LabelOf(info.Topic), outcome);
        return new WebhookVerdict(new Receipt(info.Key, outcome, known?.Reason ?? info.FlagReason), IsTooLarge: false);
    }

    private PayloadInfo Describe(EventScan scan, WebhookSignature signature, DateTimeOffset receivedAt)
    {
        var outline = scan.Outline;
        var kind =
            outline.CompositionId is null && outline.RegistrationNumber is null ? null : kinds.Find(outline.Topic);
        return new PayloadInfo(
            kind is null
                ? EventKey.ForUnreadable(signature.Bytes)
                : kind.KeyOf(outline.CompositionId, outline.RegistrationNumber, null),
            Shorten(outline.Topic) ?? "",
            receivedAt,
            Shorten(outline.CompositionId),
            Shorten(outline.RegistrationNumber),
            Shorten(outline.TrackingId),
            outline.FlagReason,
            Activity.Current?.Id
        )
        {
            Source = SourceName,
        };
    }

    // Metadata of a blob is a header of 8 KB at most.
    private static string? Shorten(string? value) => value is { Length: > 200 } ? value[..200] : value;

    /// <summary>Tells secrets apart and gives nothing of them away, like a webhook's signature.</summary>
    private static string Fingerprint(SecretVersion secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret.Value), "quarantine"u8))[..16];
}
