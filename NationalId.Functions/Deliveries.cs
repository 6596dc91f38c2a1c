using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;

namespace NationalId.Functions;

/// <summary>The queues' side: events on their way out, numbers on their way back.</summary>
public sealed class Deliveries(EventDelivery delivery)
{
    [Function("DeliverBirth")]
    public Task DeliverBirthAsync([QueueTrigger(EventQueues.Births)] string message, CancellationToken stop) =>
        delivery.DeliverAsync(EventQueues.Births, message, stop);

    [Function("DeliverDeath")]
    public Task DeliverDeathAsync([QueueTrigger(EventQueues.Deaths)] string message, CancellationToken stop) =>
        delivery.DeliverAsync(EventQueues.Deaths, message, stop);

    [Function("DeliverReturn")]
    public Task DeliverReturnAsync([QueueTrigger(EventQueues.Tokens)] string message, CancellationToken stop) =>
        delivery.DeliverAsync(EventQueues.Tokens, message, stop);
}
