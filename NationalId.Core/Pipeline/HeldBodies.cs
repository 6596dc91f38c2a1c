using System.Security.Cryptography;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Accepts messages that are held whole: seals, stores, enqueues and counts them.</summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="seals">Seals what was accepted.</param>
/// <param name="acceptor">Takes responsibility for events.</param>
/// <param name="storage">Tries to take back what was given up.</param>
/// <param name="kinds">The table of event kinds.</param>
public sealed class HeldBodies(
    PayloadStore payloads,
    PayloadSeals seals,
    EventAcceptor acceptor,
    IntakeStorage storage,
    EventKinds kinds
)
{
    /// <summary>Accepts a message.</summary>
    /// <param name="info">What it is.</param>
    /// <param name="body">The message.</param>
    /// <param name="cancellationToken">Stops waiting for the key. What is being stored is stored.</param>
    /// <param name="until">Set when it is to be given up before its time: nothing of it is carried then.</param>
    /// <returns>The receipt.</returns>
    /// <exception cref="StorageGivenUpException">Storage refused all the time.</exception>
    internal async Task<Receipt> AcceptAsync(
        PayloadInfo info,
        byte[] body,
        CancellationToken cancellationToken,
        CancellationToken until = default
    )
    {
        var blob = payloads.NewName();
        info = await seals.SealAsync(info, blob, SHA256.HashData(body), cancellationToken);
        var known = await AcceptAsync(info, body, blob, until);
        var receipt = Receipt.Of(info, known);
        Instruments.CountReceived(kinds.LabelOf(info.Topic), receipt.Outcome);
        return receipt;
    }

    private async Task<EventRow?> AcceptAsync(PayloadInfo info, byte[] body, string blob, CancellationToken until)
    {
        try
        {
            return await acceptor.AcceptAsync(
                info,
                blob,
                stop => payloads.PutAsync(blob, new MemoryStream(body, writable: false), info, stop),
                until
            );
        }
        catch (StorageGivenUpException) when (until.IsCancellationRequested)
        {
            // The sender is told that it was not taken.
            await storage.TryAsync(stop => payloads.DeleteAsync(blob, stop));
            throw;
        }
    }
}
