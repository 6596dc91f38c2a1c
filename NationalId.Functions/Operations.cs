using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Operations;

namespace NationalId.Functions;

/// <summary>The operator's page, which holds no data, and its API, with a function key.</summary>
public sealed class Operations(OperatorSummary summary, EventSearch search, EventCommands commands, Operators operators)
{
    [Function("OpsPage")]
    [Operation(ApiTags.Operators, "The operators' page, without data.")]
    [Answers(200, "The page.", ContentType = "text/html")]
    public IResult Page([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/ops")] HttpRequest request) =>
        OperatorPage.Get(request);

    [Function("OpsSummary")]
    [Operation(ApiTags.Operators, "Counts by state, the last day, what is open.")]
    [Answers(200, "The summary.", Schema = ApiSchemas.Summary)]
    public Task<IResult> SummaryAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/ops/summary")] HttpRequest request
    ) => operators.AskAsync(request, () => summary.SummaryAsync(request));

    [Function("OpsEvents")]
    [Operation(ApiTags.Operators, "Events, the oldest first; the header Link leads to the next page.")]
    [Query("state", "A state.")]
    [Query("reason", "A reason that the summary names, with a state that is open.")]
    [Query("from", "ISO 8601.")]
    [Query("to", "ISO 8601.")]
    [Query("limit", "1 to 1000; 100 without it.")]
    [Query("after", "What the page before said in its header Link.")]
    [Answers(200, "The events.", Schema = ApiSchemas.Events)]
    [Refuses(400)]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/ops/events")] HttpRequest request
    ) => operators.AskAsync(request, () => search.ListAsync(request));

    [Function("OpsSearch")]
    [Operation(
        ApiTags.Operators,
        "Events by a registration number, tracking id, record id, application id or event key."
    )]
    [Takes("application/json", "What is looked for.", Schema = ApiSchemas.Search)]
    [Answers(200, "The events.", Schema = ApiSchemas.Events)]
    [Refuses(400, 413)]
    public Task<IResult> SearchAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/search")] HttpRequest request
    ) => operators.AskAsync(request, () => OperatorRequest.GuardAsync(request, () => search.SearchAsync(request)));

    [Function("OpsEvent")]
    [Operation(ApiTags.Operators, "An event with its history.")]
    [Answers(200, "The event.", Schema = ApiSchemas.Event)]
    [Refuses(404)]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/ops/events/{key}")] HttpRequest request,
        string key
    ) => operators.AskAsync(request, () => search.GetAsync(key, request.HttpContext.RequestAborted));

    [Function("OpsLife")]
    [Operation(ApiTags.Operators, "A life: registrations and events, found as by a search.")]
    [Takes("application/json", "What is looked for.", Schema = ApiSchemas.Search)]
    [Answers(200, "The life.", Schema = ApiSchemas.Life)]
    [Refuses(400, 413)]
    public Task<IResult> LifeAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/life")] HttpRequest request
    ) => operators.AskAsync(request, () => OperatorRequest.GuardAsync(request, () => search.LifeAsync(request)));

    [Function("OpsReplay")]
    [Operation(ApiTags.Operators, "Sends an event on its way again.")]
    [Answers(202, "It is on its way.", Schema = ApiSchemas.Replayed)]
    [Refuses(404, 409)]
    public Task<IResult> ReplayAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/events/{key}/replay")] HttpRequest request,
        string key
    ) => operators.ActAsync(request, by => commands.ReplayAsync(key, by, request.HttpContext.RequestAborted));

    [Function("OpsClose")]
    [Operation(ApiTags.Operators, "Closes an event: acknowledged or discarded.")]
    [Takes("application/json", "As what, and why.", Schema = ApiSchemas.CloseOrder)]
    [Answers(204, "It is closed.")]
    [Refuses(400, 404, 409, 413)]
    public Task<IResult> CloseAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/events/{key}/close")] HttpRequest request,
        string key
    ) => operators.ActAsync(request, by => commands.CloseAsync(key, request, by));

    [Function("OpsBulk")]
    [Operation(ApiTags.Operators, "Does the same with many open events, a slice at a time.")]
    [Takes("application/json", "With which, and what.", Schema = ApiSchemas.BulkOrder)]
    [Answers(202, "How many were done, and where the next slice begins.", Schema = ApiSchemas.BulkDone)]
    [Refuses(400, 413)]
    public Task<IResult> BulkAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/bulk")] HttpRequest request
    ) => operators.ActAsync(request, by => commands.BulkAsync(request, by));

    [Function("OpsPause")]
    [Operation(ApiTags.Operators, "Pauses delivery; intake goes on.")]
    [Answers(204, "It is paused.")]
    public Task<IResult> PauseAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/pause")] HttpRequest request
    ) => operators.ActAsync(request, by => commands.PauseAsync(true, by, request.HttpContext.RequestAborted));

    [Function("OpsResume")]
    [Operation(ApiTags.Operators, "Ends the pause.")]
    [Answers(204, "It goes on.")]
    public Task<IResult> ResumeAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/resume")] HttpRequest request
    ) => operators.ActAsync(request, by => commands.PauseAsync(false, by, request.HttpContext.RequestAborted));
}
