using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// What a National ID system that sends a number is answered, and whoever sends a revocation. Unlike OpenCRVS these
/// callers read answers, so each case has its own: 400 when it can't be read, 401 when it proves nothing, 413 when it
/// is too long, 503 while something that it needs does not answer, 500 for a fault of ours. Each is counted.
/// </summary>
/// <param name="logger">Told of refusals.</param>
public sealed partial class ReturnAnswers(ILogger<ReturnAnswers> logger)
{
    private const int MaxBodyLength = 256 * 1024;

    /// <summary>What metrics and logs call a number that came back.</summary>
    internal const string Number = "return";

    /// <summary>Runs an intake and answers what goes wrong in it.</summary>
    /// <param name="request">The caller's request.</param>
    /// <param name="take">The intake.</param>
    /// <param name="caller">What metrics and logs call what is sent.</param>
    public async Task<IResult> GuardAsync(HttpRequest request, Func<Task<IResult>> take, string caller = Number)
    {
        using var activity = Instruments.Activities.StartActivity(
            "receive number",
            System.Diagnostics.ActivityKind.Server
        );
        try
        {
            return await take();
        }
        catch (ReturnException locked) when (locked.Status == StatusCodes.Status503ServiceUnavailable)
        {
            return Refuse(locked.Reason, PutOff(request, locked.Message), caller);
        }
        catch (ReturnException refused)
        {
            return Refuse(
                refused.Reason,
                Problems.Problem(refused.Status, TitleOf(refused.Status), refused.Message),
                caller
            );
        }
        catch (OperationCanceledException) when (request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return Refuse("cut-off", Problems.BadRequest("The sender has gone."), caller);
        }
        catch (Exception failure) when (WordFor(failure) is { } word)
        {
            LogUnavailable(word);
            return Refuse(
                "unavailable",
                PutOff(request, "Try again later: something that this needs does not answer."),
                caller
            );
        }
        catch (Exception unexpected)
        {
            LogUnexpected(unexpected.GetType().Name, unexpected.StackTrace);
            return Refuse(
                "unexpected",
                Problems.Problem(
                    StatusCodes.Status500InternalServerError,
                    "Internal server error",
                    "It could not be taken."
                ),
                caller
            );
        }
    }

    /// <summary>Counts and logs a refusal.</summary>
    /// <param name="reason">The reason, a word.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="caller">What metrics and logs call what was sent.</param>
    /// <returns><paramref name="answer"/>.</returns>
    public IResult Refuse(string reason, IResult answer, string caller = Number)
    {
        reason = $"{caller}-{reason}";
        Instruments.Refused.Add(1, Instruments.Tag("reason", reason));
        LogRefused(reason);
        return answer;
    }

    /// <summary>Reads a caller's whole body.</summary>
    /// <param name="request">The caller's request.</param>
    /// <exception cref="ReturnException">It is too long, or did not arrive completely.</exception>
    public static async Task<byte[]> ReadBodyAsync(HttpRequest request)
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

    /// <summary>What doesn't answer, in words that tell no data; null when the failure is something else.</summary>
    private static string? WordFor(Exception failure) =>
        failure switch
        {
            TransientFailureException known => known.Reason,
            SecretMissingException or SecretUnusableException => failure.Message,
            StorageGivenUpException or SecretStoreUnavailableException => failure.GetType().Name,
            _ => StorageFailures.Is(failure) ? failure.GetType().Name : null,
        };

    private static string TitleOf(int status) =>
        status switch
        {
            StatusCodes.Status401Unauthorized => "Unauthorized",
            StatusCodes.Status413PayloadTooLarge => "Content too large",
            _ => "Bad request",
        };

    private static IResult PutOff(HttpRequest request, string detail)
    {
        request.HttpContext.Response.Headers.RetryAfter = "30";
        return Problems.Unavailable(detail);
    }

    [LoggerMessage(30, LogLevel.Warning, "A caller was refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(31, LogLevel.Error, "A caller was answered 503: {Failure}")]
    private partial void LogUnavailable(string failure);

    [LoggerMessage(32, LogLevel.Error, "What a caller sent met an unexpected {Exception} at {Stack}")]
    private partial void LogUnexpected(string exception, string? stack);
}
