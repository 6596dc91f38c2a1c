using System.Globalization;
using System.Text;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.OpenCrvs.Interop;

/// <summary>
/// Verifies a person for a country's form, as OpenCRVS's mosip-api does (docs/protocols.md, "OpenCRVS's mosip-api"):
/// <c>verified</c> or <c>failed</c>, as plain text. A MOSIP that does not say is no <c>failed</c> of the person: it is
/// counted, and answered as the settings say.
/// </summary>
public sealed partial class VerifyRoute : IDisposable
{
    private const int LongestBody = 64 * 1024;
    private const string Verified = "verified";
    private const string Failed = "failed";

    private static readonly BearerWants Wants = new(BearerWants.CountryConfig, []);

    private readonly OpenCrvsBearers bearers;
    private readonly IVerifier verifier;
    private readonly MosipApiOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<VerifyRoute> logger;
    private readonly PartitionedRateLimiter<string> limiter;

    /// <summary>Begins with nobody who asked.</summary>
    /// <param name="bearers">Checks OpenCRVS's tokens.</param>
    /// <param name="verifier">Asks MOSIP.</param>
    /// <param name="options">What is answered while MOSIP does not say, and how often one may ask.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of outages.</param>
    public VerifyRoute(
        OpenCrvsBearers bearers,
        IVerifier verifier,
        MosipApiOptions options,
        TimeProvider time,
        ILogger<VerifyRoute> logger
    )
    {
        this.bearers = bearers;
        this.verifier = verifier;
        this.options = options;
        this.time = time;
        this.logger = logger;
        limiter = PartitionedRateLimiter.Create<string, string>(caller =>
            RateLimitPartition.GetSlidingWindowLimiter(
                caller,
                _ => new SlidingWindowRateLimiterOptions
                {
                    PermitLimit = this.options.VerifyPerMinute,
                    Window = TimeSpan.FromMinutes(1),
                    SegmentsPerWindow = 6,
                }
            )
        );
    }

    /// <summary>
    /// One verification: 200 with a word; 400 for what is no request; 401 without a good token of OpenCRVS; 413 for
    /// what is too long; 429 for who asks too often. The country configuration's client tells people an error's text
    /// alone.
    /// </summary>
    /// <param name="request">The country configuration's request.</param>
    public async Task<IResult> AnswerAsync(HttpRequest request)
    {
        using var activity = Instruments.Activities.StartActivity("verify", System.Diagnostics.ActivityKind.Server);
        using var patience = new CancellationTokenSource(options.VerifyPatience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            request.HttpContext.RequestAborted,
            patience.Token
        );
        try
        {
            // 1. Who asks.
            if (InteropAnswers.Bearer(request) is not { } token)
            {
                return InteropAnswers.Unauthorized();
            }

            var check = await bearers.CheckAsync(token, Wants, stop.Token);
            if (check.Verdict == BearerVerdict.Wrong)
            {
                return InteropAnswers.Unauthorized();
            }

            if (check.Verdict == BearerVerdict.CannotTell)
            {
                // Nobody is told anything of a person: neither a caller who may ask nor one who may not.
                return Away("no-key");
            }

            // 2. How often. A record's token asks for that record, another one for who is signed in.
            using var lease = limiter.AttemptAcquire(check.Claim("eventId") ?? check.Claim("sub") ?? "");
            if (!lease.IsAcquired)
            {
                request.HttpContext.Response.Headers.RetryAfter = 60.ToString(CultureInfo.InvariantCulture);
                return Error(StatusCodes.Status429TooManyRequests, "Too many verifications: try again in a minute");
            }

            // 3. About whom.
            var body = await BoundedBody.ReadAsync(
                request,
                LongestBody,
                () => new InvalidDataException("the body is too long")
            );
            return VerifyRequest.Read(body, out var problem) is { } asked
                ? await VerifyAsync(asked, stop.Token)
                : Error(StatusCodes.Status400BadRequest, problem!);
        }
        catch (InvalidDataException tooLong)
        {
            return Error(StatusCodes.Status413PayloadTooLarge, tooLong.Message);
        }
        catch (IOException)
        {
            return Error(StatusCodes.Status400BadRequest, "the body did not arrive completely");
        }
        catch (OperationCanceledException)
        {
            return Away(patience.IsCancellationRequested ? "too-slow" : "gone");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => limiter.Dispose();

    private async Task<IResult> VerifyAsync(VerifyRequest asked, CancellationToken stop)
    {
        if (verifier.NumberOf(asked.NationalId) is not { } number)
        {
            return Word(Failed);
        }

        try
        {
            return Word((await verifier.VerifyAsync(asked.Person, number, stop)).Recognised ? Verified : Failed);
        }
        catch (DeliveryException failure)
        {
            LogOutage(failure.Reason);
            return Away("mosip");
        }
    }

    private IResult Away(string reason)
    {
        Instruments.VerifyUndecided.Add(1, Instruments.Tag("reason", reason));
        return options.VerifyOutage == MosipApiOptions.ErrorStatus
            ? Error(StatusCodes.Status503ServiceUnavailable, "MOSIP does not say: try again later")
            : Word(options.VerifyOutage);
    }

    private static IResult Word(string word) => Results.Text(word, "text/plain", Encoding.UTF8);

    private static IResult Error(int status, string text) => InteropAnswers.Error(status, text);

    [LoggerMessage(86, LogLevel.Error, "A verification was left undecided: {Reason}")]
    private partial void LogOutage(string reason);
}
