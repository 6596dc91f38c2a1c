using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Mosip.Esignet;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.OpenCrvs.Interop;
using NationalId.Core.Platform;

namespace NationalId.Functions;

/// <summary>
/// The same without <c>api/</c>. The country configuration's client loses the path of a base address that has no slash
/// at its end, and whoever moves here from mosip-api changes the host alone.
/// </summary>
public sealed class MosipApiAtRoot(
    Configured<InteropIntake> intake,
    Configured<VerifyRoute> verification,
    Configured<UserInfoRoute> userInfo,
    Configured<CredentialIntake> credentials,
    Configured<HubIntent> hub
)
{
    [Function("RegisterAtRoot")]
    [SameAs("Register")]
    public Task<IResult> RegisterAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "events/registration")] HttpRequest request
    ) => intake.AnswerAsync(events => events.RegisterAsync(request));

    [Function("UpdateBiographicsAtRoot")]
    [SameAs("UpdateBiographics")]
    public Task<IResult> UpdateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "events/update-biographics")] HttpRequest request
    ) => intake.AnswerAsync(events => events.UpdateAsync(request));

    [Function("VerifyAtRoot")]
    [SameAs("Verify")]
    public Task<IResult> VerifyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "verify")] HttpRequest request
    ) => verification.AnswerAsync(route => route.AnswerAsync(request));

    [Function("GetUserInfoAtRoot")]
    [SameAs("GetUserInfo")]
    public Task<IResult> GetUserInfoAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", "options", Route = "esignet/get-oidp-user-info")]
            HttpRequest request
    ) => userInfo.AnswerAsync(route => route.AnswerAsync(request));

    [Function("ReceiveCredentialAtRoot")]
    [SameAs("ReceiveCredential")]
    public Task<IResult> ReceiveCredentialAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "websub/callback")] HttpRequest request
    ) => credentials.AnswerAsync(intake => intake.ReceiveAsync(request));

    [Function("ConfirmHubAtRoot")]
    [SameAs("ConfirmHub")]
    public Task<IResult> ConfirmHubAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "websub/callback")] HttpRequest request
    ) => hub.AnswerAsync(intent => intent.AnswerAsync(request));
}
