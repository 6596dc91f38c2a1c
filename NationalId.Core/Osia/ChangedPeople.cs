using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>Somebody whose registration was changed.</summary>
/// <param name="Registration">The event by which the registration was told.</param>
/// <param name="Uin">The number.</param>
/// <param name="Person">The person as the record has them now; null once no payload of it is left.</param>
/// <param name="Parents">The parents by whom a birth was told.</param>
internal sealed record ChangedPerson(
    EventRow Registration,
    string Uin,
    OsiaPerson? Person,
    IReadOnlyList<OsiaPerson> Parents
)
{
    /// <summary>Nothing of the person.</summary>
    public override string ToString() => nameof(ChangedPerson);
}

/// <summary>Finds the person of a registration that was changed: the number, and what the record says now.</summary>
/// <param name="told">Finds the registration.</param>
/// <param name="events">Reads it.</param>
/// <param name="drawn">The numbers of children.</param>
/// <param name="numbers">Finds the number of somebody who died.</param>
/// <param name="checks">Knows by which parents a birth was told.</param>
public sealed class ChangedPeople(
    RegistrationEvents told,
    StoredEvents events,
    DrawnNumbers drawn,
    PersonNumbers numbers,
    RegistryChecks checks
)
{
    /// <summary>What is flagged where the registry could not read from us what it is told of.</summary>
    internal const string Unreadable =
        "The payload of the registration was removed, so the registry can't read it again: tell it by hand.";

    /// <summary>Finds the person.</summary>
    /// <param name="row">The change's row.</param>
    /// <param name="offered">The number by the sender of the change; null when he does not say.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FlaggedException">The number can't be found.</exception>
    internal async Task<ChangedPerson> FindAsync(EventRow row, string? offered, CancellationToken cancellationToken)
    {
        var registration =
            await told.RegistrationOfAsync(row, cancellationToken)
            ?? throw new TransientFailureException("It waits for its registration, which is not known yet.");
        var number = row.RegistrationNumber!;
        var uin =
            row.Registration == RegistrationKind.Death
                ? await numbers.FindAsync(RegistrationKind.Death, number, offered, cancellationToken)
                : await drawn.FindAsync(number, cancellationToken)
                    ?? throw new FlaggedException("The birth was told, and no number of the child is known.");
        if (await told.LatestAsync(row, cancellationToken) is not { } record)
        {
            return new ChangedPerson(registration, uin, null, []);
        }

        var parents =
            row.Registration == RegistrationKind.Birth
                ? await checks.ParentsAsync(registration, record, cancellationToken)
                : [];
        return new ChangedPerson(registration, uin, Of(record.Subject, uin, number, parents), parents);
    }

    /// <summary>What the record said before a correction; null when that is not known.</summary>
    /// <param name="row">The correction's row.</param>
    /// <param name="now">The person as the record has them now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<OsiaPerson?> BeforeAsync(
        EventRow row,
        ChangedPerson now,
        CancellationToken cancellationToken
    ) =>
        (await events.ReadAsync(row, cancellationToken))?.Before?.GetValueOrDefault(PersonRole.Subject) is { } before
            ? Of(before, now.Uin, row.RegistrationNumber!, now.Parents)
            : null;

    private static OsiaPerson Of(Person person, string uin, string number, IReadOnlyList<OsiaPerson> parents) =>
        new(person, uin) { RegistrationNumber = number, Parents = [.. parents.Select(parent => parent.Uin!)] };
}
