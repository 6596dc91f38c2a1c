using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// Looks after the Token Seeder's batches: sends on messages that the host gave up, since a batch ends with its
/// retention only, and removes what is older than that.
/// </summary>
/// <param name="batches">The batches.</param>
/// <param name="poison">Reads the poison queue.</param>
/// <param name="time">The clock.</param>
public sealed class SeederChore(SeederBatches batches, PoisonQueues poison, TimeProvider time) : IChore
{
    /// <inheritdoc/>
    public string Name => "Token Seeder batches";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await poison.SendOnAsync(SeederBatches.Queue, batches.TryResendAsync, cancellationToken);
        await batches.RemoveExpiredAsync(time.GetUtcNow(), cancellationToken);
    }
}
