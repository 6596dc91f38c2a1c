using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// The first step of an event's life on OpenCRVS 1.9 and later: the country configuration forwards OpenCRVS's trigger,
/// and a registrar waits. OpenCRVS has stored the action before, and anything but 200, 202 or 400 leaves its record
/// stuck for ever. So these three are all that is ever answered: 400 costs the registrar one more click
/// (docs/protocols.md, "OpenCRVS triggers").
/// </summary>
/// <param name="options">The country's types of events.</param>
/// <param name="tokens">Checks the trigger's token.</param>
/// <param name="triggers">Reads and accepts event documents.</param>
/// <param name="revocations">Takes revocations of registered records.</param>
/// <param name="corrections">Takes corrections of registered records.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of refusals.</param>
public sealed partial class TriggerIntake(
    ActionsOptions options,
    TriggerTokens tokens,
    TriggerAcceptor triggers,
    TriggerRevocations revocations,
    TriggerCorrections corrections,
    TimeProvider time,
    ILogger<TriggerIntake> logger
)
{
    /// <summary>The registration number that the country configuration made.</summary>
    public const string NumberHeader = "X-Registration-Number";

    /// <summary>
    /// Takes one trigger. 202 when a registration is stored and will be confirmed; 200 when a change of a registered
    /// record is stored, and for what is none of ours; 400 for all that can't be taken, whatever the cause.
    /// </summary>
    /// <param name="request">The trigger as it was forwarded.</param>
    /// <param name="eventType">The country's type of event, by the address.</param>
    /// <param name="action">The action's type, by the address.</param>
    public async Task<IResult> ReceiveAsync(HttpRequest request, string eventType, string action)
    {
        using var activity = Instruments.Activities.StartActivity("receive trigger", ActivityKind.Server);
        using var deadline = new TriggerDeadline(options.AnswerWithin, request.HttpContext.RequestAborted, time);
        try
        {
            var number = RegistrationNumber.Normalise(request.Headers[NumberHeader].FirstOrDefault());
            return RegistrationNumber.IsTooLong(number)
                    ? Refuse("number", $"{NumberHeader} is longer than {RegistrationNumber.Longest} characters.")
                : options.KindOf(eventType) is { } kind && IsTaken(action, kind)
                    ? await TakeAsync(request, new TriggerTarget(eventType, kind, action), number, deadline)
                : AcceptAtOnce(action, number);
        }
        catch (StorageGivenUpException failure)
        {
            LogGivenUp(failure.InnerException?.GetType().Name ?? failure.Message);
            return Refuse("storage", "It could not be stored.");
        }
        catch (Exception secret) when (secret is SecretMissingException or SecretStoreUnavailableException)
        {
            LogGivenUp(secret.GetType().Name);
            return Refuse("secret", "It could not be sealed.");
        }
        catch (BadHttpRequestException cut) when (cut.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Refuse(TriggerVerdict.TooLarge);
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException)
        {
            return Refuse("cut-off", "The body did not come in time, or OpenCRVS's public key.");
        }
        catch (Exception unexpected)
        {
            LogUnexpected(unexpected.GetType().Name, unexpected.StackTrace);
            return Refuse("unexpected", "It could not be taken.");
        }
    }

    private bool IsTaken(string action, RegistrationKind kind) =>
        action == EventAction.Register || TriggerRevocations.Concerns(action) || corrections.Concerns(action, kind);

    private async Task<IResult> TakeAsync(
        HttpRequest request,
        TriggerTarget target,
        string? number,
        TriggerDeadline deadline
    )
    {
        // 1. The token. It says nothing of the body, so whoever has none gets no byte stored.
        var (pass, refusal, detail) = await tokens.CheckAsync(request, deadline.Passed);
        if (pass is null)
        {
            LogToken(refusal, detail);
            return Refuse(refusal, $"The bearer token can't be taken: {detail}.");
        }

        // 2. The body, and what it says.
        if (request.ContentLength > IncomingBody.MaxLength)
        {
            return Refuse(TriggerVerdict.TooLarge);
        }

        IncomingBody.RaiseLimit(request);
        var call = new TriggerCall(target.EventType, target.Kind, number, pass, request.ContentLength);
        if (target.Action != EventAction.Register)
        {
            // OpenCRVS takes the body's fields for data of the record: there is none in it.
            var taken = await (
                target.Action == EventAction.Approve
                    ? corrections.TakeAsync(call, request.Body, deadline)
                    : revocations.TakeAsync(call, request.Body, deadline)
            );
            return taken is { Receipt: null } ? Refuse(taken) : Results.Json(new JsonObject());
        }

        var verdict = await triggers.TakeAsync(call, request.Body, deadline);
        return verdict.Receipt is { } receipt
            ? Results.Json(receipt, ReceiptJson.Default.Receipt, statusCode: StatusCodes.Status202Accepted)
            : Refuse(verdict);
    }

    /// <summary>
    /// Nothing is done about it and nothing kept, so nobody has to prove anything: other actions (our own corrections
    /// come back among them), and other types of events.
    /// </summary>
    private IResult AcceptAtOnce(string action, string? number)
    {
        if (action != EventAction.Register)
        {
            return Results.Json(new JsonObject());
        }

        return number is not null
            ? Results.Json(new JsonObject { ["registrationNumber"] = number })
            : Refuse("number", $"A registration of this type can't be accepted without {NumberHeader}.");
    }

    /// <summary>What the address says.</summary>
    private sealed record TriggerTarget(string EventType, RegistrationKind Kind, string Action);

    private IResult Refuse(TriggerVerdict verdict) => Refuse(verdict.Refusal, verdict.Detail);

    private IResult Refuse(string reason, string detail)
    {
        Instruments.Refused.Add(1, Instruments.Tag("reason", "trigger-" + reason));
        LogRefused(reason);
        return Problems.BadRequest(detail);
    }

    [LoggerMessage(80, LogLevel.Warning, "A trigger was refused, and its registrar has to register again: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(81, LogLevel.Error, "A trigger could not be stored in time ({Failure})")]
    private partial void LogGivenUp(string failure);

    [LoggerMessage(82, LogLevel.Error, "A trigger met an unexpected {Exception} at {Stack}")]
    private partial void LogUnexpected(string exception, string? stack);

    [LoggerMessage(83, LogLevel.Error, "A trigger's token can't be taken: {Refusal}, {Detail}")]
    private partial void LogToken(string refusal, string detail);
}
