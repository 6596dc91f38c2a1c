using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.OpenCrvs.Webhooks;

namespace NationalId.Functions;

/// <summary>OpenCRVS's side: the subscription's challenge and the signed events.</summary>
public sealed class Webhooks(WebhookIntake intake)
{
    [Function("ReceiveWebhook")]
    public Task<IResult> ReceiveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "webhooks")] HttpRequest request
    ) => intake.ReceiveAsync(request);

    [Function("ConfirmSubscription")]
    public IResult Confirm(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "webhooks")] HttpRequest request
    ) => SubscriptionChallenge.Answer(request);
}
