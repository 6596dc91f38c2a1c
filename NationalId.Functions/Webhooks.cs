using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Platform;

namespace NationalId.Functions;

/// <summary>OpenCRVS's side: the subscription's challenge, the signed events, and what no version sends.</summary>
public sealed class Webhooks(Configured<WebhookIntake> intake, Configured<RevocationIntake> revocations)
{
    [Function("ReceiveWebhook")]
    [Operation(
        ApiTags.Webhooks,
        "A registration. What can't be stored is cut off, not answered: OpenCRVS sends it again.",
        Proof = ApiProof.Signature
    )]
    [Takes("application/json", "The webhook as OpenCRVS signed it.")]
    [Answers(202, "It is stored, also when it came before.", Schema = ApiSchemas.Receipt)]
    [Refuses(400, 401, 404, 413)]
    public Task<IResult> ReceiveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks")] HttpRequest request
    ) => intake.AnswerAsync(webhooks => webhooks.ReceiveAsync(request));

    [Function("ConfirmSubscription")]
    [Operation(ApiTags.Webhooks, "The challenge of our subscription.")]
    [Query("mode", "subscribe", Required = true)]
    [Query("challenge", "What is to be echoed.", Required = true)]
    [Query("topic", "The topic.")]
    [Answers(200, "The challenge.", Schema = ApiSchemas.Challenge)]
    [Refuses(400, 404)]
    public Task<IResult> ConfirmAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/webhooks")] HttpRequest request
    ) => intake.AnswerAsync(_ => Task.FromResult(SubscriptionChallenge.Answer(request)));

    [Function("ReceiveRevocation")]
    [Operation(ApiTags.Webhooks, "A registration was revoked or reinstated.", Proof = ApiProof.Signature)]
    [Takes("application/json", "What was revoked.", Schema = ApiSchemas.Revocation)]
    [Answers(202, "It is stored, also when it came before.", Schema = ApiSchemas.Receipt)]
    [Refuses(400, 401, 404, 409, 413, 503)]
    public Task<IResult> RevokeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/revocations")] HttpRequest request
    ) => revocations.AnswerAsync(intake => intake.ReceiveAsync(request));
}
