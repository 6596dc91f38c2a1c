using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// What passed by of a reindexing: a blob for each request, sealed like a payload, until its batch is done with.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="secrets">Holds the ledger key.</param>
/// <param name="time">The clock.</param>
public sealed class ReindexParts(StorageClients storage, ISecretStore secrets, TimeProvider time)
{
    /// <summary>The container's name.</summary>
    public const string ContainerName = "reindexed";

    private const string Topic = "REINDEX";

    private PayloadStore Store => field ??= new PayloadStore(storage, time, ContainerName);

    private PayloadSeals Seals => field ??= new PayloadSeals(secrets, Store);

    /// <summary>The name of a new part.</summary>
    /// <param name="batch">The batch.</param>
    public string NewName(string batch) =>
        $"{batch}/{time.GetUtcNow().UtcTicks:D19}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";

    /// <summary>Stores a piece of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="block">The piece's number.</param>
    /// <param name="bytes">The piece.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task StageAsync(string part, int block, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        Store.StageAsync(part, block, new MemoryStream(bytes.ToArray(), writable: false), cancellationToken);

    /// <summary>Makes the pieces a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="blocks">How many pieces there are.</param>
    /// <param name="hash">The SHA-256 of all.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task CommitAsync(string part, int blocks, byte[] hash, CancellationToken cancellationToken)
    {
        var info = new PayloadInfo(KeyOf(part), Topic, time.GetUtcNow(), null, null, null, null, null);
        var sealedInfo = await Seals.SealAsync(info, part, hash, cancellationToken);
        await Store.CommitAsync(part, blocks, sealedInfo, cancellationToken);
    }

    /// <summary>Whether a part is as we stored it.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public Task<bool> IsOursAsync(string part, CancellationToken cancellationToken) =>
        Seals.FitsAsync(KeyOf(part), part, cancellationToken);

    /// <summary>The parts of a batch, the oldest first.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async IAsyncEnumerable<string> ListAsync(
        string batch,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var blob in Store.ListAsync(cancellationToken))
        {
            if (blob.Name.StartsWith(batch + "/", StringComparison.Ordinal))
            {
                yield return blob.Name;
            }
        }
    }

    /// <summary>Opens a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<Stream> OpenAsync(string part, CancellationToken cancellationToken) =>
        (await Store.OpenAsync(part, cancellationToken)).Content;

    /// <summary>Reads one document of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="from">Where it starts.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<byte[]> ReadAsync(string part, long from, long end, CancellationToken cancellationToken)
    {
        var range = await Store.OpenRangeAsync(part, from, end, cancellationToken);
        await using var opened = range;
        var bytes = new byte[end - from];
        await range.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    /// <summary>Removes a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task RemoveAsync(string part, CancellationToken cancellationToken) =>
        Store.DeleteAsync(part, cancellationToken);

    private static string KeyOf(string part) => TableRows.KeyOf("reindex\n" + part);
}
