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
    /// <exception cref="StorageGivenUpException">Storage refused all the time.</exception>
    public async Task InsistAsync(Func<CancellationToken, Task> operation)
    {
        var begin = time.GetTimestamp();
        var budget = options.IntakeStorageBudget;
        using var stop = new CancellationTokenSource(budget, time);
        for (var pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : pause)
        {
            try
            {
                await operation(stop.Token);
                return;
            }
            catch (Exception failure) when (StorageFailures.Is(failure))
            {
                if (time.GetElapsedTime(begin) + pause >= budget)
                {
                    throw new StorageGivenUpException(failure);
                }

                LogRefuses(failure.GetType().Name);
            }

            await Task.Delay(pause, time);
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
