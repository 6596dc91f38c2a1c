using System.Text.Json.Nodes;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>One action of an event document, with what it declares of the fields that were wanted.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its type, e.g. <c>REGISTER</c>.</param>
/// <param name="Status"><c>Requested</c>, <c>Accepted</c> or <c>Rejected</c>.</param>
/// <param name="TransactionId">The transaction that made it.</param>
/// <param name="OriginalId">The action that it accepts or rejects.</param>
/// <param name="RequestId">The correction that it approves or rejects.</param>
/// <param name="RegistrationNumber">The registration number that it gives.</param>
/// <param name="UserType"><c>user</c> or <c>system</c>.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Declaration">The values by field; null where it clears one.</param>
internal sealed record EventAction(
    string? Id,
    string? Type,
    string? Status,
    string? TransactionId,
    string? OriginalId,
    string? RequestId,
    string? RegistrationNumber,
    string? UserType,
    DateTimeOffset? CreatedAt,
    IReadOnlyDictionary<string, JsonNode?> Declaration
)
{
    /// <summary>Which of the country's own actions it is, where it is one.</summary>
    public string? CustomType { get; init; }

    /// <summary>The type of a registration.</summary>
    public const string Register = "REGISTER";

    /// <summary>The type of a correction's approval.</summary>
    public const string Approve = "APPROVE_CORRECTION";

    /// <summary>Who made it.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Whether it counts.</summary>
    public bool IsAccepted => Status == "Accepted";

    /// <summary>Whether it was asked for.</summary>
    public bool IsRequested => Status == "Requested";

    /// <summary>The type alone.</summary>
    public override string ToString() => $"{nameof(EventAction)} {Type}";
}

/// <summary>An OpenCRVS record as a trigger tells it: all its actions, from which its data follow.</summary>
/// <param name="Id">The record's id.</param>
/// <param name="Type">The country's type of event.</param>
/// <param name="TrackingId">The tracking id.</param>
/// <param name="Actions">Its actions, in their order.</param>
internal sealed record EventDocument(string? Id, string? Type, string? TrackingId, IReadOnlyList<EventAction> Actions)
{
    // Proposals, and what says nothing of the person.
    private static readonly string[] Skipped = ["REQUEST_CORRECTION", "REJECT_CORRECTION", "PRINT_CERTIFICATE"];

    /// <summary>Why it can't be read; null when it can.</summary>
    public string? Problem { get; init; }

    /// <summary>
    /// The actions that wait to be accepted. There is one as a rule; a record may have got more in a mishap of
    /// OpenCRVS's.
    /// </summary>
    public IReadOnlyList<EventAction> Pending
    {
        get
        {
            var settled = Actions
                .Select(action => action.OriginalId)
                .OfType<string>()
                .ToHashSet(StringComparer.Ordinal);
            return
            [
                .. Actions.Where(action => action.IsRequested && (action.Id is not { } id || !settled.Contains(id))),
            ];
        }
    }

    /// <summary>Why it can't be carried: it can't be read, or not one action waits; null when it can.</summary>
    public string? WhyNot =>
        Problem
        ?? (
            Id is null
                ? ActionReasons.NoId
                : Pending.Count switch
                {
                    0 => ActionReasons.NoPending,
                    1 => Pending[0].Id is null ? ActionReasons.NoId : null,
                    _ => ActionReasons.SeveralPending,
                }
        );

    /// <summary>The action that registered the record; null while none is accepted.</summary>
    public EventAction? Registered =>
        Problem is null && Id is not null
            ? Actions.LastOrDefault(action => action is { Type: EventAction.Register, IsAccepted: true })
            : null;

    /// <summary>The registration number that the record has already.</summary>
    public string? RegistrationNumber =>
        Actions.LastOrDefault(action => action is { Type: EventAction.Register, IsAccepted: true })?.RegistrationNumber;

    /// <summary>
    /// The record's data as they will be once the action that waits is accepted: the accepted actions one after the
    /// other, then what that one changes.
    /// </summary>
    public JsonObject Current() => Fold(Pending);

    /// <summary>The record's data as they are before the action that waits.</summary>
    public JsonObject Before() => Fold([]);

    private JsonObject Fold(IEnumerable<EventAction> last)
    {
        var byId = new Dictionary<string, EventAction>(StringComparer.Ordinal);
        foreach (var action in Actions)
        {
            if (action.Id is { } id)
            {
                byId[id] = action;
            }
        }

        // Without a time, the place in the document is all that is known of the order.
        var ordered = Actions.All(action => action.CreatedAt is not null)
            ? Actions.OrderBy(action => action.CreatedAt)
            : Actions.AsEnumerable();
        var data = new JsonObject();
        foreach (var action in ordered.Where(action => action.IsAccepted).Concat(last))
        {
            Apply(data, action, byId);
        }

        return data;
    }

    /// <summary>
    /// The correction that an action approves or rejects: its own word, or that of the action which it accepts. An
    /// acceptance need not repeat it.
    /// </summary>
    /// <param name="action">An action of this record.</param>
    public string? RequestOf(EventAction action) =>
        action.RequestId
        ?? (
            action.OriginalId is { } original
                ? Actions.LastOrDefault(asked => asked.Id == original && asked.Type == action.Type)?.RequestId
                : null
        );

    private void Apply(JsonObject data, EventAction action, Dictionary<string, EventAction> byId)
    {
        if (Skipped.Contains(action.Type))
        {
            return;
        }

        // An approval brings what was asked for. It must name the accepted request: OpenCRVS ignores any other.
        if (
            action.Type == "APPROVE_CORRECTION"
            && RequestOf(action) is { } asked
            && byId.TryGetValue(asked, out var request)
            && request.IsAccepted
        )
        {
            Declare(data, request, byId);
        }

        Declare(data, action, byId);
    }

    /// <summary>What an action declares: as it was asked for, then as it was accepted.</summary>
    private static void Declare(JsonObject data, EventAction action, Dictionary<string, EventAction> byId)
    {
        if (action.OriginalId is { } original && byId.TryGetValue(original, out var asked))
        {
            Merge(data, asked.Declaration);
        }

        Merge(data, action.Declaration);
    }

    private static void Merge(JsonObject data, IEnumerable<KeyValuePair<string, JsonNode?>> change)
    {
        foreach (var (name, value) in change)
        {
            if (value is JsonObject inner)
            {
                if (data[name] is not JsonObject kept)
                {
                    kept = [];
                    data[name] = kept;
                }

                Merge(kept, inner);
            }
            else if (value is null)
            {
                data.Remove(name);
            }
            else
            {
                data[name] = value.DeepClone();
            }
        }
    }

    /// <summary>The type alone.</summary>
    public override string ToString() => $"{nameof(EventDocument)} {Type}";
}
