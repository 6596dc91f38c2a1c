using System.Text.Json;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>What the token that was just read is to who follows the bytes.</summary>
internal enum ScanMark : byte
{
    None,

    /// <summary>It opens what may be the bundle.</summary>
    BundleStarts,

    /// <summary>It closes that.</summary>
    BundleEnds,

    /// <summary>It opens a resource.</summary>
    ResourceStarts,

    /// <summary>It closes that.</summary>
    ResourceEnds,
}

/// <summary>Where the parts leave the mark of the token that they just took.</summary>
internal sealed class ScanMarks
{
    public ScanMark Last { get; set; }
}

/// <summary>
/// Follows an event's JSON token by token and keeps what identifies the record, its subject and the places in the body
/// that matter. Whatever isn't on the way to these is passed over. A property that comes again replaces what it said
/// before, as JavaScript reads it.
/// </summary>
internal sealed class EventWalker
{
    private readonly ScanMarks marks = new();
    private readonly BundleFacts facts = new();
    private readonly ResourcePart resource;
    private readonly BundlePart bundle;
    private readonly HubPart hub = new();
    private readonly BodyPart body;
    private readonly JsonWalk walk;

    private readonly EventKinds kinds;

    public EventWalker(EventKinds kinds)
    {
        this.kinds = kinds;
        resource = new(marks);
        bundle = new(facts, new EntriesPart(facts, new EntryPart(facts, resource)), marks);
        body = new(new EventPart(hub, new ContextsPart(facts, bundle)));
        walk = new(body);
    }

    /// <summary>Why going on is useless; null while it is not.</summary>
    public string? Failure => walk.TooDeep ? FlagReasons.TooDeep : null;

    /// <summary>The topic, as far as it was read.</summary>
    public string? Topic => hub.Topic;

    /// <summary>Whether there was a bundle.</summary>
    public bool BundleFound => bundle.Found;

    /// <summary>What the token that was just read is to who follows the bytes.</summary>
    public ScanMark Mark => marks.Last;

    /// <summary>Whether the bytes kept for the resource that just ended are worth a copy.</summary>
    public bool IsPatient => resource.IsPatient;

    /// <summary>Gives the kept bytes of the Patient that just ended.</summary>
    public void KeepJson(ReadOnlyMemory<byte> bytes) => resource.KeepJson(bytes);

    /// <summary>Takes the next token.</summary>
    /// <param name="reader">Stands on it.</param>
    /// <param name="at">Where it starts in the original body.</param>
    /// <param name="end">Where it ends there.</param>
    public void Take(ref Utf8JsonReader reader, long at, long end)
    {
        marks.Last = ScanMark.None;
        walk.Take(ref reader, at, end);
    }

    /// <summary>What was found, once all was taken without a failure.</summary>
    public EventScan Conclude()
    {
        if (Topic is not { } topic)
        {
            return Flagged(FlagReasons.NoTopic);
        }

        if (kinds.Find(topic) is not { IsRegistration: true, Registration: var kind })
        {
            return Flagged(OpenCrvsCodes.IsTopic(topic) ? FlagReasons.TopicNotDelivered : FlagReasons.UnknownTopic);
        }

        if (!bundle.Found)
        {
            return Flagged(FlagReasons.NoBundle);
        }

        var subject = facts.Subject(kind);
        var number = facts.RegistrationNumber(kind, subject);
        var reason =
            facts.TooManyPeople ? FlagReasons.TooManyPeople
            : number is null && facts.CompositionId is null ? FlagReasons.NoNumber
            : subject is null ? FlagReasons.NoSubject
            : subject.Identifiers is null ? FlagReasons.IdentifiersNotAnArray
            : null;
        var outline = new EventOutline(topic, facts.CompositionId, number, facts.TrackingId(kind), reason);
        if (reason is not null)
        {
            return new EventScan(outline, null) { SentAt = body.Timestamp };
        }

        var scan = new EventScan(outline, subject!.Identifiers)
        {
            SentAt = body.Timestamp,
            SubjectAid = subject.Aid,
            SubjectNumber = subject.Number(kind),
            SubjectPatientId = subject.Id,
            SubjectJson = subject.Json,
            Entries = facts.Places(kind, subject),
        };
        // Intake keeps nothing of people.
        return subject.Json.IsEmpty
            ? scan
            : scan with
            {
                OthersJson = facts.Others(subject),
                PlaceNames = facts.PlaceNames,
            };

        EventScan Flagged(string reason) => new(new(Topic, null, null, null, reason), null) { SentAt = body.Timestamp };
    }
}
