using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Storage as intake uses it: a sender waits, and what it sends may never come again, so a refusal is not the end.
/// </summary>
/// <param name="options">How long intake goes on trying.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of refusals.</param>
public sealed partial class IntakeStorage(DeliveryOptions options, TimeProvider time, ILogger<IntakeStorage> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OneTry = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Repeats a storage operation until it succeeds or <see cref="DeliveryOptions.IntakeStorageBudget"/> is used up.
    /// </summary>
    /// <param name="operation">The operation; safe to repeat.</param>
    /// <param name="until">Set when it is to be given up before its time.</param>
    /// <exception cref="StorageGivenUpException">Storage refused all the time.</exception>
    public async Task InsistAsync(Func<CancellationToken, Task> operation, CancellationToken until = default)
    {
        var begin = time.GetTimestamp();
        var budget = options.IntakeStorageBudget;
        using var spent = new CancellationTokenSource(budget, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(spent.Token, until);
        var refused = false;
        for (var pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : pause)
        {
            try
            {
                await operation(stop.Token);
                return;
            }
            catch (Exception failure) when (StorageFailures.Is(failure))
            {
                if (until.IsCancellationRequested || time.GetElapsedTime(begin) + pause >= budget)
                {
                    // What takes as long as a whole try may is storage that hangs.
                    var works = !refused && time.GetElapsedTime(begin) < OneTry;
                    throw new StorageGivenUpException(failure)
                    {
                        CallerWentFirst =
                            works && until.IsCancellationRequested && failure is OperationCanceledException,
                    };
                }

                refused = true;
                LogRefuses(failure.GetType().Name);
            }

            // Cut short, the next try fails at once and is the last.
            await Task.WhenAny(Task.Delay(pause, time, stop.Token));
        }
    }

    /// <summary>Tries a storage operation once. It is done again elsewhere if it fails.</summary>
    /// <param name="operation">The operation.</param>
    public async Task TryAsync(Func<CancellationToken, Task> operation)
    {
        using var stop = new CancellationTokenSource(OneTry, time);
        try
        {
            await operation(stop.Token);
        }
        catch (Exception failure) when (StorageFailures.Is(failure))
        {
            LogRefuses(failure.GetType().Name);
        }
    }

    [LoggerMessage(3, LogLevel.Warning, "Storage does not answer ({Failure}); trying again")]
    private partial void LogRefuses(string failure);
}
