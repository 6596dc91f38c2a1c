using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Core.Operations;

/// <summary>The operator's summary.</summary>
internal sealed record Summary(
    string Version,
    DateTimeOffset At,
    bool Paused,
    IReadOnlyList<string> OpenCircuits,
    string Secrets,
    int Quarantined,
    double? QuarantinedOldestSeconds,
    IReadOnlyList<StateCount> States,
    IReadOnlyList<Hour> LastDay,
    IReadOnlyList<SubscriptionView>? Subscriptions = null
)
{
    public DeploymentView? Deployment { get; init; }

    /// <summary>Who asks, where a sign-in says it.</summary>
    public string? Operator { get; init; }

    public string? PausedBy { get; init; }

    public DateTimeOffset? PausedAt { get; init; }

    public bool CanSubscribe { get; init; }
}

/// <summary>Which deployment this is.</summary>
internal sealed record DeploymentView(
    string? Environment,
    string Client,
    string System,
    string? TraceLink,
    int ReplayPerMinute
);

/// <param name="State">The state's name.</param>
/// <param name="Count">How many events are in it; stops at 10,000.</param>
/// <param name="OldestSeconds">How long ago the one that came first came.</param>
/// <param name="LastDayOnly">Whether only the last 24 hours are counted.</param>
/// <param name="Reasons">For what reasons they stand there, the most frequent first.</param>
internal sealed record StateCount(
    string State,
    int Count,
    double? OldestSeconds,
    bool LastDayOnly,
    IReadOnlyList<ReasonCount>? Reasons = null
);

/// <param name="Reason">The reason, without what differs from one event to the next.</param>
/// <param name="Count">How many events stand for it.</param>
/// <param name="Sendable">How many of them can be sent on their way again.</param>
internal sealed record ReasonCount(string Reason, int Count, int Sendable);

/// <summary>
/// A topic's subscription: <c>subscribed</c>, <c>denied</c> or the like, and when that was; no time before the first
/// attempt.
/// </summary>
internal sealed record SubscriptionView(string Topic, string Status, DateTimeOffset? At, string? Reason);

internal sealed record Hour(DateTimeOffset From, int Received, int Delivered);

/// <param name="Text">A registration number, tracking id, record id, event key, or packet's registration id.</param>
/// <param name="RegistrationNumber">The same, as it was called before.</param>
internal sealed record SearchRequest(string? Text, string? RegistrationNumber);

internal sealed record Replayed(int Count);

/// <summary>An event as the operator sees it. Nothing of the person: the ledger has no such thing.</summary>
internal sealed record EventView(
    string Key,
    string Topic,
    string? RegistrationNumber,
    string? CompositionId,
    string? TrackingId,
    string State,
    DateTimeOffset Since,
    DateTimeOffset ReceivedAt,
    int Attempt,
    DateTimeOffset? NextAt,
    string? Reason,
    DateTimeOffset? SentAt,
    DateTimeOffset? SavedAt,
    string? Link,
    string? LinkedBrn,
    bool PayloadKept,
    string? Aid = null,
    DateTimeOffset? TokenAt = null,
    DateTimeOffset? TokenSavedAt = null,
    string? Confirmation = null,
    IReadOnlyList<EventChange>? History = null,
    string? Origin = null,
    DateTimeOffset? RecoveredAt = null,
    DateTimeOffset? RegisteredAt = null,
    DateTimeOffset? LateAt = null,
    string? Signature = null,
    bool? Revoked = null
)
{
    /// <summary>How and by whom it was closed; null while nobody has.</summary>
    public string? ClosedAs { get; init; }

    public string? ClosedBy { get; init; }

    /// <summary>Whether an operator can send it on its way again.</summary>
    public bool CanReplay { get; init; }

    /// <summary>Whether an operator can discard it.</summary>
    public bool CanDiscard { get; init; }

    /// <summary>Whether an operator can acknowledge it.</summary>
    public bool CanAcknowledge { get; init; }

    /// <summary>The trace that it came with: telemetry has its deliveries under the same.</summary>
    public string? TraceId { get; init; }

    public static EventView Of(EventRow row, EventOrders orders) =>
        new(
            row.Key,
            row.Topic,
            row.RegistrationNumber,
            row.CompositionId,
            row.TrackingId,
            row.State,
            row.StateAt,
            row.ReceivedAt,
            row.Attempt,
            row.NextAt,
            row.Reason,
            row.DoneAt(EventSteps.Sent),
            row.DoneAt(EventSteps.Saved),
            row.Link,
            row.LinkedBrn,
            row.Blob is not null
        )
        {
            Origin = row.Origin,
            RecoveredAt = row.RecoveredAt,
            RegisteredAt = row.RegisteredAt,
            LateAt = row.LateAt,
            Signature = row.IsFetched ? EventOrigins.Unsigned : null,
            ClosedAs = row.ClosedAs,
            ClosedBy = row.ClosedBy,
            CanReplay = orders.ReplayRefusal(row) is null,
            CanDiscard = EventOrders.CloseRefusal(row, EventClosings.Discarded) is null,
            CanAcknowledge = EventOrders.CloseRefusal(row, EventClosings.Acknowledged) is null,
            TraceId = ActivityContext.TryParse(row.TraceParent, null, out var trace) ? $"{trace.TraceId}" : null,
        };

    /// <param name="row">The event.</param>
    /// <param name="orders">Says what can be done with it.</param>
    /// <param name="registration">Its registration, where it has one.</param>
    /// <param name="confirmation">How far its acceptance by OpenCRVS is; null where it needs none.</param>
    public static EventView Of(EventRow row, EventOrders orders, RegistrationRow? registration, string? confirmation) =>
        Of(row, orders) with
        {
            Aid = registration?.Aid,
            TokenAt = registration?.TokenAt,
            TokenSavedAt = registration?.TokenSavedAt,
            Confirmation = confirmation,
            Revoked = registration?.StandingAt is null ? null : registration.Revoked,
            History = row.Changes,
        };
}

/// <summary>All that is known of a registration and of what is linked to it.</summary>
/// <param name="Registrations">The birth, the death, each with its number.</param>
/// <param name="Events">Their events with their histories, as they came.</param>
internal sealed record LifeView(IReadOnlyList<RegistrationView> Registrations, IReadOnlyList<EventView> Events);

/// <summary>A registration as the operator sees it.</summary>
internal sealed record RegistrationView(
    string Kind,
    string Number,
    string? Aid,
    DateTimeOffset? AidAt,
    DateTimeOffset? TokenAt,
    DateTimeOffset? TokenSavedAt,
    DateTimeOffset? DeceasedAt
)
{
    public static RegistrationView Of(RegistrationRow row) =>
        new(row.Kind, row.Number, row.Aid, row.AidAt, row.TokenAt, row.TokenSavedAt, row.DeceasedAt);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(Summary))]
[JsonSerializable(typeof(List<EventView>))]
[JsonSerializable(typeof(EventView))]
[JsonSerializable(typeof(SearchRequest))]
[JsonSerializable(typeof(Replayed))]
[JsonSerializable(typeof(LifeView))]
internal sealed partial class OperationsJson : JsonSerializerContext;
