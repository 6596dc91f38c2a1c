using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// Takes what MOSIP's hub sends. The hub waits ten seconds and tries three times more: a message is checked, stored and
/// answered, and everything else is done later.
/// </summary>
/// <param name="signatures">Checks the hub's signature.</param>
/// <param name="acceptor">Accepts messages.</param>
/// <param name="quarantine">Where messages wait that fit no secret.</param>
/// <param name="unproved">Bounds what comes from callers who have proved nothing.</param>
/// <param name="answers">Answers what goes wrong.</param>
/// <param name="options">Whether the hub must sign.</param>
/// <param name="logger">Told of what waits.</param>
public sealed partial class CredentialIntake(
    HubSignatures signatures,
    CredentialAcceptor acceptor,
    Quarantine quarantine,
    UnprovedBodies unproved,
    ReturnAnswers answers,
    WebSubOptions options,
    ILogger<CredentialIntake> logger
)
{
    /// <summary>The largest body taken, in bytes: a credential may have a photograph in it.</summary>
    public const int MaxBodyLength = 8 * 1024 * 1024;

    /// <summary>
    /// One message: 200 when it is stored, was already, or waits in quarantine because its signature fits no secret
    /// that is known (yet); 401 without a signature, 413 when it is too long, 503 while it can't be stored.
    /// </summary>
    /// <param name="request">The hub's request.</param>
    public Task<IResult> ReceiveAsync(HttpRequest request) =>
        answers.GuardAsync(
            request,
            async () =>
            {
                WebhookSignature signature = default;
                if (
                    options.RequireHubSignature
                    && !(
                        request.Headers[WebhookSignature.HeaderName] is [{ } header]
                        && WebhookSignature.TryParse(header, out signature)
                    )
                )
                {
                    throw new ReturnException(
                        401,
                        "X-Hub-Signature must be given once, as sha256= and 64 hexadecimal digits.",
                        "signature-header"
                    );
                }

                var body = await ReadAsync(request);
                var stop = request.HttpContext.RequestAborted;
                var verdict = options.RequireHubSignature
                    ? await signatures.CheckAsync(body, signature, stop)
                    : HubVerdict.Fits;
                return Answer(
                    verdict == HubVerdict.Fits
                        ? await acceptor.TakeAsync(body, receivedAt: null)
                        : await QuarantineAsync(body, signature, verdict, stop)
                );
            }
        );

    private async Task<byte[]> ReadAsync(HttpRequest request)
    {
        var aborted = request.HttpContext.RequestAborted;
        BoundedBody.Limit(
            request,
            MaxBodyLength,
            () => new ReturnException(413, $"At most {MaxBodyLength} bytes are taken.", "too-large")
        );
        try
        {
            using var body = unproved.Watch(request.Body, aborted);
            using var whole = new MemoryStream();
            await body.CopyToAsync(whole, aborted);
            return whole.ToArray();
        }
        catch (UnprovedBodiesFullException)
        {
            throw new ReturnException(503, "Too much is coming in at once. Send it again later.", "intake-full");
        }
        catch (IOException)
        {
            throw new ReturnException(400, "The body did not arrive completely.");
        }
    }

    private async Task<Receipt> QuarantineAsync(
        byte[] body,
        WebhookSignature signature,
        HubVerdict verdict,
        CancellationToken stop
    )
    {
        var isStored = await quarantine.StoreAsync(
            new MemoryStream(body, writable: false),
            body.Length,
            CredentialAcceptor.SourceName,
            signature.Bytes,
            stop,
            doubtful: verdict == HubVerdict.FitsNone
        );
        if (!isStored)
        {
            throw new ReturnException(
                503,
                "X-Hub-Signature fits no secret, and there is no room to keep it.",
                "quarantine-full"
            );
        }

        LogQuarantined(verdict.ToString());
        Instruments.CountReceived(EventKinds.Credential, "quarantined");
        return new Receipt(
            EventKey.ForUnreadable(signature.Bytes),
            "quarantined",
            "The signature fits no secret that is known; it is checked again when there is another."
        );
    }

    private static IResult Answer(Receipt receipt) => Results.Json(receipt, ReceiptJson.Default.Receipt);

    [LoggerMessage(
        120,
        LogLevel.Error,
        "A message of MOSIP's hub goes to quarantine: there is no secret that its signature fits ({Verdict})"
    )]
    private partial void LogQuarantined(string verdict);
}
