using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Finds the one destination of an event by the table of event kinds.</summary>
/// <param name="kinds">The table.</param>
/// <param name="destinations">All destinations.</param>
/// <param name="checks">What must be so before.</param>
/// <param name="registrations">Knows which number has which record.</param>
/// <param name="records">Knows which record has which number.</param>
/// <param name="changes">Keeps the changes of a registration in order.</param>
/// <param name="time">The clock.</param>
public sealed class Destinations(
    EventKinds kinds,
    IEnumerable<IDestination> destinations,
    IEnumerable<IEventCheck> checks,
    Registrations registrations,
    RecordNumbers records,
    RegistrationChanges changes,
    TimeProvider time
)
{
    /// <summary>Whether events of a topic are delivered at all.</summary>
    /// <param name="topic">The hub topic or action.</param>
    public bool Has(string topic) => Find(topic) is not null;

    /// <summary>Delivers one event.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="cancellationToken">Set when the host stops or the worker's time is over.</param>
    /// <exception cref="FlaggedException">
    /// Nothing that is set up delivers events of its kind, or its record and number contradict what is known.
    /// </exception>
    /// <exception cref="KeptException">The same registration came another way.</exception>
    /// <exception cref="DeliveryException">It was not delivered.</exception>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        var destination =
            Find(row.Topic) ?? throw new FlaggedException("Nothing that is set up delivers events of this kind.");
        foreach (var check in checks.Where(check => check.Needs(row) && !row.IsDone(check.Step)))
        {
            await check.CheckAsync(row, cancellationToken);
            row.Done(check.Step, time.GetUtcNow());
        }

        if (kinds.Get(row.Topic).Change != RegistrationChange.Registered)
        {
            await ChangeAsync(row, destination, cancellationToken);
            return;
        }

        await changes.CheckCountsAsync(row, cancellationToken);
        await ClaimAsync(row, cancellationToken);
        await destination.DeliverAsync(row, cancellationToken);
    }

    private async Task ChangeAsync(EventRow row, IDestination destination, CancellationToken cancellationToken)
    {
        try
        {
            await changes.BeginAsync(row, cancellationToken);
            CrashPoint.Hit("change.noted");
            await destination.DeliverAsync(row, cancellationToken);
            CrashPoint.Hit("change.told");
        }
        finally
        {
            await changes.EndAsync(row);
        }
    }

    private IDestination? Find(string topic) =>
        kinds.Find(topic) is { } kind ? destinations.SingleOrDefault(destination => destination.Delivers(kind)) : null;

    /// <summary>One record, one number: whoever comes second with one of them is somebody else, or a mistake.</summary>
    private async Task ClaimAsync(EventRow row, CancellationToken cancellationToken)
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
        var (fits, isNew) = row.IsFirstOfRecord
            ? (true, true)
            : await records.TryNoteAsync(kind, record, number, cancellationToken);
        if (!fits)
        {
            throw new ContradictionException("The record has another registration number.");
        }

        // 2. The number keeps the first record.
        var (claim, claimed) = await registrations.ClaimAsync(kind, number, record, row.Source, cancellationToken);
        if (claim != RecordClaim.Fits && isNew)
        {
            await records.ForgetAsync(kind, record, cancellationToken);
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
