using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Mosip.Esignet;
using NationalId.Core.OpenCrvs.Interop;
using NationalId.Core.Platform;

namespace NationalId.Functions;

/// <summary>The routes of OpenCRVS's mosip-api.</summary>
public sealed class MosipApi(
    Configured<InteropIntake> intake,
    Configured<VerifyRoute> verification,
    Configured<UserInfoRoute> userInfo
)
{
    [Function("Register")]
    [Operation(ApiTags.MosipApi, "A registration, as OpenCRVS's mosip-api takes it.", Proof = ApiProof.Bearer)]
    [Takes("application/json", "What the country configuration's client sends.")]
    [Answers(202, "It is stored, also when it came before.", ContentType = "application/json")]
    [Refuses(400, 401, 413, 503, Schema = ApiSchemas.MosipApiError)]
    [Refuses(404)]
    public Task<IResult> RegisterAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/events/registration")] HttpRequest request
    ) => intake.AnswerAsync(events => events.RegisterAsync(request));

    [Function("UpdateBiographics")]
    [Operation(ApiTags.MosipApi, "A correction of somebody who has a number.", Proof = ApiProof.Bearer)]
    [Takes("application/json", "What the country configuration's client sends.")]
    [Answers(202, "It is stored, also when it came before.", ContentType = "application/json")]
    [Refuses(400, 401, 413, 503, Schema = ApiSchemas.MosipApiError)]
    [Refuses(404)]
    public Task<IResult> UpdateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/events/update-biographics")] HttpRequest request
    ) => intake.AnswerAsync(events => events.UpdateAsync(request));

    [Function("Verify")]
    [Operation(ApiTags.MosipApi, "Whether a number is this person's.", Proof = ApiProof.Bearer)]
    [Takes("application/json", "nid, dob, name and gender.")]
    [Answers(
        200,
        "A word: verified, failed, or what NationalId__MosipApi__VerifyOutage says.",
        ContentType = "text/plain"
    )]
    [Refuses(400, 401, 413, 429, 503, Schema = ApiSchemas.MosipApiError)]
    [Refuses(404)]
    public Task<IResult> VerifyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/verify")] HttpRequest request
    ) => verification.AnswerAsync(route => route.AnswerAsync(request));

    [Function("GetUserInfo")]
    [Operation(ApiTags.MosipApi, "Who has signed in with e-Signet.", Proof = ApiProof.Bearer)]
    [Query("code", "e-Signet's code.", Required = true)]
    [Query("state", "e-Signet's state.", Required = true)]
    [Takes("application/json", "clientId and redirectUri.")]
    [Answers(200, "The person's attributes.", ContentType = "application/json", Method = "post")]
    [Answers(204, "A browser may ask.", Method = "options")]
    [Answers(400, "It is no preflight.", ContentType = "text/plain", Method = "options")]
    [Refuses(400, 401, 413, 500, 503, Schema = ApiSchemas.MosipApiError)]
    [Refuses(404)]
    public Task<IResult> GetUserInfoAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", "options", Route = "api/esignet/get-oidp-user-info")]
            HttpRequest request
    ) => userInfo.AnswerAsync(route => route.AnswerAsync(request));
}
