using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>
/// A National ID system that speaks OSIA (docs/osia.md): a child gets a number and its birth is published, a death is
/// published under the number by which the registry has the deceased. The registry then reads from us what it wants to
/// know.
/// </summary>
/// <param name="events">Reads the registration.</param>
/// <param name="checks">What the registry is asked before a birth is told.</param>
/// <param name="numbers">Children's numbers.</param>
/// <param name="deceased">Has the registry recognise the deceased.</param>
/// <param name="announcer">Tells of births and deaths.</param>
/// <param name="time">The clock.</param>
public sealed class OsiaDestination(
    StoredEvents events,
    RegistryChecks checks,
    ChildNumbers numbers,
    DeceasedPerson deceased,
    Announcer announcer,
    TimeProvider time
) : IDestination
{
    /// <inheritdoc/>
    public bool Delivers(EventKind kind) => kind.Name is EventKinds.Birth or EventKinds.Death;

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (row.IsDone(EventSteps.Sent))
        {
            return;
        }

        var record =
            await events.ReadAsync(row, cancellationToken)
            ?? throw new FlaggedException("The record can't be read: there is nothing to tell.");
        await (
            row.Registration == RegistrationKind.Birth
                ? BirthAsync(row, record, cancellationToken)
                : DeathAsync(row, record, cancellationToken)
        );
        row.Done(EventSteps.Sent, time.GetUtcNow());
    }

    private async Task BirthAsync(EventRow row, VitalEvent record, CancellationToken cancellationToken)
    {
        var birth = IDestination.NumberOf(row);

        // 1. What the registry knows of the child and the parents.
        await checks.SeekChildAsync(row, record.Subject, cancellationToken);
        var parents = await checks.ParentsAsync(row, record, cancellationToken);

        // 2. The child's number: in the ledger, and on its way to the record.
        var child = new OsiaPerson(record.Subject, null) { RegistrationNumber = row.RegistrationNumber };
        child = child with { Uin = await numbers.SettleAsync(row, birth, child, cancellationToken) };

        // 3. The birth.
        await announcer.BirthAsync(row, child, parents, cancellationToken);
    }

    private async Task DeathAsync(EventRow row, VitalEvent record, CancellationToken cancellationToken)
    {
        var uin = await deceased.FindAsync(row, record.Subject, cancellationToken);
        await announcer.DeathAsync(
            row,
            new OsiaPerson(record.Subject, uin) { RegistrationNumber = row.RegistrationNumber, IsDead = true },
            cancellationToken
        );
    }
}
