using Azure;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Sees to it that the changes of a registration go out after the registration itself, one at a time, and that an older
/// one never undoes a newer. What counts is in the ledger before anybody is told of it.
/// </summary>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="told">Finds what was told of a registration.</param>
/// <param name="turns">One change at a time.</param>
/// <param name="options">How long a correction waits.</param>
/// <param name="time">The clock.</param>
public sealed class RegistrationChanges(
    EventKinds kinds,
    EventLedger ledger,
    Registrations registrations,
    RegistrationEvents told,
    RegistrationTurns turns,
    DeliveryOptions options,
    TimeProvider time
)
{
    /// <summary>Why a registration that was told and revoked is not sent again.</summary>
    internal const string IsRevoked = "The registration was revoked: nothing of it is sent again.";

    private const string Older = "Something newer was said of this registration.";
    private const string Superseded = "Something newer was said of this registration, and was delivered.";

    /// <summary>
    /// Waits for the registration, takes it for this event and notes what the event says. <see cref="EndAsync"/> gives
    /// it back.
    /// </summary>
    /// <param name="row">The change's row. A death's link is noted in it.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">
    /// The registration is not delivered yet, or another change of it is being delivered.
    /// </exception>
    /// <exception cref="KeptException">Something newer was said, or the registration was never told.</exception>
    public async Task BeginAsync(EventRow row, CancellationToken cancellationToken)
    {
        var kind = kinds.Get(row.Topic);
        var number = await NumberAsync(row, kind, cancellationToken);

        // 1. The registration comes first.
        var rows = await told.OfAsync(number, cancellationToken);
        var registered = rows.Where(one => told.IsOf(one, kind.Registration, RegistrationChange.Registered)).ToList();
        CheckTold(row, kind, registered);

        // 2. One change at a time; for a death also of the birth, whose number it ends.
        await turns.TakeAsync(kind.Registration, number, row, cancellationToken);
        row.LinkedBrn = registered.Select(one => one.LinkedBrn).FirstOrDefault(brn => brn is not null);
        if (kind.Registration == RegistrationKind.Death && row.LinkedBrn is { } birth)
        {
            await turns.TakeAsync(RegistrationKind.Birth, birth, row, cancellationToken);
        }

        CrashPoint.Hit("change.taken");

        // 3. The newest word counts.
        if (kind.IsRevocation)
        {
            await NoteAsync(row, kind, number, cancellationToken);
            await SupersedeAsync(row, kind, rows, cancellationToken);
        }
        else
        {
            await NoteCorrectionAsync(row, kind, number, cancellationToken);
        }
    }

    /// <summary>Gives the registration back.</summary>
    /// <param name="row">The change's row.</param>
    public async Task EndAsync(EventRow row)
    {
        var kind = kinds.Get(row.Topic).Registration;
        if (kind == RegistrationKind.Death && row.LinkedBrn is { } birth)
        {
            await turns.GiveBackAsync(RegistrationKind.Birth, birth, row);
        }

        if (row.RegistrationNumber is { } number)
        {
            await turns.GiveBackAsync(kind, number, row);
        }
    }

    /// <summary>
    /// What is known of the person now. A death that is registered meanwhile may change that: who tells the National ID
    /// system asks again afterwards.
    /// </summary>
    /// <param name="row">The change's row.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<PersonState> StateAsync(EventRow row, CancellationToken cancellationToken)
    {
        var kind = kinds.Get(row.Topic).Registration;
        var own = await registrations.GetAsync(kind, row.RegistrationNumber!, cancellationToken);
        var birth =
            kind == RegistrationKind.Birth ? own
            : row.LinkedBrn is { } brn ? await registrations.GetAsync(RegistrationKind.Birth, brn, cancellationToken)
            : null;
        return birth is not null
            ? new PersonState(birth.Revoked, birth.DeathsInForce.Count)
            : new PersonState(BirthRevoked: false, own?.Revoked == true ? 0 : 1);
    }

    /// <summary>Whether the registration counts no more.</summary>
    /// <param name="row">The change's row.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<bool> IsRevokedAsync(EventRow row, CancellationToken cancellationToken) =>
        await registrations.GetAsync(kinds.Get(row.Topic).Registration, row.RegistrationNumber!, cancellationToken)
            is { Revoked: true };

    /// <summary>A registration that was told and revoked must not be told again.</summary>
    /// <param name="row">The registration's row.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="KeptException">It was revoked.</exception>
    public async Task CheckCountsAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (
            row.IsDone(EventSteps.Sent)
            && row.RegistrationNumber is { } number
            && kinds.Get(row.Topic) is { Direction: EventDirection.Forward, Registration: var kind }
            && await registrations.GetAsync(kind, number, cancellationToken) is { Revoked: true }
        )
        {
            throw new KeptException(IsRevoked);
        }
    }

    private void CheckTold(EventRow row, EventKind kind, IReadOnlyList<EventRow> registered)
    {
        if (registered.Count == 0)
        {
            // What was registered before the client was there is corrected as well. A revocation is never let go.
            throw kind.IsRevocation || row.ReceivedAt + options.LinkPatience > time.GetUtcNow()
                ? new TransientFailureException("It waits for its registration, which is not known yet.")
                : new KeptException("The registration was never told to this client: nothing is to be corrected.");
        }

        if (registered.FirstOrDefault(one => one.Current is EventState.Received or EventState.Waiting) is not null)
        {
            throw new TransientFailureException("It waits for its registration, which is not delivered yet.");
        }

        if (registered.Any(one => one.IsDone(EventSteps.Sent)))
        {
            return;
        }

        throw registered.All(one => one.Current is not (EventState.Flagged or EventState.Poisoned))
            ? new KeptException("The registration was never sent: nothing is to be changed.")
            : new TransientFailureException(
                "It waits for its registration, which stands flagged or poisoned and was not sent."
            );
    }

    /// <summary>The registration's number; a sender may name the record alone.</summary>
    private async Task<string> NumberAsync(EventRow row, EventKind kind, CancellationToken cancellationToken)
    {
        if (row.RegistrationNumber is null && row.CompositionId is { } record)
        {
            row.RegistrationNumber = await told.NumberOfAsync(kind.Registration, record, cancellationToken);
        }

        if (row.RegistrationNumber is { } number)
        {
            row.FoundBy.Add(number);
            return number;
        }

        throw row.ReceivedAt + options.LinkPatience > time.GetUtcNow()
            ? new TransientFailureException("It waits for its registration, which is not known yet.")
            : new KeptException("The registration was never told to this client: nothing is to be corrected.");
    }

    /// <summary>A correction tells all that the record says, so an older one says nothing more.</summary>
    private async Task NoteCorrectionAsync(
        EventRow row,
        EventKind kind,
        string number,
        CancellationToken cancellationToken
    )
    {
        var at = row.SignedAt ?? row.ReceivedAt;
        var counts = true;
        await registrations.ChangeAsync(
            kind.Registration,
            number,
            registration =>
            {
                counts = !(registration.CorrectedAt > at);
                registration.CorrectedAt = counts ? at : registration.CorrectedAt;
            },
            cancellationToken
        );
        if (!counts)
        {
            throw new KeptException(Older);
        }
    }

    private async Task NoteAsync(EventRow row, EventKind kind, string number, CancellationToken cancellationToken)
    {
        var at = row.SignedAt ?? row.ReceivedAt;
        var counts = true;
        await registrations.ChangeAsync(
            kind.Registration,
            number,
            registration =>
            {
                counts = registration.Standing.Yields(at, row.Key);
                registration.Standing = registration.Standing.After(kind.Change, at, row.Key);
            },
            cancellationToken
        );
        if (!counts)
        {
            throw new KeptException(Older);
        }

        if (kind.Registration == RegistrationKind.Death && row.LinkedBrn is { } birth)
        {
            await registrations.ChangeAsync(
                RegistrationKind.Birth,
                birth,
                linked => linked.SetDeath(number, kind.Change != RegistrationChange.Revoked, time.GetUtcNow()),
                cancellationToken
            );
        }
    }

    /// <summary>An older word that stands flagged for a human asks for what is no longer wanted.</summary>
    private async Task SupersedeAsync(
        EventRow row,
        EventKind kind,
        IReadOnlyList<EventRow> rows,
        CancellationToken cancellationToken
    )
    {
        foreach (
            var older in rows.Where(one =>
                one.Key != row.Key
                && one.Current is EventState.Flagged or EventState.Poisoned
                && kinds.Find(one.Topic) is { IsRevocation: true } other
                && other.Registration == kind.Registration
            )
        )
        {
            older.Reason = Superseded;
            older.NextAt = null;
            try
            {
                await ledger.MoveAsync(older, EventState.Delivered, Superseded, cancellationToken);
            }
            catch (RequestFailedException changed) when (changed.Status == 412)
            {
                // An operator replays it at this moment: it will find out by itself.
            }
        }
    }
}
