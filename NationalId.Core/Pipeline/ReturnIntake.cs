using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Takes what the National ID system sends back. Like the webhook it only checks, stores and enqueues; saving on the
/// OpenCRVS record is the queue's work. Unlike OpenCRVS these callers read answers, so each case has its own.
/// </summary>
public sealed partial class ReturnIntake
{
    private const int MaxBodyLength = 256 * 1024;

    private readonly ReturnReader reader;
    private readonly OpenCrvsTokens tokens;
    private readonly ISecretStore secrets;
    private readonly Registrations registrations;
    private readonly PayloadStore payloads;
    private readonly EventAcceptor acceptor;
    private readonly TimeProvider time;
    private readonly ILogger<ReturnIntake> logger;

    internal ReturnIntake(
        ReturnReader reader,
        OpenCrvsTokens tokens,
        ISecretStore secrets,
        Registrations registrations,
        PayloadStore payloads,
        EventAcceptor acceptor,
        TimeProvider time,
        ILogger<ReturnIntake> logger
    )
    {
        this.reader = reader;
        this.tokens = tokens;
        this.secrets = secrets;
        this.registrations = registrations;
        this.payloads = payloads;
        this.acceptor = acceptor;
        this.time = time;
        this.logger = logger;
    }

    /// <summary>
    /// MOSIP's UIN token (docs/protocols.md, "MOSIP's mediator"): 200 when it is stored or was already, 400 when it
    /// can't be read, 401 without a valid OpenCRVS token or without MOSIP's signature, 404 for an unknown BRN and 409
    /// for a second token
    /// (both are kept for the operator), 503 while storage, secrets or
    /// OpenCRVS's auth service don't answer.
    /// </summary>
    /// <param name="request">MOSIP's request.</param>
    public async Task<IResult> ReceiveUinTokenAsync(HttpRequest request)
    {
        if (
            request.Headers.Authorization is not [{ } header]
            || !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            || header.Length is < 8 or > 8192
        )
        {
            return Refuse("bearer", Problems.Unauthorized("A bearer token of OpenCRVS is needed."));
        }

        return await GuardAsync(
            request,
            async () =>
                await tokens.IsValidAsync(header[7..].Trim(), request.HttpContext.RequestAborted)
                    ? await TakeAsync(Topics.UinToken, await ReadBodyAsync(request), request.HttpContext.RequestAborted)
                    : Refuse("bearer", Problems.Unauthorized("OpenCRVS does not know this token."))
        );
    }

    /// <summary>
    /// The default National ID system's number for a BRN, signed as OpenCRVS signs its webhooks. Answers as
    /// <see cref="ReceiveUinTokenAsync"/> does.
    /// </summary>
    /// <param name="request">The system's request.</param>
    public async Task<IResult> ReceiveNationalIdAsync(HttpRequest request)
    {
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

        return await GuardAsync(
            request,
            async () =>
            {
                var body = await ReadBodyAsync(request);
                var versions = await secrets.GetVersionsAsync(
                    SecretNames.CallbackSecret,
                    request.HttpContext.RequestAborted
                );
                using var hmac = new JsUriHmac(versions.Select(version => Encoding.UTF8.GetBytes(version.Value)));
                hmac.Append(body);
                if (hmac.Verify(signature) < 0)
                {
                    // A secret added in the portal a moment ago counts with the next call.
                    secrets.Refresh(SecretNames.CallbackSecret);
                    return Refuse("signature", Problems.Unauthorized("X-Hub-Signature does not fit the body."));
                }

                return await TakeAsync(Topics.NationalId, body, request.HttpContext.RequestAborted);
            }
        );
    }

