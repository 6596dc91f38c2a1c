namespace NationalId.Core.Registry;

/// <summary>Which way an event travels.</summary>
public enum EventDirection
{
    /// <summary>From OpenCRVS to the National ID system.</summary>
    Forward,

    /// <summary>From the National ID system back to the OpenCRVS record.</summary>
    Return,
}

/// <summary>What makes two messages of one kind the same event.</summary>
public enum KeyRule
{
    /// <summary>
    /// The record: its id and its registration number. It comes once; what comes again is the same event.
    /// </summary>
    Record,

    /// <summary>
    /// The record and what the bundle says: a record may have several, each of them an event of its own.
    /// </summary>
    RecordAndContent,

    /// <summary>The registration number and the number that came back for it.</summary>
    ReturnedNumber,

    /// <summary>
    /// The id that the sender gave the message, whatever the message says: kinds of this rule share their ids.
    /// </summary>
    SenderId,
}

/// <summary>What an event does to a registration.</summary>
public enum RegistrationChange
{
    /// <summary>It is made.</summary>
    Registered,

    /// <summary>What it says is corrected.</summary>
    Corrected,

    /// <summary>It was wrong, and no longer counts.</summary>
    Revoked,

    /// <summary>It counts again.</summary>
    Reinstated,
}

/// <summary>Which message may take the place of an event's message that is kept.</summary>
public enum Replacement
{
    /// <summary>None: the first one counts.</summary>
    Never,

    /// <summary>A newer one of the same event, until the National ID system has taken the event.</summary>
    UntilTaken,
}

/// <summary>One kind of event: all that the client knows of it, so that a new kind is a new line.</summary>
/// <param name="Name">The hub topic or action, e.g. <c>BIRTH_REGISTERED</c>.</param>
/// <param name="Queue">The queue that its messages go through.</param>
/// <param name="Registration">What it tells of.</param>
/// <param name="Direction">Which way it travels.</param>
/// <param name="Key">How its key is made.</param>
/// <param name="ReplacedBy">Which message may take its message's place.</param>
/// <param name="MetricLabel">Its name in metrics; as a rule the name itself.</param>
public sealed record EventKind(
    string Name,
    string Queue,
    RegistrationKind Registration,
    EventDirection Direction,
    KeyRule Key,
    Replacement ReplacedBy,
    string MetricLabel
)
{
    /// <summary>What it does to the registration.</summary>
    public RegistrationChange Change { get; init; }

    /// <summary>Whether it tells of a registration itself, not of what became of one.</summary>
    public bool IsRegistration => Direction == EventDirection.Forward && Change == RegistrationChange.Registered;

    /// <summary>Whether it says that a registration counts no more, or counts again.</summary>
    public bool IsRevocation => Change is RegistrationChange.Revoked or RegistrationChange.Reinstated;

    /// <summary>The key of one event of this kind: 64 lower-case hex digits.</summary>
    /// <param name="recordId">The record's id; for a number that came back, why it contradicts what is known, if so;
    /// with <see cref="KeyRule.SenderId"/> that id.</param>
    /// <param name="registrationNumber">The BRN or DRN.</param>
    /// <param name="content">The bundle's hash, or the keyed hash of the number that came back.</param>
    /// <param name="action">The record's action, where a record has several of one kind.</param>
    /// <exception cref="ArgumentNullException">The kind's key needs the content, and there is none.</exception>
    public string KeyOf(string? recordId, string? registrationNumber, string? content, string? action = null) =>
        Key switch
        {
            KeyRule.Record when action is not null => EventKey.Compute(Name, recordId, registrationNumber, action),
            KeyRule.Record => EventKey.Compute(Name, recordId, registrationNumber),
            KeyRule.RecordAndContent => EventKey.Compute(Name, recordId, registrationNumber, Needed(content)),
            KeyRule.ReturnedNumber => EventKey.Compute(Name, recordId, registrationNumber + "\n" + Needed(content)),
            KeyRule.SenderId => EventKey.Compute("by id", Needed(recordId)),
            _ => throw new InvalidOperationException($"{Key} is no rule for a key."),
        };

    private static string Needed(string? content) => content ?? throw new ArgumentNullException(nameof(content));
}

/// <summary>
/// The one table of event kinds. Nothing else decides where an event goes: a kind that is not here is kept and flagged.
/// </summary>
/// <param name="kinds">The lines of the table.</param>
public sealed class EventKinds(IEnumerable<EventKind> kinds)
{
    /// <summary>The queue of births on their way to the National ID system.</summary>
    public const string BirthQueue = "birth-events";

    /// <summary>The queue of deaths on their way to the National ID system.</summary>
    public const string DeathQueue = "death-events";

    /// <summary>The queue of UIN tokens and national ids on their way back to OpenCRVS.</summary>
    public const string ReturnQueue = "return-events";

    /// <summary>A birth was registered.</summary>
    public const string Birth = "BIRTH_REGISTERED";

    /// <summary>A death was registered.</summary>
    public const string Death = "DEATH_REGISTERED";

    /// <summary>A registered birth was corrected.</summary>
    public const string BirthCorrected = "BIRTH_CORRECTED";

    /// <summary>A registered death was corrected.</summary>
    public const string DeathCorrected = "DEATH_CORRECTED";

