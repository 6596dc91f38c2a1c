using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// Ends the number of somebody who died, in the way that the country has chosen: the packet that tells of the death
/// deactivates nothing. Safe to repeat.
/// </summary>
/// <param name="numbers">Deactivates numbers.</param>
/// <param name="mosip">What is done.</param>
/// <param name="time">The clock.</param>
public sealed class NumberEndings(NumberStates numbers, MosipOptions mosip, TimeProvider time)
{
    /// <summary>Whether nothing is left to do for a death.</summary>
    /// <param name="row">The death's row.</param>
    internal bool IsDone(EventRow row) => mosip.Ending == NumberEnding.None || row.IsDone(PacketSteps.Ended);

    /// <summary>Ends the number, as far as that isn't done.</summary>
    /// <param name="row">The death's row.</param>
    /// <param name="uin">The number.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransientFailureException">MOSIP did not do it.</exception>
    internal async Task EndAsync(EventRow row, string uin, CancellationToken cancellationToken)
    {
        switch (mosip.Ending)
        {
            case NumberEnding.Resident:
                await numbers.ByPacketAsync(row, uin, active: false, cancellationToken);
                break;
            case NumberEnding.Repository when !row.IsDone(PacketSteps.Ended):
                await numbers.InRepositoryAsync(row, uin, active: false, cancellationToken);
                break;
            case NumberEnding.Hotlist when !row.IsDone(PacketSteps.Ended):
                await numbers.OnHotlistAsync(uin, active: false, cancellationToken);
                break;
            default:
                return;
        }

        CrashPoint.Hit("deliver.ended");
        if (!row.IsDone(PacketSteps.Ended))
        {
            row.Done(PacketSteps.Ended, time.GetUtcNow());
        }
    }
}