    /// <summary>
    /// Stores a number that came back and enqueues it, unless it is known or contradicts what is known.
    /// </summary>
    internal async Task<IResult> TakeAsync(string topic, byte[] body, CancellationToken cancellationToken)
    {
        var (brn, number) = await reader.ReadAsync(topic, body, checkSignature: true, cancellationToken);
        var registration = await registrations.GetAsync(RegistrationKind.Birth, brn, cancellationToken);
        var hashes = await registrations.HashesAsync(number, registration?.TokenHash, cancellationToken);
        var owner = await registrations.BirthOfTokenAsync(hashes, cancellationToken);
        var flag =
            registration is null ? ReturnConflicts.UnknownBrn
            : registration.TokenHash is { } other && !hashes.Contains(other) ? ReturnConflicts.OtherNumber
            : owner is not null && owner != brn ? ReturnConflicts.OtherBirth
            : null;
        var info = new PayloadInfo(
            EventKey.Compute(topic, flag, brn + "\n" + hashes[0]),
            topic,
            time.GetUtcNow(),
            null,
            brn,
            null,
            flag,
            Activity.Current?.Id
        );
        if (flag is null && owner is null)
        {
            // Before its delivery can begin: that takes it back where another number was first.
            await NoteOwnerAsync(hashes, brn);
        }

        var blob = payloads.NewName();
        var known = await acceptor.AcceptAsync(
            info,
            blob,
            stop => payloads.PutAsync(blob, new MemoryStream(body, writable: false), info, stop)
        );
        Instruments.CountReceived(
            topic,
            known is not null ? "again"
                : flag is null ? "new"
                : "flagged"
        );
        return flag switch
        {
            null => Results.Json(
                new Receipt(info.Key, known is null ? "new" : "again", null),
                ReceiptJson.Default.Receipt
            ),
            ReturnConflicts.UnknownBrn => Problems.NotFound(
                "The BRN is not known here. The message is kept for an operator."
            ),
            _ => Problems.Conflict(
                $"A conflict: {flag}. The message is kept for an operator; nothing was overwritten."
            ),
        };
    }

    // A death may be delivered before this number is: it is linked all the same. The delivery notes it again, should
    // storage refuse here.
    private async Task NoteOwnerAsync(IReadOnlyList<string> hashes, string brn)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        try
        {
            await registrations.SettleTokenAsync(hashes, brn, stop.Token);
        }
        catch (Exception failure) when (EventAcceptor.IsStorageFailure(failure))
        {
            LogNotNoted(failure.GetType().Name);
        }
    }

    private async Task<IResult> GuardAsync(HttpRequest request, Func<Task<IResult>> take)
    {
        using var activity = Instruments.Activities.StartActivity("receive number", ActivityKind.Server);
        try
        {
            return await take();
        }
        catch (ReturnException locked) when (locked.Status == 503)
        {
            return Refuse("key", PutOff(request, locked.Message));
        }
        catch (ReturnException refused)
        {
            return Refuse(
                "unreadable",
                Problems.Problem(
                    refused.Status,
                    refused.Status == 401 ? "Unauthorized"
                        : refused.Status == 413 ? "Content too large"
                        : "Bad request",
                    refused.Message
                )
            );
        }
        catch (OperationCanceledException) when (request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return Refuse("cut-off", Problems.BadRequest("The sender has gone."));
        }
        catch (Exception failure)
            when (failure
                    is TransientFailureException
                        or StorageGivenUpException
                        or SecretStoreUnavailableException
                        or SecretMissingException
                        or SecretUnusableException
                || EventAcceptor.IsStorageFailure(failure)
            )
        {
            LogUnavailable(
                failure switch
                {
                    DeliveryException known => known.Reason,
                    SecretMissingException or SecretUnusableException => failure.Message,
                    _ => failure.GetType().Name,
                }
            );
            return Refuse(
                "unavailable",
                PutOff(request, "Try again later: something that this needs does not answer.")
            );
        }
    }

    private static IResult PutOff(HttpRequest request, string detail)
    {
        request.HttpContext.Response.Headers.RetryAfter = "30";
        return Problems.Unavailable(detail);
    }

    private static async Task<byte[]> ReadBodyAsync(HttpRequest request)
    {
        try
        {
            return await BoundedBody.ReadAsync(
                request,
                MaxBodyLength,
                () => new ReturnException(413, $"At most {MaxBodyLength} bytes are taken.")
            );
        }
        catch (IOException)
        {
            throw new ReturnException(400, "The body did not arrive completely.");
        }
    }

    private IResult Refuse(string reason, IResult answer)
    {
        Instruments.Refused.Add(1, Instruments.Tag("reason", "return-" + reason));
        LogRefused(reason);
        return answer;
    }

    [LoggerMessage(30, LogLevel.Warning, "A call-back of the National ID system was refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(31, LogLevel.Error, "A call-back of the National ID system was answered 503: {Failure}")]
    private partial void LogUnavailable(string failure);

    [LoggerMessage(
        32,
        LogLevel.Warning,
        "Whose number came back is noted at its delivery only: storage does not answer ({Failure})"
    )]
    private partial void LogNotNoted(string failure);
}
