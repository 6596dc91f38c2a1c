using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>What core makes of a record's actions: where it stands, its flags, its current data.</summary>
public sealed record RecordState(
    string Status,
    IReadOnlyList<string> Flags,
    JsonObject Declaration,
    string? AssignedTo,
    EventAction? Declared,
    EventAction? Registered
)
{
    private static readonly string[] Proposals = ["REQUEST_CORRECTION", "REJECT_CORRECTION", "PRINT_CERTIFICATE"];

    /// <summary>Flags that stand for an action that waits: they block all others.</summary>
    public IEnumerable<string> Blocking => Flags.Where(flag => flag.EndsWith(":requested", StringComparison.Ordinal));

    public static RecordState Of(EventDocument document)
    {
        var accepted = document.Actions.Where(action => action.Status == EventAction.Accepted).ToList();
        return new RecordState(
            StatusOf(accepted),
            [.. FlagsOf(document)],
            DeclarationOf(document, accepted),
            accepted.LastOrDefault(action => action.Type is "ASSIGN" or "UNASSIGN")?.AssignedTo,
            accepted.LastOrDefault(action => action.Type is "DECLARE" or "EDIT"),
            accepted.LastOrDefault(action => action.Type == "REGISTER")
        );
    }

    private static string StatusOf(List<EventAction> accepted)
    {
        bool Has(string type) => accepted.Exists(action => action.Type == type);
        return Has("ARCHIVE") ? "ARCHIVED"
            : Has("REGISTER") ? "REGISTERED"
            : Has("DECLARE") || Has("EDIT") ? "DECLARED"
            : Has("NOTIFY") ? "NOTIFIED"
            : "CREATED";
    }

    private static IEnumerable<string> FlagsOf(EventDocument document)
    {
        // NOTE: core goes by the action's type alone. An acceptance by another type's path leaves this type's flag.
        foreach (var type in document.Actions.GroupBy(action => action.Type))
        {
            var last = type.Last();
            if (last.Status != EventAction.Accepted)
            {
                yield return $"{type.Key.ToLowerInvariant()}:{last.Status.ToLowerInvariant()}";
            }
        }

        var corrections = document.Actions.LastOrDefault(action =>
            action.Status == EventAction.Accepted
            && action.Type is "REQUEST_CORRECTION" or "APPROVE_CORRECTION" or "REJECT_CORRECTION"
        );
        if (corrections is { Type: "REQUEST_CORRECTION", Status: EventAction.Accepted })
        {
            yield return "correction-requested";
        }
    }

    private static JsonObject DeclarationOf(EventDocument document, List<EventAction> accepted)
    {
        var data = new JsonObject();
        foreach (var action in accepted.Where(action => !Proposals.Contains(action.Type)))
        {
            if (action.Type == "APPROVE_CORRECTION")
            {
                // NOTE: only an accepted request is found here; with the requested one's id nothing is written.
                var request = accepted.Find(one => one.Id == RequestOf(document, action));
                if (request is { Type: "REQUEST_CORRECTION" })
                {
                    Apply(document, request, data);
                }
            }

            Apply(document, action, data);
        }

        return data;
    }

    // The acceptance of an approval repeats the request's id; what was changed by hand may not.
    private static string? RequestOf(EventDocument document, EventAction approval) =>
        approval.RequestId
        ?? document.Actions.FirstOrDefault(action => action.Id == approval.OriginalActionId)?.RequestId;

    private static void Apply(EventDocument document, EventAction action, JsonObject data)
    {
        if (document.Actions.FirstOrDefault(one => one.Id == action.OriginalActionId) is { } original)
        {
            EventJson.Merge(data, original.Declaration);
        }

        EventJson.Merge(data, action.Declaration);
    }
}
