using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>
/// Core's acceptances and rejections of actions that wait. It compares little and locks nothing, as the real one.
/// </summary>
internal sealed class EventConfirmations(
    EventDatabase database,
    EventIndex index,
    EventTokens tokens,
    SandboxSettings settings
)
{
    /// <summary>Accepts an action that waits.</summary>
    /// <param name="caller">Who does.</param>
    /// <param name="type">The action's type by the path: core doesn't compare it with the action's own.</param>
    /// <param name="input">What came.</param>
    public async Task<EventDocument> AcceptAsync(Caller caller, string type, JsonObject input)
    {
        var confirmed = new Confirmed(input);
        EnsureMayConfirm(caller, confirmed, "record.action.accept");
        var document = database.Find(confirmed.EventId) ?? throw CoreException.NoEvent(confirmed.EventId);
        var action =
            document.Actions.FirstOrDefault(one => one.Id == confirmed.ActionId)
            ?? throw CoreException.NotFound($"Action not found with ID: {confirmed.ActionId}");
        switch (AnswerTo(document, action))
        {
            case { Status: EventAction.Accepted }:
                return document;
            case { Status: EventAction.Rejected }:
                throw CoreException.BadRequest("Action has already been rejected.");
        }

        EnsureRequested(action);
        await Task.Delay(settings.Events.Pause);
        database.Insert(
            document.Id,
            Answer(caller, type, confirmed, EventAction.Accepted) with
            {
                // NOTE: no look at the form: any field is stored.
                Declaration = confirmed.Object("declaration") ?? [],
                Annotation = confirmed.Object("annotation"),
                Content = confirmed.Object("content"),
                RegistrationNumber = type == "REGISTER" ? confirmed.Text("registrationNumber") : null,
                RequestId = confirmed.Text("requestId"),
                CustomActionType = confirmed.Text("customActionType"),
            }
        );
        if (!caller.IsSystem && !confirmed.KeepsAssignment)
        {
            database.Insert(document.Id, caller.Act("UNASSIGN", confirmed.TransactionId, EventsCore.Office));
        }

        return await index.WriteCurrentAsync(database, document.Id);
    }

    /// <summary>Rejects an action that waits.</summary>
    public async Task<EventDocument> RejectAsync(Caller caller, string type, JsonObject input)
    {
        var confirmed = new Confirmed(input);
        EnsureMayConfirm(caller, confirmed, "record.action.reject");
        var document = database.Find(confirmed.EventId) ?? throw CoreException.NoEvent(confirmed.EventId);
        var action =
            document.Actions.FirstOrDefault(one => one.Id == confirmed.ActionId)
            ?? throw CoreException.Internal($"Action not found with ID: {confirmed.ActionId}");
        switch (AnswerTo(document, action))
        {
            case { Status: EventAction.Accepted }:
                throw CoreException.Internal("Action has already been accepted.");
            case { Status: EventAction.Rejected }:
                return document;
        }

        EnsureRequested(action);
        if (type is "REJECT" or "APPROVE_CORRECTION" or "REJECT_CORRECTION")
        {
            throw CoreException.Internal(
                "new row for relation \"event_actions\" violates check constraint \"event_actions_check\""
            );
        }

        await Task.Delay(settings.Events.Pause);
        database.Insert(document.Id, Answer(caller, type, confirmed, EventAction.Rejected));
        if (!confirmed.KeepsAssignment)
        {
            database.Insert(document.Id, caller.Act("UNASSIGN", confirmed.TransactionId, EventsCore.Office));
        }

        return await index.WriteCurrentAsync(database, document.Id);
    }

    private void EnsureMayConfirm(Caller caller, Confirmed confirmed, string scopeOf21)
    {
        if (settings.OpenCrvsVersion == OpenCrvsVersion.V21)
        {
            EnsureMayConfirm21(caller, confirmed, scopeOf21);
            return;
        }

        // NOTE: both are wanted, to accept as well as to reject.
        if (!caller.Has("record.confirm-registration") || !caller.Has("record.reject-registration"))
        {
            throw CoreException.Forbidden("Missing required scopes for action confirmation");
        }

        if (caller.EventId is null || caller.ActionId is null)
        {
            throw CoreException.Forbidden("Missing required claims for action confirmation");
        }

        if (caller.EventId != confirmed.EventId || caller.ActionId != confirmed.ActionId)
        {
            throw CoreException.Forbidden();
        }

        // NOTE: 1.9 takes a client for a person, whom it then can't find.
        if (settings.OpenCrvsVersion == OpenCrvsVersion.V19 && caller.Subject == tokens.ClientId)
        {
            throw CoreException.Internal("User not found");
        }
    }

    private void EnsureMayConfirm21(Caller caller, Confirmed confirmed, string scope)
    {
        if (!caller.IsSystem || !caller.Has(scope))
        {
            throw CoreException.Forbidden();
        }

        var document = database.Find(confirmed.EventId) ?? throw CoreException.NoEvent(confirmed.EventId);
        if (!caller.Reaches(scope, document.Type))
        {
            throw CoreException.NoEvent(confirmed.EventId);
        }

        if (RecordState.Of(document).AssignedTo is not null)
        {
            throw CoreException.Conflict("The event is assigned to another user");
        }
    }

    private void EnsureRequested(EventAction action)
    {
        if (settings.OpenCrvsVersion == OpenCrvsVersion.V21 && action.Status != EventAction.Requested)
        {
            throw CoreException.BadRequest("Action is not in Requested status");
        }
    }

    private static EventAction? AnswerTo(EventDocument document, EventAction action) =>
        document.Actions.FirstOrDefault(answer => answer.OriginalActionId == action.Id);

    private static EventAction Answer(Caller caller, string type, Confirmed confirmed, string status) =>
        caller.Act(type, confirmed.TransactionId, caller.IsSystem ? null : EventsCore.Office) with
        {
            Status = status,
            OriginalActionId = confirmed.ActionId,
        };

    /// <summary>The parts of an acceptance or rejection that are there in all.</summary>
    private sealed class Confirmed(JsonObject input)
    {
        public string EventId => Text("eventId")!;

        public string ActionId => Text("actionId")!;

        public string TransactionId => Text("transactionId")!;

        public bool KeepsAssignment =>
            input["keepAssignment"] is JsonValue keep && keep.TryGetValue<bool>(out var is1) && is1;

        public string? Text(string name) =>
            input[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

        public JsonObject? Object(string name) => input[name]?.DeepClone() as JsonObject;
    }
}
