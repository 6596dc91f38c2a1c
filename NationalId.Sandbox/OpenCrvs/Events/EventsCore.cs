using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>An action that somebody asks for.</summary>
internal sealed record RequestedAction(string EventId, string Type, string TransactionId)
{
    public JsonObject Declaration { get; init; } = [];

    public JsonObject? Annotation { get; init; }

    public JsonObject? Content { get; init; }

    public string? RequestId { get; init; }

    public string? CustomActionType { get; init; }

    public string? CreatedAtLocation { get; init; }
}

/// <summary>
/// Core, as it behaves: it stores an action before it asks the country configuration, takes 200, 202 and 400 for
/// answers, and leaves the record stuck on anything else.
/// </summary>
internal sealed class EventsCore(
    EventDatabase database,
    EventIndex index,
    EventTokens tokens,
    CountryTrigger country,
    FaultSwitch auth,
    SandboxSettings settings
)
{
    /// <summary>The only place that corrections can be filed under, beside the health facility.</summary>
    public const string Office = "33333333-3333-4333-8333-333333333333";

    public const string HealthFacility = "34343434-3434-4434-8434-343434343434";

    private static readonly string[] Triggered =
    [
        "NOTIFY",
        "DECLARE",
        "VALIDATE",
        "REGISTER",
        "EDIT",
        "REJECT",
        "ARCHIVE",
        "PRINT_CERTIFICATE",
        "CUSTOM",
        "REQUEST_CORRECTION",
        "APPROVE_CORRECTION",
        "REJECT_CORRECTION",
    ];

    public bool Is19 => settings.OpenCrvsVersion == OpenCrvsVersion.V19;

    public EventDocument Create(string type, Caller user, string? trackingId)
    {
        var create = user.Act("CREATE", Guid.NewGuid().ToString(), Office);
        return database.Create(
            type,
            trackingId,
            create,
            create with
            {
                Id = Guid.NewGuid().ToString(),
                Type = "ASSIGN",
                AssignedTo = user.Subject,
            }
        );
    }

    /// <summary>Gives a record to a person, or takes it from whoever has it. Nothing blocks this.</summary>
    public void Assign(string eventId, Caller by, string? to)
    {
        var action = by.Act(to is null ? "UNASSIGN" : "ASSIGN", Guid.NewGuid().ToString(), Office);
        database.Insert(eventId, action with { AssignedTo = to });
        index.Assign(eventId, to);
    }

    /// <summary>Stores the action, asks the country configuration, and goes by its answer.</summary>
    /// <exception cref="CoreException">The caller gets this error.</exception>
    public async Task<EventDocument> RequestAsync(Caller caller, RequestedAction wanted)
    {
        var document = database.Find(wanted.EventId) ?? throw CoreException.NoEvent(wanted.EventId);
        EventForms.EnsureReadable(document);

        // 1. The same once more: answered with what is stored, without asking anybody. DECLARE asks again.
        var known = document.Actions.FirstOrDefault(action =>
            action.Type == wanted.Type
            && action.TransactionId == wanted.TransactionId
            && action.Status == EventAction.Requested
        );
        if (known is not null && wanted.Type != "CUSTOM")
        {
            return wanted.Type == "DECLARE" && document.Pending.Contains(known)
                ? await AskAsync(caller, document)
                : document;
        }

        // 2. Whether it may be done.
        EnsureAllowed(document, wanted.Type);
        EventForms.Check(document.Type, wanted.Declaration);

        // 3. NOTE: it is stored before anybody is asked.
        await Task.Delay(settings.Events.Pause);
        database.Insert(
            document.Id,
            caller.Act(wanted.Type, wanted.TransactionId, wanted.CreatedAtLocation ?? Office) with
            {
                Status = EventAction.Requested,
                Declaration = wanted.Declaration,
                Annotation = wanted.Annotation,
                Content = wanted.Content,
                RequestId = wanted.RequestId,
                CustomActionType = wanted.CustomActionType,
            }
        );
        return await AskAsync(caller, database.Find(document.Id)!);
    }

    /// <summary>Reads a record: that is noted on it, and mends its entry in the index.</summary>
    public async Task<EventDocument> ReadAsync(Caller caller, string eventId)
    {
        var document = database.Find(eventId) ?? throw CoreException.NoEvent(eventId);
        if (!caller.Has("record.read") || (caller.EventId is { } own && own != eventId))
        {
            throw CoreException.Forbidden();
        }

        EventForms.EnsureReadable(document);
        database.Insert(eventId, caller.Act("READ", Guid.NewGuid().ToString(), Office));
        return await index.WriteCurrentAsync(database, eventId);
    }

    private async Task<EventDocument> AskAsync(Caller caller, EventDocument asked)
    {
        // 4. NOTE: another request that was never answered is in the way for ever.
        if (asked.Pending is not [var pending])
        {
            throw CoreException.Internal(
                "Expected exactly one pending action, but found "
                    + string.Join(", ", asked.Pending.Select(action => action.Id))
            );
        }

        if (auth.Current is not (Fault.None or Fault.Slow))
        {
            throw CoreException.Internal("request to the auth service failed");
        }

        // 5. The caller waits as long as the country configuration takes.
        var token = tokens.OfTrigger(caller, asked.Id, pending.Id);
        var answer = await country.AskAsync(asked, pending.Type, token);
        switch (answer.Status)
        {
            case 200:
                await Task.Delay(settings.Events.Pause);
                database.Insert(asked.Id, Accepted(caller, pending, answer.Body));
                return await index.WriteCurrentAsync(database, asked.Id);
            case 202:
                // NOTE: the record as it was before the call; a draft is not indexed at all.
                if (RecordState.Of(asked).Status != "CREATED")
                {
                    await index.WriteAsync(asked);
                }

                return asked;
            case 400:
                await Task.Delay(settings.Events.Pause);
                database.Insert(
                    asked.Id,
                    caller.Act(pending.Type, pending.TransactionId, pending.CreatedAtLocation) with
                    {
                        Status = EventAction.Rejected,
                        OriginalActionId = pending.Id,
                    }
                );
                return await index.WriteCurrentAsync(database, asked.Id);
            default:
                throw CoreException.Internal("Unexpected failure from country config action confirmation API");
        }
    }

    private static EventAction Accepted(Caller caller, EventAction pending, string body)
    {
        var said = AnswerBody(body);
        var number = pending.Type == "REGISTER" ? Number(said["registrationNumber"]) : null;
        return caller.Act(pending.Type, pending.TransactionId, pending.CreatedAtLocation) with
        {
            OriginalActionId = pending.Id,
            Declaration = said["declaration"]?.DeepClone() as JsonObject ?? [],
            Annotation = said["annotation"]?.DeepClone() as JsonObject,
            RegistrationNumber = number,
            RequestId = pending.RequestId,
        };

        static string Number(JsonNode? node) =>
            node is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Invalid();
    }

    private static JsonObject AnswerBody(string body)
    {
        try
        {
            return JsonNode.Parse(body) switch
            {
                null => [],
                JsonObject said => said,
                _ => throw Invalid(),
            };
        }
        catch (System.Text.Json.JsonException)
        {
            return [];
        }
    }

    private static CoreException Invalid() =>
        CoreException.Internal("Invalid payload received from country config action confirmation API");

    private void EnsureAllowed(EventDocument document, string type)
    {
        var state = RecordState.Of(document);
        var corrects = state.Flags.Contains("correction-requested");
        var fits = type switch
        {
            "NOTIFY" or "DECLARE" => state.Status is "CREATED" or "NOTIFIED",
            "EDIT" => !Is19 && state.Status is "NOTIFIED" or "DECLARED",
            "VALIDATE" => Is19 && state.Status == "DECLARED",
            "REGISTER" or "REJECT" => state.Status == "DECLARED",
            "REQUEST_CORRECTION" => state.Status == "REGISTERED" && !corrects,
            "APPROVE_CORRECTION" or "REJECT_CORRECTION" => corrects,
            "PRINT_CERTIFICATE" => state.Status == "REGISTERED",
            "CUSTOM" => !Is19,
            _ => Triggered.Contains(type),
        };
        // Drafts that were declared twice aren't blocked here: they fail when the country configuration is to be asked.
        if (!fits || (type is not ("DECLARE" or "NOTIFY") && state.Blocking.Any()))
        {
            throw CoreException.Conflict(
                $"Action '{type}' cannot be performed on an event in '{state.Status}' state with "
                    + $"[{string.Join(", ", state.Flags)}] flags. Available actions: READ."
            );
        }
    }
}
