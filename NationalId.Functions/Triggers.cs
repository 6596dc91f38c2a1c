using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform;

namespace NationalId.Functions;

/// <summary>OpenCRVS's triggers, as the country configuration forwards them.</summary>
public sealed class Triggers(Configured<TriggerIntake> intake)
{
    [Function("ReceiveTrigger")]
    [Operation(
        ApiTags.Triggers,
        "An action on a record, as the country configuration forwards it.",
        Proof = ApiProof.Bearer
    )]
    [Takes("application/json", "The record.")]
    [Answers(200, "Accepted at once: nothing is done about it.", Schema = ApiSchemas.TriggerAnswer)]
    [Answers(202, "It is stored.", Schema = ApiSchemas.Receipt)]
    [Refuses(400, 404)]
    public Task<IResult> ReceiveAsync(
        [HttpTrigger(
            AuthorizationLevel.Anonymous,
            "post",
            Route = "api/trigger/events/{eventType}/actions/{actionType}"
        )]
            HttpRequest request,
        string eventType,
        string actionType
    ) => intake.AnswerAsync(triggers => triggers.ReceiveAsync(request, eventType, actionType));
}
