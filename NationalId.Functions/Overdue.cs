using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Operations;

namespace NationalId.Functions;

/// <summary>The births that never got a number and the deaths that ended none, for operators.</summary>
public sealed class Overdue(OverdueCommands commands, Operators operators)
{
    [Function("OpsOverdue")]
    [Operation(ApiTags.Operators, "Births that never got a number, and deaths that ended none.")]
    [Answers(200, "The list.", Schema = ApiSchemas.Overdue)]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/ops/overdue")] HttpRequest request
    ) => operators.AskAsync(request, () => commands.ListAsync(request.HttpContext.RequestAborted));

    [Function("OpsAsk")]
    [Operation(ApiTags.Operators, "Asks the National ID system once more.")]
    [Answers(202, "It is asked.", Schema = ApiSchemas.Replayed)]
    [Refuses(404, 409)]
    public Task<IResult> AskAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/overdue/{key}/ask")] HttpRequest request,
        string key
    ) => operators.ActAsync(request, _ => commands.AskAsync(key, request.HttpContext.RequestAborted));
}
