using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>
/// Revocations where the National ID system speaks OSIA (docs/osia.md). The registry is told to look; what it then
/// reads from us is what the registrations say.
/// </summary>
/// <param name="changes">Knows what the registrations say of the person.</param>
/// <param name="revocations">Reads what was said.</param>
/// <param name="people">Finds the person.</param>
/// <param name="announcer">Tells the registry.</param>
/// <param name="time">The clock.</param>
public sealed class OsiaRevocations(
    RegistrationChanges changes,
    Revocations revocations,
    ChangedPeople people,
    ChangeAnnouncer announcer,
    TimeProvider time
) : IDestination
{
    /// <inheritdoc/>
    public bool Delivers(EventKind kind) => kind.IsRevocation;

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        var notice = await revocations.ReadAsync(row, cancellationToken);
        var person = await people.FindAsync(row, notice.NationalId, cancellationToken);
        var isBirthRevoked = row is { Change: RegistrationChange.Revoked, Registration: RegistrationKind.Birth };
        if (person.Person is null && !isBirthRevoked)
        {
            throw new FlaggedException(ChangedPeople.Unreadable);
        }

        PersonState state;
        do
        {
            state = await changes.StateAsync(row, cancellationToken);
            await (
                isBirthRevoked ? announcer.BirthRevokedAsync(row, person, state, cancellationToken)
                : row.Registration == RegistrationKind.Birth
                    ? announcer.BirthReinstatedAsync(row, person, state, cancellationToken)
                : announcer.DeathAsync(row, person, state, cancellationToken)
            );
        } while (state != await changes.StateAsync(row, cancellationToken));

        row.Done(EventSteps.Sent, time.GetUtcNow());
    }
}
