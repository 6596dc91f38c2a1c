using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Webhooks;

/// <summary>
/// The first step of an event's life: checks OpenCRVS's signature in the same pass that stores the body, enqueues the
/// event and answers (docs/protocols.md, "OpenCRVS webhooks").
/// </summary>
/// <param name="secrets">The webhook secret.</param>
/// <param name="webhooks">Checks and accepts bodies.</param>
/// <param name="seals">Says whether what is accepted can be sealed.</param>
/// <param name="quarantine">Where webhooks wait that can't be checked.</param>
/// <param name="unproved">Bounds what comes from callers who have proved nothing.</param>
/// <param name="logger">Told of refusals.</param>
public sealed partial class WebhookIntake(
    ISecretStore secrets,
    WebhookAcceptor webhooks,
    PayloadSeals seals,
    Quarantine quarantine,
    UnprovedBodies unproved,
    ILogger<WebhookIntake> logger
)
{
    /// <summary>The largest body taken, in bytes.</summary>
    public const long MaxBodyLength = IncomingBody.MaxLength;

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

        IncomingBody.RaiseLimit(request);
        var aborted = request.HttpContext.RequestAborted;
        using var body = unproved.Watch(request.Body, aborted);
        try
        {
            return await SecretsAsync(aborted) is { Count: > 0 } versions
                ? await TakeAsync(request, body, signature, versions, aborted)
                : await QuarantineAsync(request, body, signature, aborted);
        }
        catch (UnprovedBodiesFullException)
        {
            // OpenCRVS takes any answer as delivered, so it gets none and sends again.
            Refuse("intake-full", Results.Empty);
            request.HttpContext.Abort();
            return Results.Empty;
        }
        catch (BadHttpRequestException cut) when (cut.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Refuse("too-large", TooLarge());
        }
        catch (Exception gone)
            when (gone is IOException or StorageGivenUpException { CallerWentFirst: true }
                || (gone is OperationCanceledException && aborted.IsCancellationRequested)
            )
        {
            // Too slow, or cut, maybe while a part of it was being stored. If OpenCRVS still listens, an answer would
            // end its tries.
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

    private async Task<IResult> TakeAsync(
        HttpRequest request,
        Stream body,
        WebhookSignature signature,
        IReadOnlyList<SecretVersion> versions,
        CancellationToken aborted
    )
    {
        var verdict = await webhooks.TakeAsync(body, request.ContentLength, null, signature, versions, aborted);
        if (verdict.Receipt is { } receipt)
        {
            return Accepted(receipt);
        }

        if (verdict.IsTooLarge)
        {
            return Refuse("too-large", TooLarge());
        }

        // A secret added in the portal a moment ago counts with the next event.
        secrets.Refresh(SecretNames.WebhookSecret);
        return Refuse("signature", Problems.Unauthorized("X-Hub-Signature does not fit the body."));
    }

    private async Task<IResult> QuarantineAsync(
        HttpRequest request,
        Stream body,
        WebhookSignature signature,
        CancellationToken aborted
    )
    {
        LogQuarantined();
        if (
            !await quarantine.StoreAsync(
                body,
                request.ContentLength,
                WebhookAcceptor.SourceName,
                signature.Bytes,
                aborted
            )
        )
        {
            // Full, or too large for it: OpenCRVS takes any answer as delivered, so it gets none.
            Refuse("quarantine-full", Results.Empty);
            request.HttpContext.Abort();
            return Results.Empty;
        }

        Instruments.CountReceived("other", "quarantined");
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
            // Without a key to seal it, what is genuine can't be accepted either.
            return await seals.KeysAsync(aborted) is null
                ? []
                : await secrets.GetVersionsAsync(SecretNames.WebhookSecret, aborted);
        }
        catch (SecretStoreUnavailableException)
        {
            return [];
        }
    }

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

    [LoggerMessage(
        12,
        LogLevel.Error,
        "There is no webhook secret to check with, or no ledger key to seal with; the event goes to quarantine"
    )]
    private partial void LogQuarantined();
}
