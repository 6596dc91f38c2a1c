using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.AnySystem;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.Platform;

namespace NationalId.Functions;

/// <summary>What the National ID system sends back.</summary>
public sealed class Returns(
    Configured<UinTokenIntake> uinTokens,
    Configured<NationalIdIntake> nationalIds,
    Configured<CredentialIntake> credentials,
    Configured<HubIntent> hub
)
{
    [Function("ReceiveUinToken")]
    [Operation(ApiTags.Mosip, "A UIN token of the mediator: sealed and signed.", Proof = ApiProof.Body)]
    [Takes("application/json", "The sealed and signed message.", Schema = ApiSchemas.MosipMessage)]
    [Answers(200, "It is stored, also when it came before.", Schema = ApiSchemas.Receipt)]
    [Refuses(400, 401, 404, 409, 413, 503)]
    public Task<IResult> ReceiveUinTokenAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/birthReceiveNid")] HttpRequest request
    ) => uinTokens.AnswerAsync(intake => intake.ReceiveAsync(request));

    [Function("ReceiveNationalId")]
    [Operation(ApiTags.AnySystem, "A number.", Proof = ApiProof.Signature)]
    [Takes("application/json", "The registration number and the number.", Schema = ApiSchemas.NationalIdNotice)]
    [Answers(200, "It is stored, also when it came before.", Schema = ApiSchemas.Receipt)]
    [Refuses(400, 401, 404, 409, 413, 503)]
    public Task<IResult> ReceiveNationalIdAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/national-id")] HttpRequest request
    ) => nationalIds.AnswerAsync(intake => intake.ReceiveAsync(request));

    [Function("ReceiveCredential")]
    [Operation(ApiTags.Mosip, "A credential, or what became of a packet, by MOSIP's hub.", Proof = ApiProof.Signature)]
    [Takes("application/json", "The hub's message.")]
    [Answers(200, "It is stored, also when it came before.", Schema = ApiSchemas.Receipt)]
    [Refuses(400, 401, 404, 413, 503)]
    public Task<IResult> ReceiveCredentialAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/websub/callback")] HttpRequest request
    ) => credentials.AnswerAsync(intake => intake.ReceiveAsync(request));

    [Function("ConfirmHub")]
    [Operation(ApiTags.Mosip, "The hub asks whether we asked for it.")]
    [Query("hub.mode", "subscribe, unsubscribe or denied.")]
    [Query("hub.topic", "The topic.")]
    [Query("hub.challenge", "What is to be echoed.")]
    [Answers(200, "The challenge.", ContentType = "text/plain")]
    [Refuses(404, 503)]
    public Task<IResult> ConfirmHubAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/websub/callback")] HttpRequest request
    ) => hub.AnswerAsync(intent => intent.AnswerAsync(request));
}
