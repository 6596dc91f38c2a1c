using System.Text.Json;
using System.Text.Json.Serialization;
using NationalId.Core.Ledger;

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
);

/// <param name="State">The state's name.</param>
/// <param name="Count">How many events are in it; stops at 10,000.</param>
/// <param name="OldestSeconds">How long the oldest has been in it.</param>
/// <param name="LastDayOnly">Whether only the last 24 hours are counted.</param>
internal sealed record StateCount(string State, int Count, double? OldestSeconds, bool LastDayOnly);

/// <summary>
/// A topic's subscription with OpenCRVS: <c>subscribed</c>, <c>denied</c> or <c>unknown</c>, and when that was.
/// </summary>
internal sealed record SubscriptionView(string Topic, string Status, DateTimeOffset At, string? Reason);

internal sealed record Hour(DateTimeOffset From, int Received, int Delivered);

internal sealed record SearchRequest(string? RegistrationNumber);

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
    IReadOnlyList<EventChange>? History = null
)
{
    public static EventView Of(EventRow row) =>
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
        );

    public static EventView Of(EventRow row, RegistrationRow? registration) =>
        Of(row) with
        {
            Aid = registration?.Aid,
            TokenAt = registration?.TokenAt,
            TokenSavedAt = registration?.TokenSavedAt,
            History = row.Changes,
        };
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
internal sealed partial class OperationsJson : JsonSerializerContext;
