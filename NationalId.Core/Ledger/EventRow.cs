using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;

namespace NationalId.Core.Ledger;

/// <summary>Where an event stands.</summary>
public enum EventState
{
    /// <summary>Stored and enqueued; no delivery was tried yet.</summary>
    Received,

    /// <summary>
    /// Kept, but not delivered: it can't be understood, or it contradicts what is known. An operator decides.
    /// </summary>
    Flagged,

    /// <summary>
    /// A delivery failed for now, or delivery is paused; it is tried again at <see cref="EventRow.NextAt"/>.
    /// </summary>
    Waiting,

    /// <summary>Done.</summary>
    Delivered,

    /// <summary>It can never succeed as it is; the reason is in the row and the message in the poison queue.</summary>
    Poisoned,
}

/// <summary>One change in an event's life.</summary>
/// <param name="At">When.</param>
/// <param name="State">The state it went to or stayed in.</param>
/// <param name="Note">What happened, without personal data.</param>
public sealed record EventStep(DateTimeOffset At, EventState State, string? Note);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(List<EventStep>))]
internal sealed partial class EventStepJson : JsonSerializerContext;

/// <summary>
/// The ledger's row of one event (docs/architecture.md, "Rules that keep events"): every state with its time, no names,
/// no national ids.
/// </summary>
public sealed class EventRow : ITableEntity
{
    private const int HistoryLimit = 60;

    /// <inheritdoc/>
    public string PartitionKey { get; set; } = "";

    /// <inheritdoc/>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>The event's key, 64 hex digits.</summary>
    public string Key { get; set; } = "";

    /// <summary>The hub topic; empty when the event has none.</summary>
    public string Topic { get; set; } = "";

    /// <summary>The record's composition id.</summary>
    public string? CompositionId { get; set; }

    /// <summary>The BRN or DRN.</summary>
    public string? RegistrationNumber { get; set; }

    /// <summary>The tracking id.</summary>
    public string? TrackingId { get; set; }

    /// <summary>The payload's blob; null once it is removed.</summary>
    public string? Blob { get; set; }

    /// <summary>The state's name (<see cref="EventState"/>).</summary>
    public string State { get; set; } = nameof(EventState.Received);

    /// <summary>Since when.</summary>
    public DateTimeOffset StateAt { get; set; }

    /// <summary>When intake took the event.</summary>
    public DateTimeOffset ReceivedAt { get; set; }

    /// <summary>How many deliveries were tried.</summary>
    public int Attempt { get; set; }

    /// <summary>When the next delivery is due.</summary>
    public DateTimeOffset? NextAt { get; set; }

    /// <summary>Why the event is flagged, waiting or poisoned.</summary>
    public string? Reason { get; set; }

    /// <summary>Until when one worker has this event for itself.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>When the National ID system took the event.</summary>
    public DateTimeOffset? SentAt { get; set; }

    /// <summary>When the AID, token or number was saved on the OpenCRVS record.</summary>
    public DateTimeOffset? SavedAt { get; set; }

    /// <summary>A death's link to its birth: <c>linked</c>, or <c>unlinked: reason</c>.</summary>
    public string? Link { get; set; }

    /// <summary>The birth that a death is linked to.</summary>
    public string? LinkedBrn { get; set; }

    /// <summary>Since when a death that IDA does not answer for waits for that.</summary>
    public DateTimeOffset? LinkWaitsSince { get; set; }

    /// <summary>When the birth's record was told of the death.</summary>
    public DateTimeOffset? BirthToldAt { get; set; }

    /// <summary>The W3C trace of the webhook.</summary>
    public string? TraceParent { get; set; }

    /// <summary>The last changes, JSON.</summary>
    public string History { get; set; } = "[]";

    internal EventState Current => Enum.Parse<EventState>(State);

    internal bool IsFinal =>
        State is nameof(EventState.Delivered) or nameof(EventState.Poisoned) or nameof(EventState.Flagged);

    /// <summary>
    /// Whether what OpenCRVS sends again takes its place: it can't be delivered as it is, or the National ID system has
    /// not taken it yet.
    /// </summary>
    internal bool IsReplaceable =>
        Current is EventState.Flagged or EventState.Poisoned || (Current == EventState.Waiting && SentAt is null);

    internal List<EventStep> Steps => JsonSerializer.Deserialize(History, EventStepJson.Default.ListEventStep) ?? [];

    internal EventMessage ToMessage() => new(Key, Topic, Blob ?? "", Attempt, ReceivedAt, TraceParent);

    internal static EventRow From(PayloadInfo info, string blob) =>
        new()
        {
            PartitionKey = EventLedger.PartitionOf(info.Key),
            RowKey = EventLedger.RowKeyOf(info.Key),
            Key = info.Key,
            Topic = info.Topic,
            CompositionId = info.CompositionId,
            RegistrationNumber = info.RegistrationNumber,
            TrackingId = info.TrackingId,
            Blob = blob,
            ReceivedAt = info.ReceivedAt,
            StateAt = info.ReceivedAt,
            State = info.FlagReason is null ? nameof(EventState.Received) : nameof(EventState.Flagged),
            Reason = info.FlagReason,
            TraceParent = info.TraceParent,
            History = JsonSerializer.Serialize(
                [
                    new EventStep(
                        info.ReceivedAt,
                        info.FlagReason is null ? EventState.Received : EventState.Flagged,
                        info.FlagReason
                    ),
                ],
                EventStepJson.Default.ListEventStep
            ),
        };

    internal void Note(DateTimeOffset at, EventState state, string? note)
    {
        var steps = Steps;
        if (steps.Count >= HistoryLimit)
        {
            // The beginning tells where it came from, the end where it stands: the middle of a long outage can go.
            steps.RemoveAt(HistoryLimit / 2);
        }

        steps.Add(new EventStep(at, state, note));
        History = JsonSerializer.Serialize(steps, EventStepJson.Default.ListEventStep);
    }
}
