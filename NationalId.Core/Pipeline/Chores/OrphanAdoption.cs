using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline.Chores;

/// <summary>Brings one stored payload on its way whose intake died between the steps.</summary>
/// <param name="seals">Knows which payloads are ours.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="acceptor">Takes responsibility for events.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="logger">Told of what was found.</param>
public sealed partial class OrphanAdoption(
    PayloadSeals seals,
    EventLedger ledger,
    EventAcceptor acceptor,
    EventKinds kinds,
    ILogger<OrphanAdoption> logger
)
{
    /// <summary>Adopts a payload, unless it is on its way already.</summary>
    /// <param name="blob">Its blob.</param>
    /// <param name="info">What it says about itself.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>False when it is not sealed with a key that is known: it is left as it is.</returns>
    public async Task<bool> AdoptAsync(string blob, PayloadInfo info, CancellationToken cancellationToken)
    {
        var row = await ledger.GetAsync(info.Key, cancellationToken);
        if (row?.Blob == blob)
        {
            return true;
        }

        try
        {
            if (!await seals.FitsAsync(info.Key, blob, cancellationToken))
            {
                LogUnsealed(blob);
                return false;
            }
        }
        catch (PayloadMissingException)
        {
            // It went while we looked.
            return true;
        }

        if (row is null)
        {
            await acceptor.EnqueueAsync(info, blob);
            Instruments.CountReceived(kinds.LabelOf(info.Topic), info.FlagReason is null ? "new" : "flagged");
            LogAdopted(info.Key);
        }
        else
        {
            // Intake died before it could say so: a second copy, or one that was sent again because it is repaired.
            await acceptor.AgainAsync(info, blob, row);
        }

        return true;
    }

    [LoggerMessage(40, LogLevel.Warning, "Event {EventKey} had a payload but no message; enqueued")]
    private partial void LogAdopted(string eventKey);

    [LoggerMessage(45, LogLevel.Error, "The payload {Blob} is not sealed with any ledger key; it is left where it is")]
    private partial void LogUnsealed(string blob);
}