    /// <summary>A registered birth was corrected after the person had got a number, by mosip-api's route.</summary>
    public const string Update = "BIOGRAPHICS_UPDATED";

    /// <summary>A birth's registration was wrong.</summary>
    public const string BirthRevoked = "BIRTH_REVOKED";

    /// <summary>A birth's registration counts again.</summary>
    public const string BirthReinstated = "BIRTH_REINSTATED";

    /// <summary>A death's registration was wrong.</summary>
    public const string DeathRevoked = "DEATH_REVOKED";

    /// <summary>A death's registration counts again.</summary>
    public const string DeathReinstated = "DEATH_REINSTATED";

    /// <summary>MOSIP sent a UIN token.</summary>
    public const string UinToken = "UIN_TOKEN";

    /// <summary>The National ID system sent a national id.</summary>
    public const string NationalId = "NATIONAL_ID";

    /// <summary>MOSIP issued a credential that has the number in it.</summary>
    public const string Credential = "CREDENTIAL";

    private const string OtherLabel = "other";

    private readonly Dictionary<string, EventKind> byName = kinds.ToDictionary(
        kind => kind.Name,
        StringComparer.Ordinal
    );

    /// <summary>The kinds that the client carries.</summary>
    public static IReadOnlyList<EventKind> Standard { get; } =
    [
        Forwarded(Birth, BirthQueue, RegistrationKind.Birth),
        Forwarded(Death, DeathQueue, RegistrationKind.Death),
        Correction(BirthCorrected, BirthQueue, RegistrationKind.Birth),
        Correction(DeathCorrected, DeathQueue, RegistrationKind.Death),
        Correction(Update, BirthQueue, RegistrationKind.Birth),
        Revocation(BirthRevoked, RegistrationKind.Birth, RegistrationChange.Revoked),
        Revocation(BirthReinstated, RegistrationKind.Birth, RegistrationChange.Reinstated),
        Revocation(DeathRevoked, RegistrationKind.Death, RegistrationChange.Revoked),
        Revocation(DeathReinstated, RegistrationKind.Death, RegistrationChange.Reinstated),
        Returned(UinToken),
        Returned(NationalId),
        Returned(Credential, KeyRule.Record),
    ];

    /// <summary>The table of the kinds that the client carries.</summary>
    public static EventKinds Carried { get; } = new(Standard);

    /// <summary>Whether the key of any kind needs a bundle's content.</summary>
    public bool HashesContent => byName.Values.Any(kind => kind.Key == KeyRule.RecordAndContent);

    /// <summary>All queues of the table, each once.</summary>
    public IReadOnlyList<string> Queues =>
        [.. byName.Values.Select(kind => kind.Queue).Distinct(StringComparer.Ordinal)];

    /// <summary>A kind that travels from OpenCRVS to the National ID system.</summary>
    /// <param name="name">The hub topic or action.</param>
    /// <param name="queue">The queue that it goes through.</param>
    /// <param name="registration">What it tells of.</param>
    /// <param name="key">How its key is made.</param>
    public static EventKind Forwarded(
        string name,
        string queue,
        RegistrationKind registration,
        KeyRule key = KeyRule.Record
    ) => new(name, queue, registration, EventDirection.Forward, key, Replacement.UntilTaken, name);

    /// <summary>The kind of a name; null when the table has none.</summary>
    /// <param name="name">The hub topic or action.</param>
    public EventKind? Find(string? name) => name is null ? null : byName.GetValueOrDefault(name);

    /// <summary>The kind of a name that the table is known to have.</summary>
    /// <param name="name">The hub topic or action.</param>
    /// <exception cref="InvalidOperationException">The table has no such kind.</exception>
    public EventKind Get(string name) =>
        Find(name) ?? throw new InvalidOperationException("The table of event kinds has no such kind.");

    /// <summary>
    /// What metrics call a topic. One that is not in the table is <c>other</c>: a sender may write anything.
    /// </summary>
    /// <param name="name">The hub topic or action.</param>
    public string LabelOf(string? name) => Find(name)?.MetricLabel ?? OtherLabel;

    /// <summary>The kind that tells of a change of a registration.</summary>
    /// <param name="registration">Birth or death.</param>
    /// <param name="change">What is done to it.</param>
    /// <exception cref="InvalidOperationException">The table has no such kind.</exception>
    public EventKind Of(RegistrationKind registration, RegistrationChange change) =>
        byName.Values.First(kind =>
            kind.Direction == EventDirection.Forward && kind.Registration == registration && kind.Change == change
        );

    private static EventKind Correction(string name, string queue, RegistrationKind registration) =>
        Forwarded(name, queue, registration) with
        {
            Change = RegistrationChange.Corrected,
        };

    private static EventKind Revocation(string name, RegistrationKind registration, RegistrationChange change) =>
        Forwarded(
            name,
            registration == RegistrationKind.Birth ? BirthQueue : DeathQueue,
            registration,
            KeyRule.SenderId
        ) with
        {
            Change = change,
            // A message that comes again under its id is the same, whatever it says.
            ReplacedBy = Replacement.Never,
        };

    private static EventKind Returned(string name, KeyRule key = KeyRule.ReturnedNumber) =>
        new(name, ReturnQueue, RegistrationKind.Birth, EventDirection.Return, key, Replacement.Never, name);
}
