using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Finds the one destination of an event by the table of event kinds.</summary>
/// <param name="kinds">The table.</param>
/// <param name="destinations">All destinations.</param>
public sealed class Destinations(EventKinds kinds, IEnumerable<IDestination> destinations)
{
    /// <summary>Whether events of a topic are delivered at all.</summary>
    /// <param name="topic">The hub topic or action.</param>
    public bool Has(string topic) => Find(topic) is not null;

    /// <summary>Delivers one event.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="cancellationToken">Set when the host stops or the worker's time is over.</param>
    /// <exception cref="FlaggedException">Nothing that is set up delivers events of its kind.</exception>
    /// <exception cref="DeliveryException">It was not delivered.</exception>
    public Task DeliverAsync(EventRow row, CancellationToken cancellationToken) =>
        Find(row.Topic) is { } destination
            ? destination.DeliverAsync(row, cancellationToken)
            : throw new FlaggedException("Nothing that is set up delivers events of this kind.");

    private IDestination? Find(string topic) =>
        kinds.Find(topic) is { } kind ? destinations.SingleOrDefault(destination => destination.Delivers(kind)) : null;
}
