using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// Saves registration ids on OpenCRVS records as application ids, where the country wants them there.
/// </summary>
/// <param name="ids">Registration ids.</param>
/// <param name="saves">Saves application ids.</param>
/// <param name="options">Whether they are saved.</param>
public sealed class RegistrationIdSaver(RegistrationIds ids, AidSaves saves, PacketOptions options)
{
    /// <summary>Saves a registration's id, as far as that isn't done.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">What the registration is known by.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task SaveAsync(EventRow row, RegistrationKind kind, string number, CancellationToken cancellationToken)
    {
        if (
            options.SaveRegistrationId
            && !row.IsDone(EventSteps.Saved)
            && row.RegistrationNumber is { } saved
            && saves.WhyNot(kind) is null
            && await ids.FindAsync(kind, number, cancellationToken) is { } id
        )
        {
            await saves.SaveAsync(row, kind, saved, id, cancellationToken);
        }
    }
}
