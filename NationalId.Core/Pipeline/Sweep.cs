using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// What the timer repairs and tidies: a list of chores. One that fails does not keep the others from running.
/// </summary>
/// <param name="chores">The chores, in the order of their registration.</param>
/// <param name="storage">The storage account.</param>
/// <param name="logger">Told of chores that failed.</param>
public sealed partial class Sweep(IEnumerable<IChore> chores, StorageClients storage, ILogger<Sweep> logger)
{
    /// <summary>Runs all chores.</summary>
    /// <param name="cancellationToken">Stops between steps.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        foreach (var chore in chores)
        {
            try
            {
                await chore.RunAsync(cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                Instruments.SweepFailed.Add(1, Instruments.Tag("part", chore.Name));
                LogFailed(chore.Name, failure.GetType().Name);
            }
        }
    }

    [LoggerMessage(43, LogLevel.Error, "The sweep's part {Part} failed: {Failure}. It comes again with the next run")]
    private partial void LogFailed(string part, string failure);
}
