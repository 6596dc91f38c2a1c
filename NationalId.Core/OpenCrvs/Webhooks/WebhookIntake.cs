using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Webhooks;

/// <summary>
/// The first step of an event's life: checks OpenCRVS's signature in the same pass that stores the body, enqueues the
/// event and answers
/// (docs/protocols.md, "OpenCRVS webhooks", docs/architecture.md, "Rules that keep events").
/// </summary>
public sealed partial class WebhookIntake
{
    /// <summary>The largest body taken, in bytes: 50 MiB, as the mediators before this one took.</summary>
    public const long MaxBodyLength = 50 * 1024 * 1024;

    private readonly ISecretStore secrets;
    private readonly PayloadStore payloads;
    private readonly EventAcceptor acceptor;
    private readonly Quarantine quarantine;
    private readonly TimeProvider time;
    private readonly ILogger<WebhookIntake> logger;

    internal WebhookIntake(
        ISecretStore secrets,
        PayloadStore payloads,
        EventAcceptor acceptor,
        Quarantine quarantine,
        TimeProvider time,
        ILogger<WebhookIntake> logger
    )
    {
        this.secrets = secrets;
        this.payloads = payloads;
        this.acceptor = acceptor;
        this.quarantine = quarantine;
        this.time = time;
        this.logger = logger;
    }

    /// <summary>
    /// Takes one webhook. 202 when the event is stored (with a reason when it is kept but flagged, or quarantined
    /// because the secret store does not answer), 401 without a right signature, 413 above <see cref="MaxBodyLength"/>.
    /// When storage refuses for too long the connection is cut without an answer: OpenCRVS repeats only then.
    /// </summary>
    /// <param name="request">OpenCRVS's request.</param>
    public async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        // Where the event's trace begins; what the platform traces is its parent.
        using var activity = Instruments.Activities.StartActivity("receive webhook", ActivityKind.Server);
        if (
            request.Headers[WebhookSignature.HeaderName] is not [{ } header]
            || !WebhookSignature.TryParse(header, out var signature)
        )
        {
            return Refuse(
                "signature-header",
                Problems.Unauthorized("X-Hub-Signature must be given once, as sha256= and 64 hexadecimal digits.")
            );
        }

        if (request.ContentLength > MaxBodyLength)
        {
            return Refuse("too-large", TooLarge());
        }

        // Raised, never lowered: within its own limit the server reads a refused body to its end, so that the refusal
        // arrives.
        if (
            request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is
            { IsReadOnly: false, MaxRequestBodySize: <= MaxBodyLength } limit
        )
        {
            limit.MaxRequestBodySize = MaxBodyLength + 1;
        }

