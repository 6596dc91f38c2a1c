using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Platform.Http;

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
public sealed record EventChange(DateTimeOffset At, EventState State, string? Note);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(List<EventChange>))]
[JsonSerializable(typeof(SortedDictionary<string, DateTimeOffset>))]
internal sealed partial class EventRowJson : JsonSerializerContext;

/// <summary>
/// The steps of a delivery that every destination may have. A destination adds steps of its own by name.
/// </summary>
public static class EventSteps
{
    /// <summary>The record and its registration number belong together.</summary>
    public const string Claimed = "claimed";

    /// <summary>The National ID system took the event.</summary>
    public const string Sent = "sent";

    /// <summary>The AID, token or number was saved on the OpenCRVS record.</summary>
    public const string Saved = "saved";

    /// <summary>The birth's record was told of the death that is linked to it.</summary>
    public const string BirthTold = "birth-told";
}

/// <summary>The ledger's row of one event: every state with its time, no names, no national ids.</summary>
public sealed class EventRow : ITableEntity
{
    private const int HistoryLimit = 60;

    // A destination's calls run at the same time and note what they did.
    private readonly Lock gate = new();

    // A column holds 32,768 characters.
    private const int LongestHistory = 30_000;

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

    /// <summary>The hub topic or action; empty when the event has none.</summary>
    public string Topic { get; set; } = "";

    /// <summary>The way in that the event took: it says who can read the payload.</summary>
    public string Source { get; set; } = "";

    /// <summary>The record's id: in a webhook the composition's.</summary>
    public string? CompositionId { get; set; }

    /// <summary>The BRN or DRN.</summary>
    public string? RegistrationNumber { get; set; }

    /// <summary>The tracking id.</summary>
    public string? TrackingId { get; set; }

    /// <summary>The payload's blob; null once it is removed.</summary>
    public string? Blob { get; set; }

    /// <summary>When the sender signed the payload, by the payload itself; null when it does not say.</summary>
    public DateTimeOffset? SignedAt { get; set; }

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

    /// <summary>The steps of its delivery that are done, JSON: name and time.</summary>
    public string StepsDone { get; set; } = "{}";

    /// <summary>A death's link to its birth: <c>linked</c>, or <c>unlinked: reason</c>.</summary>
    public string? Link { get; set; }

    /// <summary>The birth that a death is linked to.</summary>
    public string? LinkedBrn { get; set; }

    /// <summary>The W3C trace of the message that brought the event.</summary>
    public string? TraceParent { get; set; }

    /// <summary>The last changes, JSON.</summary>
    public string History { get; set; } = "[]";

    /// <summary>The state.</summary>
    internal EventState Current => Enum.Parse<EventState>(State);

    /// <summary>Whether no delivery is left to do.</summary>
    internal bool IsFinal =>
        State is nameof(EventState.Delivered) or nameof(EventState.Poisoned) or nameof(EventState.Flagged);

    /// <summary>
    /// Whether what comes again may take its payload's place: it can't be delivered as it is, or the National ID system
    /// has not taken it yet.
    /// </summary>
    internal bool IsReplaceable =>
        Current is EventState.Flagged or EventState.Poisoned
        || (Current == EventState.Waiting && !IsDone(EventSteps.Sent));

    /// <summary>The last changes, oldest first.</summary>
    internal List<EventChange> Changes =>
        JsonSerializer.Deserialize(History, EventRowJson.Default.ListEventChange) ?? [];

    /// <summary>The steps of its delivery that are done, with their times.</summary>
    internal SortedDictionary<string, DateTimeOffset> Steps =>
        JsonSerializer.Deserialize(StepsDone, EventRowJson.Default.SortedDictionaryStringDateTimeOffset) ?? [];

    /// <summary>Whether a step of its delivery is done.</summary>
    /// <param name="step">The step's name.</param>
    public bool IsDone(string step) => DoneAt(step) is not null;

    /// <summary>When a step of its delivery was done; null when it was not.</summary>
    /// <param name="step">The step's name.</param>
    public DateTimeOffset? DoneAt(string step) => Steps.TryGetValue(step, out var at) ? at : null;

    /// <summary>Notes that a step of its delivery is done. The caller saves the row.</summary>
    /// <param name="step">The step's name.</param>
    /// <param name="at">When.</param>
    public void Done(string step, DateTimeOffset at)
    {
        lock (gate)
        {
            var steps = Steps;
            steps[step] = at;
            Save(steps);
        }
    }

    /// <summary>Takes back that a step is done. The caller saves the row.</summary>
    /// <param name="step">The step's name.</param>
    public void Undo(string step)
    {
        lock (gate)
        {
            var steps = Steps;
            if (steps.Remove(step))
            {
                Save(steps);
            }
        }
    }

    /// <summary>Adds to the history. The caller saves the row.</summary>
    /// <param name="at">When.</param>
    /// <param name="state">The state that the event is in.</param>
    /// <param name="note">What happened, without personal data.</param>
    public void Note(DateTimeOffset at, EventState state, string? note)
    {
        lock (gate)
        {
            var changes = Changes;
            if (changes.Count >= HistoryLimit)
            {
                // The beginning tells where it came from, the end where it stands: the middle of a long outage can go.
                changes.RemoveAt(HistoryLimit / 2);
            }

            // Notes are short. Should one not be, a row that can't be saved would be driven for ever.
            var shortNote = note is null ? null : PartnerText.Cut(note, PartnerText.LongestReason);
            changes.Add(new EventChange(at, state, shortNote));
            History = JsonSerializer.Serialize(changes, EventRowJson.Default.ListEventChange);
            while (History.Length > LongestHistory)
            {
                changes.RemoveAt(changes.Count / 2);
                History = JsonSerializer.Serialize(changes, EventRowJson.Default.ListEventChange);
            }
        }
    }

    /// <summary>The message that drives the event on.</summary>
    internal EventMessage ToMessage() => new(Key, Topic, Blob ?? "", Attempt, ReceivedAt, TraceParent);

    /// <summary>The row of an event that was stored a moment ago.</summary>
    internal static EventRow From(PayloadInfo info, string blob)
    {
        var state = info.FlagReason is null ? EventState.Received : EventState.Flagged;
        var row = new EventRow
        {
            PartitionKey = EventLedger.PartitionOf(info.Key),
            RowKey = EventLedger.RowKeyOf(info.Key),
            Key = info.Key,
            Topic = info.Topic,
            Source = info.Source,
            CompositionId = info.CompositionId,
            RegistrationNumber = info.RegistrationNumber,
            TrackingId = info.TrackingId,
            Blob = blob,
            SignedAt = info.SignedAt,
            ReceivedAt = info.ReceivedAt,
            StateAt = info.ReceivedAt,
            State = state.ToString(),
            Reason = info.FlagReason,
            TraceParent = info.TraceParent,
        };
        row.Note(info.ReceivedAt, state, info.FlagReason);
        return row;
    }

    private void Save(SortedDictionary<string, DateTimeOffset> steps) =>
        StepsDone = JsonSerializer.Serialize(steps, EventRowJson.Default.SortedDictionaryStringDateTimeOffset);
}
