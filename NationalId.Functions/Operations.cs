using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Operations;

namespace NationalId.Functions;

/// <summary>The operator's page, which holds no data, and its API, with the admin (master) key.</summary>
public sealed class Operations(OperatorSummary summary, EventSearch search, EventCommands commands)
{
    [Function("OpsPage")]
    public IResult Page([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "ops")] HttpRequest request) =>
        OperatorPage.Get(request);

    [Function("OpsSummary")]
    public Task<IResult> SummaryAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "get", Route = "ops/summary")] HttpRequest request
    ) => summary.SummaryAsync(request.HttpContext.RequestAborted);

    [Function("OpsEvents")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "get", Route = "ops/events")] HttpRequest request
    ) => search.ListAsync(request);

    [Function("OpsSearch")]
    public Task<IResult> SearchAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "ops/search")] HttpRequest request
    ) => search.SearchAsync(request);

    [Function("OpsEvent")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "get", Route = "ops/events/{key}")] HttpRequest request,
        string key
    ) => search.GetAsync(key, request.HttpContext.RequestAborted);

    [Function("OpsReplay")]
    public Task<IResult> ReplayAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "ops/events/{key}/replay")] HttpRequest request,
        string key
    ) => commands.ReplayAsync(key, request.HttpContext.RequestAborted);

    [Function("OpsReplayPoisoned")]
    public Task<IResult> ReplayPoisonedAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "ops/replay-poisoned")] HttpRequest request
    ) => commands.ReplayPoisonedAsync(request.HttpContext.RequestAborted);

    [Function("OpsPause")]
    public Task<IResult> PauseAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "ops/pause")] HttpRequest request
    ) => commands.PauseAsync(true, request.HttpContext.RequestAborted);

    [Function("OpsResume")]
    public Task<IResult> ResumeAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "ops/resume")] HttpRequest request
    ) => commands.PauseAsync(false, request.HttpContext.RequestAborted);
}
