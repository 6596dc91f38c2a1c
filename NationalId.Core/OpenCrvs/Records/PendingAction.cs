namespace NationalId.Core.OpenCrvs.Records;

/// <summary>An action of an OpenCRVS record that waits for our acceptance.</summary>
/// <param name="EventKey">The key of the event that it is in our ledger.</param>
/// <param name="EventId">The record's id.</param>
/// <param name="ActionId">The action's id.</param>
/// <param name="TransactionId">The action's transaction.</param>
/// <param name="EventType">The country's type of event.</param>
/// <param name="ActionType">The action's type, e.g. <c>REGISTER</c>.</param>
/// <param name="TrackingId">The record's tracking id.</param>
/// <param name="CreatedAt">When the action was made.</param>
/// <param name="BySystem">Whether a system made it, and not a person.</param>
/// <param name="ForwardedNumber">The registration number that the country configuration made; null when it made
/// none.</param>
/// <param name="RequestId">The correction that the action approves or rejects.</param>
public sealed record PendingAction(
    string EventKey,
    string EventId,
    string ActionId,
    string TransactionId,
    string EventType,
    string ActionType,
    string TrackingId,
    DateTimeOffset CreatedAt,
    bool BySystem,
    string? ForwardedNumber,
    string? RequestId
)
{
    /// <summary>
    /// How long it waits for its AID or number; null for as long as all do (<see cref="ConfirmOptions"/>).
    /// </summary>
    public TimeSpan? Patience { get; init; }
}

/// <summary>How far the confirmation of an action is.</summary>
/// <param name="EventKey">The key of the event that it is in our ledger.</param>
/// <param name="RegistrationNumber">The registration number, fixed for the record; null for an action that gives
/// none.</param>
/// <param name="State"><c>open</c>, <c>confirmed</c> or <c>rejected</c>.</param>
public sealed record Confirmation(string EventKey, string? RegistrationNumber, string State)
{
    /// <summary>Whether the action came for the first time.</summary>
    public bool IsNew { get; init; }

    /// <summary>How long it waits for its AID or number; null for as long as all do.</summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>Whether it is never accepted by itself.</summary>
    public bool IsHeld { get; init; }
}

/// <summary>When an action is to be accepted.</summary>
/// <param name="EventKey">The key of the event that it is in our ledger.</param>
/// <param name="At">When that was decided.</param>
/// <param name="Delay">How long it waits from then on; null while it waits for its number alone.</param>
/// <param name="Reason">Why nothing comes for it; null when something may.</param>
internal sealed record ConfirmPlan(string EventKey, DateTimeOffset At, TimeSpan? Delay, string? Reason);
