using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

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

    /// <summary>Done. With a reason it was kept and not sent: nothing is left to do for it.</summary>
    Delivered,

    /// <summary>It can never succeed as it is; the reason is in the row and the message in the poison queue.</summary>
    Poisoned,

    /// <summary>
    /// An operator closed it, with a reason: nobody waits for it any more. It is not sent, unless an operator sends it
    /// on its way again.
    /// </summary>
    Closed,
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

    /// <summary>
    /// How the names of steps begin that say: the National ID system took it, and ended it without doing its work.
    /// </summary>
    public const string Refused = "refused";
}

/// <summary>How an operator closes an event.</summary>
public static class EventClosings
{
    /// <summary>Somebody knows of it and has done what there was to do. What comes again may take its place.</summary>
    public const string Acknowledged = "acknowledged";

    /// <summary>It is not to be sent. What comes again changes nothing.</summary>
    public const string Discarded = "discarded";
}

/// <summary>The ledger's row of one event: every state with its time, no names, no national ids.</summary>
public sealed class EventRow : ILeasedRow
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

    /// <summary>Why the client fetched the event itself (<see cref="EventOrigins"/>); null when it was sent.</summary>
    public string? Origin { get; set; }

    /// <summary>When the client fetched the event itself; null when it was sent.</summary>
    public DateTimeOffset? RecoveredAt { get; set; }

    /// <summary>When OpenCRVS registered what was fetched.</summary>
    public DateTimeOffset? RegisteredAt { get; set; }

    /// <summary>When OpenCRVS's own message came after the event had been fetched.</summary>
    public DateTimeOffset? LateAt { get; set; }

    /// <summary>The blob of that message. It delivers nothing.</summary>
    public string? LateBlob { get; set; }

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

    /// <summary>Why the event is flagged, waiting or poisoned, or was kept and not sent.</summary>
    public string? Reason { get; set; }

    /// <summary>How an operator closed it (<see cref="EventClosings"/>); null while nobody has.</summary>
    public string? ClosedAs { get; set; }

    /// <summary>The state that it was closed in.</summary>
    public string? ClosedIn { get; set; }

    /// <summary>The operator who closed it, where that is known.</summary>
    public string? ClosedBy { get; set; }

    /// <inheritdoc/>
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

    /// <summary>Whether the payload was fetched, so that nobody signed it.</summary>
    internal bool IsFetched => EventOrigins.IsFetched(Origin);

    /// <summary>Whether the National ID system ended it after it had taken it.</summary>
    internal bool IsRefused => Steps.Keys.Any(step => step.StartsWith(EventSteps.Refused, StringComparison.Ordinal));

    /// <summary>Whether no delivery is left to do.</summary>
    internal bool IsFinal =>
        Current is EventState.Delivered or EventState.Poisoned or EventState.Flagged or EventState.Closed;

    /// <summary>
    /// Whether what comes again may take its payload's place: it can't be delivered as it is, or the National ID system
    /// has not taken it yet. One that was discarded stays away, whatever comes again.
    /// </summary>
    internal bool IsReplaceable =>
        Stands == EventState.Poisoned
        || (Stands is EventState.Flagged or EventState.Waiting && !IsDone(EventSteps.Sent));

    /// <summary>The state; of what was only acknowledged, the one that it was acknowledged in.</summary>
    private EventState Stands =>
        Current == EventState.Closed && ClosedAs == EventClosings.Acknowledged && ClosedIn is { } state
            ? Enum.Parse<EventState>(state)
            : Current;

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

    /// <summary>What its registration is known by: the number, or the record where it has none.</summary>
    internal string? KnownBy => RegistrationNumber ?? CompositionId;

    /// <summary>What it tells of.</summary>
    internal RegistrationKind Registration => EventKinds.Carried.Get(Topic).Registration;

    /// <summary>
    /// The row of its registration, as this delivery has noted that record and number belong together; null when an
    /// earlier one has. It is not stored.
    /// </summary>
    internal RegistrationRow? Claimed { get; set; }

    /// <summary>
    /// What it is found by from its next move on, beside what it came with: the ids of the National ID system under
    /// which it is sent, the number of a change that named the record alone. They are not stored here.
    /// </summary>
    internal HashSet<string> FoundBy { get; } = [];

    /// <summary>
    /// Whether this worker was the first to note the event's record: nothing is known by its id. It is not stored.
    /// </summary>
    internal bool IsFirstOfRecord { get; set; }

    /// <summary>
    /// Whether this delivery found that it contradicts what is known. Its index row has it; it is not stored here.
    /// </summary>
    internal bool IsContradiction { get; set; }

    /// <summary>What it does to the registration.</summary>
    internal RegistrationChange Change => EventKinds.Carried.Get(Topic).Change;

    /// <summary>The message that drives the event on.</summary>
    internal EventMessage ToMessage() => new(Key, Topic, Blob ?? "", Attempt, ReceivedAt, TraceParent);

    /// <summary>The row of an event that was stored a moment ago.</summary>
    internal static EventRow From(PayloadInfo info, string blob)
    {
        var state =
            info.FlagReason is not null ? EventState.Flagged
            : info.KeptReason is not null ? EventState.Delivered
            : EventState.Received;
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
            Origin = info.Origin,
            RegisteredAt = info.RegisteredAt,
            RecoveredAt = EventOrigins.IsFetched(info.Origin) ? info.ReceivedAt : null,
            ReceivedAt = info.ReceivedAt,
            StateAt = info.ReceivedAt,
            State = state.ToString(),
            Reason = info.FlagReason ?? info.KeptReason,
            TraceParent = info.TraceParent,
        };
        row.Note(
            info.ReceivedAt,
            state,
            row.IsFetched ? $"{row.Origin}: {row.Reason ?? "fetched"}"
                : info.By is { } who ? $"by {who}"
                : row.Reason
        );
        return row;
    }

    private void Save(SortedDictionary<string, DateTimeOffset> steps) =>
        StepsDone = JsonSerializer.Serialize(steps, EventRowJson.Default.SortedDictionaryStringDateTimeOffset);
}
