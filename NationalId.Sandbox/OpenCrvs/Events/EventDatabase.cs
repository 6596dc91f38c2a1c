using System.Globalization;
using System.Security.Cryptography;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>
/// Core's tables. They know three rules: one row for a transaction id, type and status, over all records; one for a
/// registration number; and a few that are told of in <see cref="EventsCore"/>.
/// </summary>
internal sealed class EventDatabase(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, EventDocument> events = [];
    private readonly HashSet<(string TransactionId, string Type, string Status)> transactions = [];
    private readonly HashSet<string> numbers = [];

    public IReadOnlyCollection<EventDocument> All
    {
        get
        {
            lock (gate)
            {
                return [.. events.Values];
            }
        }
    }

    public EventDocument? Find(string id)
    {
        lock (gate)
        {
            return events.GetValueOrDefault(id);
        }
    }

    public EventDocument Create(string type, string? trackingId, EventAction create, EventAction assign)
    {
        var now = Now();
        var created = new EventDocument(
            Guid.NewGuid().ToString(),
            type,
            now,
            now,
            [create with { CreatedAt = now }, assign with { CreatedAt = now }],
            trackingId ?? RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 6)
        );
        lock (gate)
        {
            return events[created.Id] = created;
        }
    }

    /// <summary>Stores an action; a transaction id that was used before is swallowed without a word.</summary>
    /// <exception cref="CoreException">Another record has the registration number.</exception>
    public void Insert(string eventId, EventAction action)
    {
        lock (gate)
        {
            if (transactions.Contains((action.TransactionId, action.Type, action.Status)))
            {
                return;
            }

            if (action.RegistrationNumber is { } number && !numbers.Add(number))
            {
                throw CoreException.Internal(
                    "duplicate key value violates unique constraint \"event_actions_registration_number_key\""
                );
            }

            transactions.Add((action.TransactionId, action.Type, action.Status));
            var known = events[eventId];
            events[eventId] = known with { Actions = [.. known.Actions, action with { CreatedAt = Now() }] };
        }
    }

    /// <summary>Mends a record by hand, as one must when it holds a field that the form lacks.</summary>
    public void Change(string eventId, Func<EventAction, EventAction> change)
    {
        lock (gate)
        {
            var known = events[eventId];
            events[eventId] = known with { Actions = [.. known.Actions.Select(change)] };
        }
    }

    private string Now() =>
        time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
