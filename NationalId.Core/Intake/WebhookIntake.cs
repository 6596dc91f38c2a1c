using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using NationalId.Core.Events;
using NationalId.Core.Secrets;
using NationalId.Core.Storage;
using NationalId.Core.Telemetry;
using NationalId.Core.Webhooks;
using System.Buffers;
using System.Diagnostics;
using System.Text;

namespace NationalId.Core.Intake;

/// <summary>
/// The first step of an event's life: checks OpenCRVS's signature in the same pass that stores the body, enqueues the event and answers
/// (protocols section 1, design section 4).
/// </summary>
public sealed partial class WebhookIntake
{
    /// <summary>The largest body taken, in bytes: 50 MiB, as the mediators before this one took.</summary>
    public const long MaxBodyLength = 50 * 1024 * 1024;

    // Bodies up to one block are stored in one call after the check; longer ones are staged block by block while they arrive.
    private const int BlockLength = 1024 * 1024;

    private readonly ISecretStore secrets;
    private readonly PayloadStore payloads;
    private readonly EventAcceptor acceptor;
    private readonly TimeProvider time;
    private readonly ILogger<WebhookIntake> logger;

    internal WebhookIntake(ISecretStore secrets, PayloadStore payloads, EventAcceptor acceptor, TimeProvider time, ILogger<WebhookIntake> logger) =>
        (this.secrets, this.payloads, this.acceptor, this.time, this.logger) = (secrets, payloads, acceptor, time, logger);

    /// <summary>
    /// Takes one webhook. 202 when the event is stored (with a reason when it is kept but flagged), 401 without a right signature, 413 above
    /// <see cref="MaxBodyLength"/>. When storage refuses for too long the connection is cut without an answer: OpenCRVS repeats only then.
    /// </summary>
    /// <param name="request">OpenCRVS's request.</param>
    public async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        if (request.Headers["X-Hub-Signature"] is not [{ } header] || !WebhookSignature.TryParse(header, out var signature))
        {
            return Refuse("signature-header", Problems.Unauthorized("X-Hub-Signature must be given once, as sha256= and 64 hexadecimal digits."));
        }

        if (request.ContentLength > MaxBodyLength)
        {
            return Refuse("too-large", TooLarge());
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBodyLength + 1;
        }

        try
        {
            return await ReadAsync(request, signature).ConfigureAwait(false);
        }
        catch (BadHttpRequestException failure) when (failure.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Refuse("too-large", TooLarge());
        }
        catch (Exception failure) when (failure is BadHttpRequestException or IOException or OperationCanceledException && request.HttpContext.RequestAborted.IsCancellationRequested || failure is BadHttpRequestException)
        {
            return Refuse("cut-off", Problems.BadRequest("The body did not arrive completely."));
        }
        catch (StorageGivenUpException failure)
        {
            LogGivenUp(failure.InnerException!.GetType().Name);
            request.HttpContext.Abort();
            return Results.Empty;
        }
    }

    private async Task<IResult> ReadAsync(HttpRequest request, WebhookSignature signature)
    {
        var versions = await secrets.GetVersionsAsync(SecretNames.WebhookSecret, request.HttpContext.RequestAborted).ConfigureAwait(false);
        using var hmac = new JsUriHmac(versions.Select(version => Encoding.UTF8.GetBytes(version.Value)));
        using var scanner = new EventScanner();
        var blob = payloads.NewName();
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(request.ContentLength + 1 ?? 64 * 1024, 4 * 1024, BlockLength));
        try
        {
            var (filled, blocks, length) = (0, 0, 0L);
            while (true)
            {
                if (filled == buffer.Length)
                {
                    if (buffer.Length < BlockLength)
                    {
                        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, BlockLength));
                        buffer.CopyTo(larger, 0);
                        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                        buffer = larger;
                    }
                    else
                    {
                        var (block, bytes) = (blocks++, buffer);
                        await acceptor.InsistAsync(stop => payloads.StageAsync(blob, block, new MemoryStream(bytes, 0, bytes.Length, writable: false), stop)).ConfigureAwait(false);
                        filled = 0;
                    }
                }

                var read = await request.Body.ReadAsync(buffer.AsMemory(filled), request.HttpContext.RequestAborted).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                if ((length += read) > MaxBodyLength)
                {
                    return Refuse("too-large", TooLarge());
                }

                hmac.Append(buffer.AsSpan(filled, read));
                scanner.Append(buffer.AsSpan(filled, read));
                filled += read;
            }

            if (hmac.Verify(signature) < 0)
            {
                return Refuse("signature", Problems.Unauthorized("X-Hub-Signature does not fit the body."));
            }

            return await AcceptAsync(Describe(scanner.Complete().Outline, signature), blob, buffer, filled, blocks).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private async Task<IResult> AcceptAsync(PayloadInfo info, string blob, byte[] buffer, int filled, int blocks)
    {
        // From here on the event is ours, whether or not OpenCRVS still waits for the answer.
        var known = await acceptor.AcceptAsync(info, blob, async stop =>
        {
            var rest = new MemoryStream(buffer, 0, filled, writable: false);
            if (blocks == 0)
            {
                await payloads.PutAsync(blob, rest, info, stop).ConfigureAwait(false);
                return;
            }

            if (filled > 0)
            {
                await payloads.StageAsync(blob, blocks, rest, stop).ConfigureAwait(false);
            }

            await payloads.CommitAsync(blob, filled > 0 ? blocks + 1 : blocks, info, stop).ConfigureAwait(false);
        }).ConfigureAwait(false);
        var outcome = known is not null ? "again" : info.FlagReason is null ? "new" : "flagged";
        Instruments.Received.Add(1, Instruments.Tag("topic", KnownTopic(info.Topic)), Instruments.Tag("outcome", outcome));
        return Results.Json(new Receipt(info.Key, outcome, known?.Reason ?? info.FlagReason), ReceiptJson.Default.Receipt, statusCode: StatusCodes.Status202Accepted);
    }

    internal static PayloadInfo Describe(EventOutline outline, WebhookSignature signature, DateTimeOffset receivedAt) => new(
        outline.CompositionId is null && outline.RegistrationNumber is null || outline.Topic is null
            ? EventKey.ForUnreadable(signature.Bytes)
            : EventKey.Compute(outline.Topic, outline.CompositionId, outline.RegistrationNumber),
        Shorten(outline.Topic) ?? "", receivedAt, Shorten(outline.CompositionId), Shorten(outline.RegistrationNumber), Shorten(outline.TrackingId),
        outline.FlagReason, Activity.Current?.Id);

    private PayloadInfo Describe(EventOutline outline, WebhookSignature signature) => Describe(outline, signature, time.GetUtcNow());

    // Metadata of a blob is a header of 8 KB at most.
    private static string? Shorten(string? value) => value is { Length: > 200 } ? value[..200] : value;

    private static string KnownTopic(string topic) => topic is Topics.Birth or Topics.Death ? topic : "other";

    private static IResult TooLarge() => Problems.TooLarge($"The body is longer than {MaxBodyLength} bytes.");

    private IResult Refuse(string reason, IResult answer)
    {
        Instruments.Refused.Add(1, Instruments.Tag("reason", reason));
        LogRefused(reason);
        return answer;
    }

    [LoggerMessage(10, LogLevel.Warning, "A webhook was refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(11, LogLevel.Error, "Storage refused for too long ({Failure}); the connection is cut so that OpenCRVS sends again")]
    private partial void LogGivenUp(string failure);
}
