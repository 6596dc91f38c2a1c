using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.Operations;
using NationalId.Core.Platform;

namespace NationalId.Functions;

/// <summary>Looking for registrations of which OpenCRVS's message never came: the queue's side, and the operator's.
/// </summary>
public sealed class Reconciling(
    Configured<Reconciliation> work,
    Configured<ReconcileCommands> commands,
    Configured<BackfillCommands> batches,
    Configured<ReindexTap> tap,
    Operators operators
)
{
    [Function("Reconcile")]
    public Task WorkAsync([QueueTrigger(ReconcileQueue.Name)] string message, CancellationToken stop) =>
        work.RunAsync(part => part.TakeAsync(message, stop));

    [Function("OpsReconciliation")]
    [Operation(ApiTags.Operators, "How reconciliation does.")]
    [Answers(200, "Its runs.", Schema = ApiSchemas.Reconciliation)]
    [Answers(204, "None is set up.")]
    public Task<IResult> StatusAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/ops/reconcile")] HttpRequest request
    ) =>
        // The page asks everywhere.
        operators.AskAsync(
            request,
            () =>
                commands.AnswerAsync(part => part.StatusAsync(request.HttpContext.RequestAborted), Results.NoContent())
        );

    [Function("OpsReconcile")]
    [Operation(ApiTags.Operators, "Begins a run of reconciliation.")]
    [Takes("application/json", "What is to be compared.", Schema = ApiSchemas.ReconcileOrder, Optional = true)]
    [Answers(202, "It has begun.", Schema = ApiSchemas.ReconcileBegun)]
    [Refuses(400, 404, 409, 413)]
    public Task<IResult> OrderAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/reconcile")] HttpRequest request
    ) => operators.ActAsync(request, _ => commands.AnswerAsync(part => part.OrderAsync(request)));

    [Function("Reindex")]
    [Operation(ApiTags.Webhooks, "One request of a reindexing by OpenCRVS, passed on to the country configuration.")]
    [Takes("application/json", "The records.")]
    [Answers(200, "What the country configuration answers.", ContentType = "application/json")]
    [Answers(502, "The country configuration does not answer.")]
    [Refuses(403, 404)]
    public Task<IResult> ReindexAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/reindex")] HttpRequest request
    ) => tap.AnswerAsync(part => part.ReceiveAsync(request));

    [Function("OpsBatches")]
    [Operation(ApiTags.Operators, "The batches of backfills.")]
    [Answers(200, "The batches.", Schema = ApiSchemas.Batches)]
    [Refuses(404)]
    public Task<IResult> BatchesAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/ops/batches")] HttpRequest request
    ) =>
        operators.AskAsync(
            request,
            () => batches.AnswerAsync(part => part.ListAsync(request.HttpContext.RequestAborted))
        );

    [Function("OpsBatch")]
    [Operation(ApiTags.Operators, "Begins a batch of a backfill.")]
    [Takes("application/json", "What it is to hold.", Schema = ApiSchemas.BatchOrder, Optional = true)]
    [Answers(202, "It has begun.", Schema = ApiSchemas.Batch)]
    [Refuses(400, 404, 409, 413)]
    public Task<IResult> BeginBatchAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/batches")] HttpRequest request
    ) => operators.ActAsync(request, _ => batches.AnswerAsync(part => part.BeginAsync(request)));

    [Function("OpsBatchImport")]
    [Operation(ApiTags.Operators, "A batch from a file.")]
    [Takes("application/json", "Lines of JSON objects with composition and ids.")]
    [Answers(202, "It has begun.", Schema = ApiSchemas.Batch)]
    [Refuses(400, 404, 409, 413)]
    public Task<IResult> ImportAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/batch-import")] HttpRequest request
    ) => operators.ActAsync(request, _ => batches.AnswerAsync(part => part.ImportAsync(request)));

    [Function("OpsBatchRelease")]
    [Operation(ApiTags.Operators, "Lets a batch go.")]
    [Answers(202, "It goes.", Schema = ApiSchemas.Batch)]
    [Refuses(404, 409)]
    public Task<IResult> ReleaseAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/batches/{id}/release")] HttpRequest request,
        string id
    ) =>
        operators.ActAsync(
            request,
            _ => batches.AnswerAsync(part => part.ReleaseAsync(id, request.HttpContext.RequestAborted))
        );

    [Function("OpsBatchCancel")]
    [Operation(ApiTags.Operators, "Cancels a batch.")]
    [Answers(202, "It is cancelled.", Schema = ApiSchemas.Batch)]
    [Refuses(404, 409)]
    public Task<IResult> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/batches/{id}/cancel")] HttpRequest request,
        string id
    ) =>
        operators.ActAsync(
            request,
            _ => batches.AnswerAsync(part => part.CancelAsync(id, request.HttpContext.RequestAborted))
        );
}
