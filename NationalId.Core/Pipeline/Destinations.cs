using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Finds the one destination of an event by the table of event kinds.</summary>
/// <param name="kinds">The table.</param>
/// <param name="destinations">All destinations.</param>
/// <param name="checks">What must be so before.</param>
/// <param name="claims">Knows which record has which number.</param>
/// <param name="changes">Keeps the changes of a registration in order.</param>
/// <param name="time">The clock.</param>
public sealed class Destinations(
    EventKinds kinds,
    IEnumerable<IDestination> destinations,
    IEnumerable<IEventCheck> checks,
    RecordClaims claims,
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
        if (!destination.ClaimsItself(row))
        {
            await claims.ClaimAsync(row, cancellationToken);
        }

        try
        {
            await destination.DeliverAsync(row, cancellationToken);
        }
        catch (Exception ended) when (ended is not OperationCanceledException && claims.IsLeft(row))
        {
            // It ended before it came to that. Also what is never delivered has its number.
            await claims.ClaimAsync(row, cancellationToken);
            throw;
        }
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
}
