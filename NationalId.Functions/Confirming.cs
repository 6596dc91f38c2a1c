using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Operations;
using NationalId.Core.Platform;

namespace NationalId.Functions;

/// <summary>Accepting what OpenCRVS 1.9 and later hold until we do: the queue's side, and the operator's.</summary>
public sealed class Confirming(Configured<ConfirmDelivery> delivery, ConfirmationCommands commands, Operators operators)
{
    [Function("ConfirmEvent")]
    public Task ConfirmAsync([QueueTrigger(ConfirmQueue.Name)] string message, CancellationToken stop) =>
        delivery.RunAsync(part => part.DeliverAsync(message, stop));

    [Function("OpsConfirmations")]
    [Operation(ApiTags.Operators, "What OpenCRVS 1.9 and later hold until we accept it.")]
    [Answers(200, "What is held.", Schema = ApiSchemas.Confirmations)]
    [Answers(204, "This OpenCRVS holds nothing.")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/ops/confirmations")] HttpRequest request
    ) => operators.AskAsync(request, () => commands.ListAsync(request.HttpContext.RequestAborted));

    [Function("OpsConfirm")]
    [Operation(ApiTags.Operators, "Has a registration accepted now.")]
    [Answers(202, "It is on its way.", Schema = ApiSchemas.Replayed)]
    [Refuses(404, 409)]
    public Task<IResult> ConfirmNowAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/confirmations/{key}/confirm")]
            HttpRequest request,
        string key
    ) => operators.ActAsync(request, by => commands.ConfirmAsync(key, by, request.HttpContext.RequestAborted));

    [Function("OpsReject")]
    [Operation(ApiTags.Operators, "Rejects a registration, so that it can be made again.")]
    [Takes("application/json", "Why.", Schema = ApiSchemas.Rejection)]
    [Answers(204, "It is rejected.")]
    [Refuses(400, 404, 409)]
    public Task<IResult> RejectAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/confirmations/{key}/reject")]
            HttpRequest request,
        string key
    ) => operators.ActAsync(request, by => commands.RejectAsync(key, request, by));
}
