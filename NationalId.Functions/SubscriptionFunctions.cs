using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Operations;

namespace NationalId.Functions;

/// <summary>
/// Our subscriptions with OpenCRVS: by the operator, and by themselves once a day (each hour while one is missing).
/// </summary>
public sealed class SubscriptionFunctions(Subscriptions subscriptions, Operators operators)
{
    [Function("Subscribe")]
    [Operation(ApiTags.Operators, "Subscribes to OpenCRVS's topics now.")]
    [Answers(200, "How each topic stands.", Schema = ApiSchemas.Subscriptions)]
    [Refuses(502, 503)]
    public Task<IResult> SubscribeAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/subscribe")] HttpRequest request
    ) => operators.ActAsync(request, _ => subscriptions.SubscribeAsync(request.HttpContext.RequestAborted));

    [Function("RenewSubscriptions")]
    public Task RenewAsync([TimerTrigger("0 17 * * * *")] string timer, CancellationToken stop) =>
        subscriptions.RenewAsync(stop);
}
