using System.Diagnostics;
using System.Security.Cryptography;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>Stores what was fetched and takes responsibility for it, as an intake does for what was sent.</summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="seals">Seals them.</param>
/// <param name="acceptor">Takes responsibility for events.</param>
/// <param name="storage">Insists on storing.</param>
public sealed class FetchedPayloads(
    PayloadStore payloads,
    PayloadSeals seals,
    EventAcceptor acceptor,
    IntakeStorage storage
)
{
    /// <summary>Stores one.</summary>
    /// <param name="info">What it is.</param>
    /// <param name="body">The payload.</param>
    /// <param name="answer">The answer from which it was rebuilt; null when it is that answer.</param>
    /// <param name="cancellationToken">Stops before storing.</param>
    /// <returns>The row of the event as it was before; null when it is new.</returns>
    /// <exception cref="TransientFailureException">Storage refuses.</exception>
    public async Task<EventRow?> StoreAsync(
        PayloadInfo info,
        byte[] body,
        byte[]? answer,
        CancellationToken cancellationToken
    )
    {
        var blob = payloads.NewName();
        var traced = info with { TraceParent = Activity.Current?.Id };
        var sealedInfo = await seals.SealAsync(traced, blob, SHA256.HashData(body), cancellationToken);
        try
        {
            if (answer is not null)
            {
                await storage.InsistAsync(stop => payloads.PutAnswerAsync(blob, answer, stop), cancellationToken);
            }

            var known = await acceptor.AcceptAsync(
                sealedInfo,
                blob,
                stop => payloads.PutAsync(blob, new MemoryStream(body, writable: false), sealedInfo, stop)
            );
            if (known is not null && answer is not null)
            {
                await storage.TryAsync(stop => payloads.DeleteAsync(PayloadStore.AnswerOf(blob), stop));
            }

            CrashPoint.Hit("reconcile.stored");
            return known;
        }
        catch (StorageGivenUpException)
        {
            throw new TransientFailureException("Storage did not take what was fetched.");
        }
    }
}
