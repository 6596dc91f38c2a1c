using System.Text;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Specialized;

namespace NationalId.Core.Platform.Storage;

/// <summary>
/// Whether storage takes writes. It may answer every read and refuse to write: a full disk, a role that only reads, an
/// account that is locked. Each write here is one that intake makes too.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="needs">What is kept there: the first part's container and table are written to.</param>
/// <param name="time">The clock.</param>
public sealed class StorageProbe(StorageClients storage, IEnumerable<StorageNeeds> needs, TimeProvider time)
{
    /// <summary>
    /// How often it is written at most: anybody may ask for health, and must not be able to write as often.
    /// </summary>
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private const string Name = "health-probe";

    private readonly Lock gate = new();
    private Task<bool>? last;
    private long beganAt;

    /// <summary>Writes, or tells what the last write said when that was a moment ago.</summary>
    /// <param name="cancellationToken">Stops waiting; the write goes on for the others who wait.</param>
    /// <returns>False when storage answers and refuses.</returns>
    /// <exception cref="Exception">Storage does not answer: whatever its client throws.</exception>
    public Task<bool> TakesWritesAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (last is null || (last.IsCompleted && time.GetElapsedTime(beganAt) >= Every))
            {
                beganAt = time.GetTimestamp();
                last = Task.Run(WriteAsync, CancellationToken.None);
            }

            return last.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> WriteAsync()
    {
        try
        {
            await storage.ReadyAsync();
            await Task.WhenAll(BlobAsync(), QueueAsync(), TableAsync());
            return true;
        }
        catch (RequestFailedException refused) when (refused.Status > 0)
        {
            return false;
        }
    }

    /// <summary>
    /// A block that is never committed: no listing shows it, the next one takes its place, and storage drops it by
    /// itself. A blob that is overwritten would leave a soft-deleted copy each time.
    /// </summary>
    private async Task BlobAsync()
    {
        using var bytes = new MemoryStream(Encoding.ASCII.GetBytes(Name));
        await storage
            .Blobs.GetBlobContainerClient(needs.First().Containers[0])
            .GetBlockBlobClient(Name)
            .StageBlockAsync(Convert.ToBase64String(Encoding.ASCII.GetBytes(Name)), bytes);
    }

    /// <summary>A message in a queue of its own, which no function reads, that expires at once.</summary>
    private async Task QueueAsync()
    {
        var queue = storage.Queues.GetQueueClient(Name);
        await queue.CreateIfNotExistsAsync();
        await queue.SendMessageAsync(Name, timeToLive: Every);
    }

    /// <summary>One row, written over each time.</summary>
    private Task TableAsync() =>
        storage
            .Tables.GetTableClient(needs.First().Tables[0])
            .UpsertEntityAsync(new TableEntity("control", Name) { ["At"] = time.GetUtcNow() }, TableUpdateMode.Replace);
}
