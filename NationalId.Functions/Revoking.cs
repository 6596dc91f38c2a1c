using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Operations;

namespace NationalId.Functions;

/// <summary>What an operator says of registrations that were revoked or reinstated.</summary>
public sealed class Revoking(RevocationCommands commands, Operators operators)
{
    [Function("OpsRevoke")]
    [Operation(ApiTags.Operators, "A registration was revoked or reinstated, of which OpenCRVS told nothing.")]
    [Takes("application/json", "What was revoked, and why.", Schema = ApiSchemas.Revocation)]
    [Answers(202, "It is stored, also when it came before.", Schema = ApiSchemas.Receipt)]
    [Refuses(400, 404, 409, 413, 503)]
    public Task<IResult> OrderAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/ops/revocations")] HttpRequest request
    ) => operators.ActAsync(request, by => commands.OrderAsync(request, by));
}
