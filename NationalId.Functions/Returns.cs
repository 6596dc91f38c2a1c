using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Pipeline;

namespace NationalId.Functions;

/// <summary>What the National ID system sends back.</summary>
public sealed class Returns(ReturnIntake intake)
{
    [Function("ReceiveUinToken")]
    public Task<IResult> ReceiveUinTokenAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "birthReceiveNid")] HttpRequest request
    ) => intake.ReceiveUinTokenAsync(request);

    [Function("ReceiveNationalId")]
    public Task<IResult> ReceiveNationalIdAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "national-id")] HttpRequest request
    ) => intake.ReceiveNationalIdAsync(request);
}