        var aborted = request.HttpContext.RequestAborted;
        try
        {
            return await SecretsAsync(aborted) is { Count: > 0 } versions
                ? await TakeAsync(request.Body, request.ContentLength, null, signature, versions, aborted)
                : await QuarantineAsync(request, signature, aborted);
        }
        catch (BadHttpRequestException cut) when (cut.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Refuse("too-large", TooLarge());
        }
        catch (Exception gone)
            when (gone is IOException || (gone is OperationCanceledException && aborted.IsCancellationRequested))
        {
            // Too slow, or cut. If OpenCRVS still listens, an answer would end its tries.
            Refuse("cut-off", Results.Empty);
            request.HttpContext.Abort();
            return Results.Empty;
        }
        catch (StorageGivenUpException failure)
        {
            LogGivenUp(failure.InnerException?.GetType().Name ?? failure.Message);
            Refuse("storage", Results.Empty);
            request.HttpContext.Abort();
            return Results.Empty;
        }
        catch (Exception unexpected)
        {
            // An answer, even 500, would be taken as delivered.
            LogUnexpected(unexpected.GetType().Name, unexpected.StackTrace);
            Refuse("unexpected", Results.Empty);
            request.HttpContext.Abort();
            return Results.Empty;
        }
    }

    /// <summary>Checks, stores and enqueues a body that is known to have a well-formed signature.</summary>
    /// <param name="body">The body.</param>
    /// <param name="expected">Its length, where it is known.</param>
    /// <param name="receivedAt">When it came, if that is not now.</param>
    /// <param name="signature">Its signature.</param>
    /// <param name="versions">The secrets that it may be signed with.</param>
    /// <param name="aborted">Set when the sender has gone.</param>
    internal async Task<IResult> TakeAsync(
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
            acceptor.InsistAsync,
            bytes =>
            {
                hmac.Append(bytes);
                scanner.Append(bytes);
            },
            aborted
        );
        if (incoming is null)
        {
            return Refuse("too-large", TooLarge());
        }

        if (hmac.Verify(signature) < 0)
        {
            // A secret added in the portal a moment ago counts with the next event.
            secrets.Refresh(SecretNames.WebhookSecret);
            return Refuse("signature", Problems.Unauthorized("X-Hub-Signature does not fit the body."));
        }

        // From here on the event is ours, whether or not OpenCRVS still waits for the answer.
        var info = Describe(scanner.Complete().Outline, signature, receivedAt ?? time.GetUtcNow());
        Activity.Current?.SetTag("nationalid.event", info.Key);
        var known = await acceptor.AcceptAsync(info, incoming.Blob, stop => incoming.CommitAsync(info, stop));
        var outcome =
            known is not null ? "again"
            : info.FlagReason is null ? "new"
            : "flagged";
        Instruments.CountReceived(info.Topic, outcome);
        return Accepted(new Receipt(info.Key, outcome, known?.Reason ?? info.FlagReason));
    }

    private async Task<IResult> QuarantineAsync(
        HttpRequest request,
        WebhookSignature signature,
        CancellationToken aborted
    )
    {
        LogQuarantined();
        if (!await quarantine.StoreAsync(request.Body, request.ContentLength, signature, acceptor.InsistAsync, aborted))
        {
            // Full, or too large for it: OpenCRVS takes any answer as delivered, so it gets none.
            Refuse("quarantine-full", Results.Empty);
            request.HttpContext.Abort();
            return Results.Empty;
        }

        Instruments.CountReceived("", "quarantined");
        return Accepted(
            new Receipt(
                EventKey.ForUnreadable(signature.Bytes),
                "quarantined",
                "The signature is checked when the secret store answers again."
            )
        );
    }

    private async Task<IReadOnlyList<SecretVersion>> SecretsAsync(CancellationToken aborted)
    {
        try
        {
            return await secrets.GetVersionsAsync(SecretNames.WebhookSecret, aborted);
        }
        catch (SecretStoreUnavailableException)
        {
            return [];
        }
    }

    private static PayloadInfo Describe(EventOutline outline, WebhookSignature signature, DateTimeOffset receivedAt) =>
        new(
            outline.Topic is null || (outline.CompositionId is null && outline.RegistrationNumber is null)
                ? EventKey.ForUnreadable(signature.Bytes)
                : EventKey.Compute(outline.Topic, outline.CompositionId, outline.RegistrationNumber),
            Shorten(outline.Topic) ?? "",
            receivedAt,
            Shorten(outline.CompositionId),
            Shorten(outline.RegistrationNumber),
            Shorten(outline.TrackingId),
            outline.FlagReason,
            Activity.Current?.Id
        );

    // Metadata of a blob is a header of 8 KB at most.
    private static string? Shorten(string? value) => value is { Length: > 200 } ? value[..200] : value;

    private static IResult Accepted(Receipt receipt) =>
        Results.Json(receipt, ReceiptJson.Default.Receipt, statusCode: StatusCodes.Status202Accepted);

    private static IResult TooLarge() => Problems.TooLarge($"The body is longer than {MaxBodyLength} bytes.");

    private IResult Refuse(string reason, IResult answer)
    {
        Instruments.Refused.Add(1, Instruments.Tag("reason", reason));
        LogRefused(reason);
        return answer;
    }

    [LoggerMessage(10, LogLevel.Warning, "A webhook was refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(
        11,
        LogLevel.Error,
        "Storage refused for too long ({Failure}); the connection is cut so that OpenCRVS sends again"
    )]
    private partial void LogGivenUp(string failure);

    [LoggerMessage(
        13,
        LogLevel.Error,
        "A webhook met an unexpected {Exception} at {Stack}; the connection is cut so that OpenCRVS sends again"
    )]
    private partial void LogUnexpected(string exception, string? stack);

    [LoggerMessage(12, LogLevel.Error, "There is no webhook secret to check with; the event goes to quarantine")]
    private partial void LogQuarantined();
}
