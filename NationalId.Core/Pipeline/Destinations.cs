using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Finds the one destination of an event by the table of event kinds.</summary>
/// <param name="kinds">The table.</param>
/// <param name="destinations">All destinations.</param>
/// <param name="registrations">Knows which record has which number.</param>
/// <param name="time">The clock.</param>
public sealed class Destinations(
    EventKinds kinds,
    IEnumerable<IDestination> destinations,
    Registrations registrations,
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
    /// <exception cref="DeliveryException">It was not delivered.</exception>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        var destination =
            Find(row.Topic) ?? throw new FlaggedException("Nothing that is set up delivers events of this kind.");
        await ClaimAsync(row, cancellationToken);
        await destination.DeliverAsync(row, cancellationToken);
    }

    private IDestination? Find(string topic) =>
        kinds.Find(topic) is { } kind ? destinations.SingleOrDefault(destination => destination.Delivers(kind)) : null;

    /// <summary>One record, one number: whoever comes second with one of them is somebody else, or a mistake.</summary>
    private async Task ClaimAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (
            kinds.Get(row.Topic) is not { Direction: EventDirection.Forward, Registration: var kind }
            || row.RegistrationNumber is not { } number
            || row.CompositionId is not { } record
            || row.IsDone(EventSteps.Claimed)
        )
        {
            return;
        }

        var claim = await registrations.ClaimAsync(kind, number, record, cancellationToken);
        if (claim != RecordClaim.Fits)
        {
            throw new FlaggedException(
                claim == RecordClaim.NumberHasAnotherRecord
                    ? "Another record has this registration number."
                    : "The record has another registration number."
            );
        }

        row.Done(EventSteps.Claimed, time.GetUtcNow());
    }
}
