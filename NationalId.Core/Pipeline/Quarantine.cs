using Microsoft.Extensions.Options;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Where webhooks wait that came while there was no secret to check them with (a cold start without the vault). Bounded
/// in count and size, since anybody can fill it; the sweep checks what is in it once the secrets are back.
/// </summary>
internal sealed class Quarantine
{
    private readonly PayloadStore store;
    private readonly QuarantineOptions limits;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private int storing;
    private long storingBytes;

    public Quarantine(StorageClients storage, IOptions<NationalIdOptions> options, TimeProvider time)
    {
        store = new PayloadStore(storage, time, Quarantine.ContainerName);
        limits = options.Value.Quarantine;
        this.time = time;
    }

    /// <summary>Stores a body with its unchecked signature.</summary>
    /// <returns>False when there is no room.</returns>
    public async Task<bool> StoreAsync(
        Stream body,
        long? expected,
        WebhookSignature signature,
        Func<Func<CancellationToken, Task>, Task> insist,
        CancellationToken aborted
    )
    {
        // Room is taken before it is measured: those who come at the same time count each other.
        var length = expected ?? WebhookIntake.MaxBodyLength;
        var (count, bytes) = (0, 0L);
        int others;
        long othersBytes;
        lock (gate)
        {
            others = storing;
            othersBytes = storingBytes;
            storing = storing + 1;
            storingBytes = storingBytes + length;
        }

        try
        {
            await insist(async stop => (count, bytes) = await MeasureAsync(stop));
            if (count + others >= limits.MaxCount || bytes + othersBytes + length > limits.MaxBytes)
            {
                return false;
            }

            using var incoming = await IncomingBody.ReadAsync(body, expected, store, insist, _ => { }, aborted);
            if (incoming is null)
            {
                return false;
            }

            var info = new PayloadInfo(
                EventKey.ForUnreadable(signature.Bytes),
                "",
                time.GetUtcNow(),
                null,
                null,
                null,
                null,
                null
            )
            {
                Signature = Convert.ToHexStringLower(signature.Bytes),
            };
            await insist(stop => incoming.CommitAsync(info, stop));
            return true;
        }
        finally
        {
            lock (gate)
            {
                storing = storing - 1;
                storingBytes = storingBytes - length;
            }
        }
    }

    /// <summary>How many webhooks wait.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken) =>
        (await MeasureAsync(cancellationToken)).Count;

    /// <summary>
    /// Gives every waiting webhook to <paramref name="take"/>, oldest first, and removes it when that returns.
    /// </summary>
    public async Task ReleaseAsync(
        Func<Stream, long, DateTimeOffset, WebhookSignature, Task> take,
        CancellationToken cancellationToken
    )
    {
        await foreach (var item in store.ListAsync(cancellationToken))
        {
            if (
                PayloadInfo.FromMetadata(item.Metadata) is { Signature: { } hex, ReceivedAt: var at }
                && WebhookSignature.TryParse("sha256=" + hex, out var signature)
            )
            {
                var payload = await store.OpenAsync(item.Name, cancellationToken);
                await using var opened = payload;
                await take(payload.Content, payload.Length, at, signature);
            }

            await store.DeleteAsync(item.Name, cancellationToken);
        }
    }

    private async Task<(int Count, long Bytes)> MeasureAsync(CancellationToken cancellationToken)
    {
        var (count, bytes) = (0, 0L);
        await foreach (var item in store.ListAsync(cancellationToken))
        {
            count++;
            bytes += item.Properties.ContentLength ?? 0;
        }

        return (count, bytes);
    }
}
