using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Where messages wait that came while there was no secret to check them with (a cold start without the vault). Bounded
/// in count and size, since anybody can fill it. <see cref="Chores.QuarantineChore"/> looks again once secrets are
/// there.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="intake">Insists on storing.</param>
/// <param name="limits">Its bounds.</param>
/// <param name="time">The clock.</param>
public sealed class Quarantine(
    StorageClients storage,
    IntakeStorage intake,
    QuarantineOptions limits,
    TimeProvider time
)
{
    /// <summary>The container's name.</summary>
    public const string ContainerName = "quarantine";

    private readonly PayloadStore store = new(storage, time, ContainerName);
    private readonly Lock gate = new();
    private int storing;
    private long storingBytes;

    /// <summary>Stores a body with its unchecked signature.</summary>
    /// <param name="body">The body.</param>
    /// <param name="expected">Its length, if the sender said.</param>
    /// <param name="source">The way in that it took.</param>
    /// <param name="signature">What it claims to be signed with.</param>
    /// <param name="aborted">Set when the sender goes away.</param>
    /// <param name="doubtful">Whether there are secrets and none fits. Anybody can send such: they get half of the room
    /// at most.</param>
    /// <returns>False when there is no room.</returns>
    /// <exception cref="StorageGivenUpException">Storage refused all the time.</exception>
    public async Task<bool> StoreAsync(
        Stream body,
        long? expected,
        string source,
        byte[] signature,
        CancellationToken aborted,
        bool doubtful = false
    )
    {
        var share = doubtful ? 2 : 1;
        // Room is taken before it is measured: those who come at the same time count each other.
        var length = expected ?? IncomingBody.MaxLength;
        var (others, othersBytes) = Enter(length);
        try
        {
            var (count, bytes) = (0, 0L);
            await intake.InsistAsync(async stop => (count, bytes) = await MeasureAsync(stop));
            if (count + others >= limits.MaxCount / share || bytes + othersBytes + length > limits.MaxBytes / share)
            {
                return false;
            }

            using var incoming = await IncomingBody.ReadAsync(body, expected, store, intake, _ => { }, aborted);
            if (incoming is null)
            {
                return false;
            }

            var info = new PayloadInfo(
                EventKey.ForUnreadable(signature),
                "",
                time.GetUtcNow(),
                null,
                null,
                null,
                null,
                null
            )
            {
                Source = source,
                Signature = Convert.ToHexStringLower(signature),
            };
            await intake.InsistAsync(stop => incoming.CommitAsync(info, stop));
            return true;
        }
        finally
        {
            Leave(length);
        }
    }

    /// <summary>What waits, oldest first.</summary>
    /// <param name="cancellationToken">Stops the query.</param>
    public async IAsyncEnumerable<(string Blob, PayloadInfo? Info)> ListAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var item in store.ListAsync(cancellationToken))
        {
            yield return (item.Name, PayloadInfo.FromMetadata(item.Metadata));
        }
    }

    /// <summary>Opens what waits.</summary>
    /// <param name="blob">Its blob.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task<Payload> OpenAsync(string blob, CancellationToken cancellationToken) =>
        store.OpenAsync(blob, cancellationToken);

    /// <summary>Notes which secrets did not fit, so that they are not tried again.</summary>
    /// <param name="blob">Its blob.</param>
    /// <param name="info">What is known of it.</param>
    /// <param name="secrets">The word for the secrets.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task NoteTriedAsync(string blob, PayloadInfo info, string secrets, CancellationToken cancellationToken) =>
        store.SetInfoAsync(blob, info with { TriedWith = secrets }, cancellationToken);

    /// <summary>Removes what need not wait any longer.</summary>
    /// <param name="blob">Its blob.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task RemoveAsync(string blob, CancellationToken cancellationToken) =>
        store.DeleteAsync(blob, cancellationToken);

    /// <summary>How many messages wait, and since when the oldest.</summary>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<(int Count, DateTimeOffset? Oldest)> CountAsync(CancellationToken cancellationToken)
    {
        var count = 0;
        DateTimeOffset? oldest = null;
        await foreach (var (_, info) in ListAsync(cancellationToken))
        {
            count++;
            oldest ??= info?.ReceivedAt;
        }

        return (count, oldest);
    }

    private (int Others, long OthersBytes) Enter(long length)
    {
        lock (gate)
        {
            var before = (storing, storingBytes);
            storing++;
            storingBytes += length;
            return before;
        }
    }

    private void Leave(long length)
    {
        lock (gate)
        {
            storing--;
            storingBytes -= length;
        }
    }

    private async Task<(int Count, long Bytes)> MeasureAsync(CancellationToken cancellationToken)
    {
        var count = 0;
        var bytes = 0L;
        await foreach (var item in store.ListAsync(cancellationToken))
        {
            count++;
            bytes += item.Properties.ContentLength ?? 0;
        }

        return (count, bytes);
    }
}
