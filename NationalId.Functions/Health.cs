using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Operations;

namespace NationalId.Functions;

/// <summary>For load balancers and people.</summary>
public sealed class Health(HealthReport report)
{
    [Function("Health")]
    [Operation(ApiTags.Everybody, "Whether what the client needs can be reached. It tells no secret.")]
    [Answers(200, "healthy or degraded.", Schema = ApiSchemas.Health)]
    [Answers(503, "unhealthy: events can't be taken.", Schema = ApiSchemas.Health)]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/health")] HttpRequest request
    ) => report.GetAsync(request.HttpContext.RequestAborted);
}
