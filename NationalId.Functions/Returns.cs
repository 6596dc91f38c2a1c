using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.AnySystem;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Platform;

namespace NationalId.Functions;

/// <summary>What the National ID system sends back.</summary>
public sealed class Returns(Configured<UinTokenIntake> uinTokens, Configured<NationalIdIntake> nationalIds)
{
    [Function("ReceiveUinToken")]
    public Task<IResult> ReceiveUinTokenAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "birthReceiveNid")] HttpRequest request
    ) => uinTokens.AnswerAsync(intake => intake.ReceiveAsync(request));

    [Function("ReceiveNationalId")]
    public Task<IResult> ReceiveNationalIdAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "national-id")] HttpRequest request
    ) => nationalIds.AnswerAsync(intake => intake.ReceiveAsync(request));
}
