using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Pipeline;
using NationalId.Core.Registry;

namespace NationalId.Functions;

/// <summary>The queues' side: events on their way out, numbers on their way back.</summary>
public sealed class Deliveries(EventDelivery delivery)
{
    [Function("DeliverBirth")]
    public Task DeliverBirthAsync([QueueTrigger(EventKinds.BirthQueue)] string message, CancellationToken stop) =>
        delivery.DeliverAsync(EventKinds.BirthQueue, message, stop);

    [Function("DeliverDeath")]
    public Task DeliverDeathAsync([QueueTrigger(EventKinds.DeathQueue)] string message, CancellationToken stop) =>
        delivery.DeliverAsync(EventKinds.DeathQueue, message, stop);

    [Function("DeliverReturn")]
    public Task DeliverReturnAsync([QueueTrigger(EventKinds.ReturnQueue)] string message, CancellationToken stop) =>
        delivery.DeliverAsync(EventKinds.ReturnQueue, message, stop);
}
