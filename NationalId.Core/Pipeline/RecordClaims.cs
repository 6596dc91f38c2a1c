using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// One record, one registration number: whoever comes second with one of them is somebody else, or a mistake. That they
/// belong together is noted before anybody is told of the registration.
/// </summary>
/// <param name="registrations">Knows which number has which record.</param>
/// <param name="records">Knows which record has which number.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class RecordClaims(
    Registrations registrations,
    RecordNumbers records,
    EventKinds kinds,
    TimeProvider time
)
{
    /// <summary>Whether it is still to be noted that an event's record and number belong together.</summary>
    /// <param name="row">The event's row.</param>
    public bool IsLeft(EventRow row) =>
        kinds.Get(row.Topic).IsRegistration
        && row is { RegistrationNumber: not null, CompositionId: not null }
        && !row.IsDone(EventSteps.Claimed);

    /// <summary>Notes it; nothing is done where it was noted before.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <param name="also">What a registration has from its first write on that nobody has noted yet; null: nothing
    /// more. One that is known already is left as it is.</param>
    /// <exception cref="FlaggedException">Record and number contradict what is known.</exception>
    /// <exception cref="KeptException">The same registration came another way.</exception>
    public async Task ClaimAsync(
        EventRow row,
        CancellationToken cancellationToken,
        Action<RegistrationRow>? also = null
    )
    {
        if (
            kinds.Get(row.Topic) is not { IsRegistration: true, Registration: var kind }
            || row.IsDone(EventSteps.Claimed)
        )
        {
            return;
        }

        if (row.RegistrationNumber is not { } number)
        {
            // A number may come with a later event: by the record it then finds what was drawn for it.
            if (row.CompositionId is { } unnumbered && !row.IsFirstOfRecord)
            {
                await records.TryNoteAsync(kind, unnumbered, "", cancellationToken);
            }

            return;
        }

        // The registration is known before anybody is told of it: its number may come back at once.
        if (row.CompositionId is not { } record)
        {
            row.Claimed = await registrations.ChangeAsync(kind, number, _ => { }, cancellationToken);
            return;
        }

        // 1. The record keeps the first number. The first event of a record noted it when it was taken.
        if (!row.IsFirstOfRecord && !await records.TryNoteAsync(kind, record, number, cancellationToken))
        {
            throw new ContradictionException("The record has another registration number.");
        }

        // 2. The number keeps the first record.
        var (claim, claimed) = await registrations.ClaimAsync(
            kind,
            number,
            record,
            row.Source,
            cancellationToken,
            also
        );
        if (claim != RecordClaim.Fits)
        {
            await records.ForgetAsync(kind, record, number, cancellationToken);
        }

        switch (claim)
        {
            case RecordClaim.NumberHasAnotherRecord:
                throw new ContradictionException("Another record has this registration number.");
            case RecordClaim.CameAnotherWay:
                throw new KeptException("The same registration came by another way in, and is carried from there.");
        }

        row.Claimed = claimed;
        row.Done(EventSteps.Claimed, time.GetUtcNow());
    }
}
