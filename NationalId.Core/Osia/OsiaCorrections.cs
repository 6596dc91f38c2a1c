using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>
/// Corrections where the National ID system speaks OSIA: the registry is told to read the person again. What it can't
/// read from us is none of its matters.
/// </summary>
/// <param name="changes">Knows whether the registration counts.</param>
/// <param name="people">Finds the person.</param>
/// <param name="announcer">Tells the registry.</param>
/// <param name="time">The clock.</param>
public sealed class OsiaCorrections(
    RegistrationChanges changes,
    ChangedPeople people,
    ChangeAnnouncer announcer,
    TimeProvider time
) : IDestination
{
    /// <inheritdoc/>
    public bool Delivers(EventKind kind) =>
        kind is { Change: RegistrationChange.Corrected, Direction: EventDirection.Forward };

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        var state = await changes.StateAsync(row, cancellationToken);
        if (await changes.IsRevokedAsync(row, cancellationToken) || state.BirthRevoked)
        {
            // Reinstated, the registration is served as it was corrected.
            throw new KeptException("The registration is revoked: nobody reads it.");
        }

        var person = await people.FindAsync(row, null, cancellationToken);
        if (person.Person is null)
        {
            throw new FlaggedException(ChangedPeople.Unreadable);
        }

        var before = await people.BeforeAsync(row, person, cancellationToken);
        if (!await announcer.CorrectedAsync(row, person, before, cancellationToken))
        {
            throw new KeptException("Nothing that the registry can read was corrected.");
        }

        row.Done(EventSteps.Sent, time.GetUtcNow());
    }
}
