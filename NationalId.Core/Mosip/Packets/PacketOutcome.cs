using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// What is heard of registrations that MOSIP got as packets: numbers by its hub, and what became of each packet where
/// it may be asked.
/// </summary>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="readers">Read numbers that came back.</param>
/// <param name="watch">The packets that MOSIP works on.</param>
/// <param name="ids">Registration ids.</param>
/// <param name="mosip">How numbers end.</param>
/// <param name="options">Whether MOSIP may be asked.</param>
public sealed class PacketOutcome(
    Registrations registrations,
    IEnumerable<IReturnReader> readers,
    PacketWatch watch,
    RegistrationIds ids,
    MosipOptions mosip,
    PacketOptions options
) : IOutcome
{
    private readonly NumberOutcome numbers = new(registrations, readers);

    /// <inheritdoc/>
    public bool IsHeard(RegistrationKind kind) =>
        kind == RegistrationKind.Birth ? numbers.IsHeard(kind) : options.IsWatched;

    /// <inheritdoc/>
    public async Task<bool> IsSettledAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (row.Registration == RegistrationKind.Birth)
        {
            return await numbers.IsSettledAsync(row, cancellationToken);
        }

        // The packet of a resident ends the number, and comes beside that of the death.
        var ends =
            mosip.Ending != NumberEnding.Resident || row.IsDone(PacketSteps.ProcessedAs(NumberStates.Deactivated));
        return (row.IsDone(PacketSteps.Processed) && ends)
            || row.RegistrationNumber is not { } number
            || await registrations.GetAsync(RegistrationKind.Death, number, cancellationToken) is { Revoked: true };
    }

    /// <inheritdoc/>
    public async Task<string?> AskAgainAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (!options.AskStatus)
        {
            return "MOSIP is not asked: NationalId__Mosip__Packets__AskStatus is false.";
        }

        var asked = false;
        foreach (var key in new[] { row.KnownBy!, Packet.KeyOf(row, NumberStates.Deactivated) })
        {
            if (await ids.FindAsync(row.Registration, key, cancellationToken) is { } id)
            {
                asked |= await watch.TellAsync(id, null, cancellationToken);
            }
        }

        return asked
            ? null
            : "MOSIP has processed the packet: its operators have to look why no credential was issued.";
    }
}
