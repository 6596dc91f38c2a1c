using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;

namespace NationalId.LocalHost;

/// <summary>Runs one timer function on its schedule, never two at once.</summary>
internal sealed class TimerListener(
    FunctionDescriptor function,
    IServiceProvider services,
    CronSchedule schedule,
    TimeSpan functionTimeout,
    TimeProvider time,
    ILogger logger
) : FunctionListener
{
    public override string Name => function.Name;

    protected override async Task ListenAsync(CancellationToken stopping)
    {
        if (((TimerTriggerAttribute)function.Trigger).RunOnStartup)
        {
            await RunAsync();
        }

        while (!stopping.IsCancellationRequested && schedule.Next(time.GetUtcNow()) is { } next)
        {
            // In steps: a delay can't be longer than 49 days, and a machine may have slept.
            while (next - time.GetUtcNow() is { Ticks: > 0 } left && !stopping.IsCancellationRequested)
            {
                await Task.Delay(left < Step ? left : Step, time, stopping)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (!stopping.IsCancellationRequested)
            {
                await RunAsync();
            }
        }
    }

    private static readonly TimeSpan Step = TimeSpan.FromHours(1);

    private async Task RunAsync()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Abandon);
        timeout.CancelAfter(functionTimeout);
        var watch = Stopwatch.StartNew();
        try
        {
            var input = new InvocationInput(
                null,
                """{"IsPastDue":false}""",
                null,
                new Dictionary<string, object?>(),
                timeout.Token
            );
            await function.InvokeAsync(services, input);
            logger.TimerDone(function.Name, watch.ElapsedMilliseconds);
        }
        catch (Exception e)
        {
            logger.FunctionFailed(function.Name, Failure.Describe(e));
        }
    }
}
