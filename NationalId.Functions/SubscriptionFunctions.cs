using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Operations;

namespace NationalId.Functions;

/// <summary>
/// Our subscriptions with OpenCRVS: by the operator, and by themselves once a day (each hour while one is missing).
/// </summary>
public sealed class SubscriptionFunctions(Subscriptions subscriptions)
{
    [Function("Subscribe")]
    public Task<IResult> SubscribeAsync(
        [HttpTrigger(AuthorizationLevel.Admin, "post", Route = "subscribe")] HttpRequest request
    ) => OperatorRequest.GuardAsync(request, () => subscriptions.SubscribeAsync(request.HttpContext.RequestAborted));

    [Function("RenewSubscriptions")]
    public Task RenewAsync([TimerTrigger("0 17 * * * *")] string timer, CancellationToken stop) =>
        subscriptions.RenewAsync(stop);
}
