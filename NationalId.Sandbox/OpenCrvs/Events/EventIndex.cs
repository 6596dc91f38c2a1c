using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>
/// Core's search index. It takes what it is given: an older state that is written later stays, until somebody reads the
/// record itself.
/// </summary>
internal sealed class EventIndex(FaultSwitch faults, EventsSettings settings)
{
    private readonly ConcurrentDictionary<string, JsonObject> entries = new();

    public JsonObject? Find(string eventId) => entries.GetValueOrDefault(eventId);

    public IEnumerable<JsonObject> All => entries.Values;

    /// <summary>Writes the state of a record as it was when it was read.</summary>
    /// <exception cref="CoreException">The index is away, or the record can't be read.</exception>
    public async Task WriteAsync(EventDocument document)
    {
        var (fault, delay) = faults.Take();
        if (fault is Fault.Slow)
        {
            await Task.Delay(delay);
        }
        else if (fault is not Fault.None)
        {
            throw CoreException.Internal("search_phase_execution_exception");
        }

        EventForms.EnsureReadable(document);
        entries[document.Id] = Entry(document);
    }

    /// <summary>Writes a record as it is now.</summary>
    /// <exception cref="CoreException">The index is away, or the record can't be read.</exception>
    public async Task<EventDocument> WriteCurrentAsync(EventDatabase database, string eventId)
    {
        var document = database.Find(eventId)!;
        await WriteAsync(document);
        return document;
    }

    /// <summary>Notes who has the record now; nothing else of it is looked at.</summary>
    public void Assign(string eventId, string? to)
    {
        if (entries.TryGetValue(eventId, out var entry))
        {
            var changed = (JsonObject)entry.DeepClone();
            changed.Remove("assignedTo");
            if (to is not null)
            {
                changed["assignedTo"] = to;
            }

            entries[eventId] = changed;
        }
    }

    private JsonObject Entry(EventDocument document)
    {
        var state = RecordState.Of(document);
        var created = document.Actions[0];
        var legal = new JsonObject();
        if (state.Declared is { } declared)
        {
            legal["DECLARED"] = Legal(document, declared);
        }

        if (state.Registered is { } registered)
        {
            legal["REGISTERED"] = Legal(document, registered);
        }

        var entry = new JsonObject
        {
            ["id"] = document.Id,
            ["type"] = document.Type,
            ["status"] = state.Status,
            ["legalStatuses"] = legal,
            ["createdAt"] = document.CreatedAt,
            ["createdBy"] = created.CreatedBy,
            ["createdByUserType"] = created.CreatedByUserType,
            ["createdAtLocation"] = created.CreatedAtLocation,
            ["updatedAt"] = document.Actions[^1].CreatedAt,
            ["updatedBy"] = document.Actions[^1].CreatedBy,
            ["trackingId"] = document.TrackingId,
            ["potentialDuplicates"] = new JsonArray(),
            ["flags"] = JsonSerializer.SerializeToNode(state.Flags),
            ["declaration"] = Shown(state.Declaration),
        };
        if (state.AssignedTo is { } user)
        {
            entry["assignedTo"] = user;
        }

        return entry;
    }

    private JsonObject Shown(JsonObject declaration)
    {
        var shown = (JsonObject)declaration.DeepClone();
        foreach (var field in settings.SecuredFields)
        {
            shown.Remove(field);
        }

        return shown;
    }

    private static JsonObject Legal(EventDocument document, EventAction accepted)
    {
        var request = document.Actions.FirstOrDefault(action => action.Id == accepted.OriginalActionId) ?? accepted;
        var legal = new JsonObject
        {
            ["createdAt"] = request.CreatedAt,
            ["createdBy"] = accepted.CreatedBy,
            ["createdAtLocation"] = accepted.CreatedAtLocation,
            ["createdByUserType"] = accepted.CreatedByUserType,
            ["acceptedAt"] = accepted.CreatedAt,
        };
        if (accepted.RegistrationNumber is { } number)
        {
            legal["registrationNumber"] = number;
        }

        return legal;
    }
}
