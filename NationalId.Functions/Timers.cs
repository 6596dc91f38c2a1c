using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Pipeline;

namespace NationalId.Functions;

/// <summary>What runs on a schedule.</summary>
public sealed class Timers(Sweep sweep)
{
    [Function("Sweep")]
    public Task SweepAsync([TimerTrigger("0 */5 * * * *")] string timer, CancellationToken stop) =>
        sweep.RunAsync(stop);
}
