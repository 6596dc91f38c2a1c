using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Interop;

/// <summary>
/// Takes registrations and corrections as OpenCRVS's mosip-api does (docs/protocols.md, "OpenCRVS's mosip-api"). What
/// is stored is answered 202, whether MOSIP is up or not: a country's handlers don't catch an error, and don't ask
/// again.
/// </summary>
/// <param name="options">How long a registration waits for its number.</param>
/// <param name="actions">How long the sender waits.</param>
/// <param name="tokens">Checks the record's token.</param>
/// <param name="acceptor">Accepts what came.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of refusals.</param>
public sealed partial class InteropIntake(
    MosipApiOptions options,
    ActionsOptions actions,
    TriggerTokens tokens,
    InteropAcceptor acceptor,
    TimeProvider time,
    ILogger<InteropIntake> logger
)
{
    /// <summary>The largest body taken, in bytes.</summary>
    public const int MaxBodyLength = 1024 * 1024;

    private const string TooLarge = "The body is longer than a mebibyte";
    private const string Cut = "The body did not arrive in time";
    private const string NotStored = "It could not be stored. Register it again";

    /// <summary>
    /// One registration: 202 with <c>{}</c> when it is stored, also when it is flagged or came before; 400 for what is
    /// no JSON object, 401 without the record's token, 413 for what is too long, 503 when it can't be stored.
    /// </summary>
    /// <param name="request">The country configuration's request.</param>
    public Task<IResult> RegisterAsync(HttpRequest request) =>
        TakeAsync(request, "receive registration", acceptor.RegisterAsync, _ => null);

    /// <summary>
    /// One correction of somebody who has a number: 202 with <c>{}</c> when it is stored; 400 also without the number.
    /// </summary>
    /// <inheritdoc cref="RegisterAsync"/>
    public Task<IResult> UpdateAsync(HttpRequest request) =>
        TakeAsync(
            request,
            "receive update",
            acceptor.UpdateAsync,
            notice => notice.HasNationalId ? null : "requestFields must have VID"
        );

    private async Task<IResult> TakeAsync(
        HttpRequest request,
        string name,
        Func<InteropCall, TriggerDeadline, Task> store,
        Func<InteropNotice, string?> check
    )
    {
        using var activity = Instruments.Activities.StartActivity(name, ActivityKind.Server);
        using var deadline = new TriggerDeadline(actions.AnswerWithin, request.HttpContext.RequestAborted, time);
        try
        {
            // 1. The token. Whoever has none gets no byte stored.
            var (pass, refusal, detail) = await tokens.CheckAsync(request, deadline.Passed);
            if (pass is null)
            {
                LogToken(refusal, detail);
                return refusal == "key"
                    ? Refuse(refusal, StatusCodes.Status503ServiceUnavailable, "OpenCRVS's public key can't be had")
                    : Refuse(refusal, StatusCodes.Status401Unauthorized, "Unauthorized");
            }

            // 2. The body, and of which record it is.
            var body = await BoundedBody.ReadAsync(request, MaxBodyLength, () => new InvalidDataException(TooLarge));
            if (InteropNotice.Read(body) is not { } notice)
            {
                return Refuse("document", StatusCodes.Status400BadRequest, "A JSON object is expected");
            }

            if (RecordOf(pass, notice) is not { } record)
            {
                return Refuse("record", StatusCodes.Status400BadRequest, "The token is not for this record");
            }

            if (check(notice) is { } problem)
            {
                return Refuse("document", StatusCodes.Status400BadRequest, problem);
            }

            // 3. Stored, it is ours.
            await store(new InteropCall(body, notice, pass, record, options.ConfirmPatience), deadline);
            return Results.Json(new JsonObject(), statusCode: StatusCodes.Status202Accepted);
        }
        catch (Exception failure)
        {
            return Answer(failure);
        }
    }

    /// <summary>The record: the token's. Since 2.1 that names none, and the body does.</summary>
    /// <returns>Null when there is none, or the two differ.</returns>
    private static string? RecordOf(TriggerPass pass, InteropNotice notice)
    {
        var told = TypedText.Trimmed(notice.EventId);
        var record = pass.EventId ?? told;
        return
            record is { Length: > 0 }
            && !RegistrationNumber.IsTooLong(record)
            && !RegistrationNumber.IsTooLong(pass.ActionId)
            && pass.ActionId != ""
            && (told is null || told == record)
            ? record
            : null;
    }

    private IResult Answer(Exception failure)
    {
        switch (failure)
        {
            case StorageGivenUpException:
                LogGivenUp(failure.InnerException?.GetType().Name ?? failure.Message);
                return Refuse("storage", StatusCodes.Status503ServiceUnavailable, NotStored);
            case SecretMissingException or SecretStoreUnavailableException:
                LogGivenUp(failure.GetType().Name);
                return Refuse("secret", StatusCodes.Status503ServiceUnavailable, NotStored);
            case InvalidDataException:
                return Refuse("too-large", StatusCodes.Status413PayloadTooLarge, failure.Message);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Refuse("too-large", StatusCodes.Status413PayloadTooLarge, TooLarge);
            case IOException or OperationCanceledException:
                return Refuse("cut-off", StatusCodes.Status400BadRequest, Cut);
            default:
                LogUnexpected(failure.GetType().Name, failure.StackTrace);
                return Refuse("unexpected", StatusCodes.Status500InternalServerError, "An unexpected error occurred");
        }
    }

    private IResult Refuse(string reason, int status, string text)
    {
        Instruments.Refused.Add(1, Instruments.Tag("reason", "mosip-api-" + reason));
        LogRefused(reason);
        return InteropAnswers.Error(status, text);
    }

    [LoggerMessage(95, LogLevel.Warning, "A registration by mosip-api's route was refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(96, LogLevel.Error, "A registration by mosip-api's route could not be stored in time ({Failure})")]
    private partial void LogGivenUp(string failure);

    [LoggerMessage(88, LogLevel.Error, "A registration by mosip-api's route met an unexpected {Exception} at {Stack}")]
    private partial void LogUnexpected(string exception, string? stack);

    [LoggerMessage(
        97,
        LogLevel.Error,
        "The token of a registration by mosip-api's route can't be taken: {Refusal}, {Detail}"
    )]
    private partial void LogToken(string refusal, string detail);
}
