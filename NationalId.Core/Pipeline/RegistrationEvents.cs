using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Finds what OpenCRVS has told of a registration: the registration itself, and its changes.</summary>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="records">The numbers of records.</param>
/// <param name="events">Reads them.</param>
public sealed class RegistrationEvents(EventKinds kinds, EventLedger ledger, RecordNumbers records, StoredEvents events)
{
    /// <summary>The registration number of a record; null while none is known.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="record">The record's id.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task<string?> NumberOfAsync(RegistrationKind kind, string record, CancellationToken cancellationToken) =>
        records.FindAsync(kind, record, cancellationToken);

    /// <summary>All events of a registration number.</summary>
    /// <param name="number">The registration number.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<IReadOnlyList<EventRow>> OfAsync(string number, CancellationToken cancellationToken)
    {
        var keys = await ledger.FindAsync(number, cancellationToken);
        var rows = await Task.WhenAll(keys.Select(key => ledger.GetAsync(key, cancellationToken)));
        return [.. rows.OfType<EventRow>().Where(row => row.RegistrationNumber == number)];
    }

    /// <summary>The event by which the registration itself was told.</summary>
    /// <param name="row">The change's row.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<EventRow?> RegistrationOfAsync(EventRow row, CancellationToken cancellationToken)
    {
        var kind = kinds.Get(row.Topic);
        return (await OfAsync(row.RegistrationNumber!, cancellationToken))
            .Where(one => IsOf(one, kind.Registration, RegistrationChange.Registered))
            .OrderByDescending(one => one.IsDone(EventSteps.Sent))
            .FirstOrDefault();
    }

    /// <summary>
    /// What the record says now: by the newest correction that was delivered or is being delivered, else by the
    /// registration itself.
    /// </summary>
    /// <param name="row">The change's row.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Null once no payload of it is left.</returns>
    public async Task<VitalEvent?> LatestAsync(EventRow row, CancellationToken cancellationToken)
    {
        var kind = kinds.Get(row.Topic).Registration;
        var told = (await OfAsync(row.RegistrationNumber!, cancellationToken))
            .Where(one => one.Blob is not null)
            .Where(one =>
                IsOf(one, kind, RegistrationChange.Registered)
                || (
                    IsOf(one, kind, RegistrationChange.Corrected)
                    && (one.Key == row.Key || one.Current == EventState.Delivered)
                )
            )
            .OrderByDescending(one => IsOf(one, kind, RegistrationChange.Corrected))
            .ThenByDescending(one => one.SignedAt ?? one.ReceivedAt);
        foreach (var one in told)
        {
            try
            {
                if (await events.ReadAsync(one, cancellationToken) is { } record)
                {
                    return record;
                }
            }
            catch (PayloadMissingException)
            {
                // It was removed at this moment.
            }
        }

        return null;
    }

    /// <summary>Whether an event tells of a change of a kind of registration.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="registration">Birth or death.</param>
    /// <param name="change">What it does to the registration.</param>
    public bool IsOf(EventRow row, RegistrationKind registration, RegistrationChange change) =>
        kinds.Find(row.Topic) is { Direction: EventDirection.Forward } kind
        && kind.Registration == registration
        && kind.Change == change;
}
