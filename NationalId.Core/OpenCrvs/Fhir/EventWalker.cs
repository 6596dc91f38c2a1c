using System.Text.Json;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// Follows an event's JSON token by token and keeps what identifies the record, its subject and the place of its
/// identifiers. Whatever isn't on the way to these is passed over. A property that comes again replaces what it said
/// before, as JavaScript reads it.
/// </summary>
internal sealed class EventWalker(bool keepSubject)
{
    /// <summary>The deepest nesting that is followed; real events stay below 20.</summary>
    internal const int MaxDepth = 64;

    // The longest id, URL or number that is believed, in bytes; longer ones are as good as absent.
    private const int LongestText = 512;

    // Where in the event a container is.
    private enum Node : byte
    {
        Other,
        Root,
        Event,
        Hub,
        Contexts,
        Bundle,
        Entries,
        Entry,
        Resource,
        Identifiers,
        Identifier,
        IdentifierType,
        IdentifierCodings,
        IdentifierCoding,
        Focus,
        Sections,
        Section,
        SectionCode,
        SectionCodings,
        SectionCoding,
        SectionEntries,
        SectionEntry,
    }

    private enum Name : byte
    {
        None,
        Event,
        Hub,
        Topic,
        Context,
        ResourceType,
        Entry,
        FullUrl,
        Resource,
        Id,
        Identifier,
        System,
        Value,
        Type,
        Coding,
        Code,
        Focus,
        Reference,
        Section,
    }

    private enum ResourceType : byte
    {
        Other,
        Bundle,
        Task,
        Composition,
        Patient,
    }

    private enum NumberKind : byte
    {
        Other,
        Birth,
        Death,
        BirthTracking,
        DeathTracking,
    }

    private enum SectionKind : byte
    {
        Other,
        Child,
        Deceased,
    }

    private readonly Node[] nodes = new Node[MaxDepth + 1];
    private readonly BundleFacts facts = new();
    private Name name;
    private int depth;
    private long resourceAt = -1;

    // The event.
    private string? topic;
    private bool bundleFound;
    private ResourceType contextType;

    // The entry under way.
    private string? fullUrl;
    private ResourceType resourceType;
    private string? id;
    private string? focus;
    private string? child;
    private string? deceased;
    private bool resourceIsEmpty;
    private bool identifiersSeen;
    private SplicePoint? identifiers;
    private BundleFacts.Numbers birth;
    private BundleFacts.Numbers death;
    private ReadOnlyMemory<byte> json;

    // The identifier under way.
    private NumberKind identifierSystem;
    private NumberKind identifierType;
    private NumberKind identifierCode;
    private string? identifierValue;
    private bool identifiersEmpty;

    // The section under way.
    private SectionKind section;
    private SectionKind sectionCode;
    private string? reference;
    private string? entryReference;

    /// <summary>Why going on is useless; null while it is not.</summary>
    public string? Failure { get; private set; }

    /// <summary>
    /// Whether the bytes from the token that was just read on are to be kept until <see cref="ResourceEnds"/>.
    /// </summary>
    public bool ResourceStarts { get; private set; }

    /// <summary>Whether the token that was just read ends the resource whose bytes were kept.</summary>
    public bool ResourceEnds { get; private set; }

    /// <summary>Whether the bytes kept for the resource that just ended are worth a copy.</summary>
    public bool IsPatient => resourceType == ResourceType.Patient;

    /// <summary>Gives the kept bytes of the Patient that just ended.</summary>
    public void KeepJson(ReadOnlyMemory<byte> bytes) => json = bytes;

    /// <summary>Takes the next token.</summary>
    /// <param name="reader">Stands on it.</param>
    /// <param name="at">Where it starts in the original body.</param>
    public void Take(ref Utf8JsonReader reader, long at)
    {
        ResourceStarts = ResourceEnds = false;
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                name = nodes[depth] == Node.Other ? Name.None : NameOf(nodes[depth], ref reader);
                Forget();
                break;
            case JsonTokenType.StartObject:
            case JsonTokenType.StartArray:
                if (depth == MaxDepth)
                {
                    Failure = FlagReasons.TooDeep;
                    break;
                }
                var node = Child(reader.TokenType == JsonTokenType.StartArray);
                identifiersEmpty = identifiersEmpty && nodes[depth] != Node.Identifiers;
                nodes[++depth] = node;
                name = Name.None;
                Start(node, at);
                break;
            case JsonTokenType.EndObject:
            case JsonTokenType.EndArray:
                End(nodes[depth--], at);
                name = Name.None;
                break;
            default:
                Scalar(ref reader, at);
                name = Name.None;
                break;
        }
    }

    /// <summary>What was found, once all was taken without a failure.</summary>
    public EventScan Conclude()
    {
        if (topic is null)
        {
            return Flagged(FlagReasons.NoTopic);
        }

        if (HubTopics.KindOf(topic) is not { } kind)
        {
            return Flagged(
                HubTopics.IsKnownButNotCarried(topic) ? FlagReasons.TopicNotDelivered : FlagReasons.UnknownTopic
            );
        }

        if (!bundleFound)
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
        return new(
            new(topic, facts.CompositionId, number, facts.TrackingId(kind), reason),
            reason is null ? subject!.Identifiers : null
        )
        {
            SubjectPatientId = reason is null ? subject!.Id : null,
            SubjectJson = reason is null ? subject!.Json : default,
        };

        EventScan Flagged(string reason) => new(new(topic, null, null, null, reason), null);
    }

    private Node Child(bool array) =>
        (nodes[depth], name, array) switch
        {
            (Node.Other, _, false) => depth == 0 ? Node.Root : Node.Other,
            (Node.Root, Name.Event, false) => Node.Event,
            (Node.Event, Name.Hub, false) => Node.Hub,
            (Node.Event, Name.Context, true) => Node.Contexts,
            (Node.Contexts, _, false) => bundleFound ? Node.Other : Node.Bundle,
            (Node.Bundle, Name.Entry, true) => Node.Entries,
            (Node.Entries, _, false) => Node.Entry,
            (Node.Entry, Name.Resource, false) => Node.Resource,
            (Node.Resource, Name.Identifier, true) => Node.Identifiers,
            (Node.Identifiers, _, false) => Node.Identifier,
            (Node.Identifier, Name.Type, false) => Node.IdentifierType,
            (Node.IdentifierType, Name.Coding, true) => Node.IdentifierCodings,
            (Node.IdentifierCodings, _, false) => Node.IdentifierCoding,
            (Node.Resource, Name.Focus, false) => Node.Focus,
            (Node.Resource, Name.Section, true) => Node.Sections,
            (Node.Sections, _, false) => Node.Section,
            (Node.Section, Name.Code, false) => Node.SectionCode,
            (Node.SectionCode, Name.Coding, true) => Node.SectionCodings,
            (Node.SectionCodings, _, false) => Node.SectionCoding,
            (Node.Section, Name.Entry, true) => Node.SectionEntries,
            (Node.SectionEntries, _, false) => Node.SectionEntry,
            _ => Node.Other,
        };

    private static Name NameOf(Node node, ref Utf8JsonReader reader) =>
        node switch
        {
            Node.Root when reader.ValueTextEquals("event"u8) => Name.Event,
            Node.Event when reader.ValueTextEquals("hub"u8) => Name.Hub,
            Node.Event when reader.ValueTextEquals("context"u8) => Name.Context,
            Node.Hub when reader.ValueTextEquals("topic"u8) => Name.Topic,
            Node.Bundle or Node.Resource when reader.ValueTextEquals("resourceType"u8) => Name.ResourceType,
            Node.Bundle or Node.Section when reader.ValueTextEquals("entry"u8) => Name.Entry,
            Node.Entry when reader.ValueTextEquals("fullUrl"u8) => Name.FullUrl,
            Node.Entry when reader.ValueTextEquals("resource"u8) => Name.Resource,
            Node.Resource when reader.ValueTextEquals("id"u8) => Name.Id,
            Node.Resource when reader.ValueTextEquals("identifier"u8) => Name.Identifier,
            Node.Resource when reader.ValueTextEquals("focus"u8) => Name.Focus,
            Node.Resource when reader.ValueTextEquals("section"u8) => Name.Section,
            Node.Identifier when reader.ValueTextEquals("system"u8) => Name.System,
            Node.Identifier when reader.ValueTextEquals("value"u8) => Name.Value,
            Node.Identifier when reader.ValueTextEquals("type"u8) => Name.Type,
            Node.IdentifierType or Node.SectionCode when reader.ValueTextEquals("coding"u8) => Name.Coding,
            Node.IdentifierCoding or Node.SectionCoding or Node.Section when reader.ValueTextEquals("code"u8) =>
                Name.Code,
            Node.Focus or Node.SectionEntry when reader.ValueTextEquals("reference"u8) => Name.Reference,
            _ => Name.None,
        };

    // A property starts, perhaps for the second time: what it holds counts, not what it held.
    private void Forget()
    {
        switch (nodes[depth], name)
        {
            case (Node.Root, Name.Event):
                topic = null;
                ForgetBundle();
                break;
            case (Node.Event, Name.Hub) or (Node.Hub, Name.Topic):
                topic = null;
                break;
            case (Node.Event, Name.Context):
                ForgetBundle();
                break;
            case (Node.Bundle, Name.ResourceType):
                contextType = default;
                break;
            case (Node.Bundle, Name.Entry):
                facts.Clear();
                break;
            case (Node.Entry, Name.FullUrl):
                fullUrl = null;
                break;
            case (Node.Entry, Name.Resource):
                ForgetResource();
                break;
            case (Node.Resource, Name.ResourceType):
                resourceType = default;
                break;
            case (Node.Resource, Name.Id):
                id = null;
                break;
            case (Node.Resource, Name.Identifier):
                ForgetIdentifiers();
                identifiersSeen = true;
                break;
            case (Node.Resource, Name.Focus) or (Node.Focus, Name.Reference):
                focus = null;
                break;
            case (Node.Resource, Name.Section):
                child = deceased = null;
                break;
            case (Node.Identifier, Name.System):
                identifierSystem = default;
                break;
            case (Node.Identifier, Name.Value):
                identifierValue = null;
                break;
            case (Node.Identifier, Name.Type) or (Node.IdentifierType, Name.Coding):
                identifierType = default;
                break;
            case (Node.IdentifierCoding, Name.Code):
                identifierCode = default;
                break;
            case (Node.Section, Name.Code) or (Node.SectionCode, Name.Coding):
                section = default;
                break;
            case (Node.SectionCoding, Name.Code):
                sectionCode = default;
                break;
            case (Node.Section, Name.Entry):
                reference = null;
                break;
            case (Node.SectionEntry, Name.Reference):
                entryReference = null;
                break;
        }
        if (nodes[depth] == Node.Resource)
        {
            resourceIsEmpty = false;
        }
    }

    private void ForgetBundle()
    {
        bundleFound = false;
        contextType = default;
        facts.Clear();
    }

    private void ForgetResource()
    {
        resourceType = default;
        id = focus = child = deceased = null;
        json = default;
        resourceAt = -1;
        ForgetIdentifiers();
    }

    private void ForgetIdentifiers()
    {
        birth = death = default;
        identifiers = null;
        identifiersSeen = false;
    }

    private void Start(Node node, long at)
    {
        switch (node)
        {
            case Node.Bundle:
                contextType = default;
                facts.Clear();
                break;
            case Node.Entry:
                fullUrl = null;
                ForgetResource();
                break;
            case Node.Resource:
                resourceAt = at;
                resourceIsEmpty = true;
                ResourceStarts = keepSubject;
                break;
            case Node.Identifiers:
                identifiersEmpty = true;
                break;
            case Node.Identifier:
                identifierSystem = identifierType = default;
                identifierValue = null;
                break;
            case Node.IdentifierCoding:
                identifierCode = default;
                break;
            case Node.Section:
                section = default;
                reference = null;
                break;
            case Node.SectionCoding:
                sectionCode = default;
                break;
            case Node.SectionEntry:
                entryReference = null;
                break;
        }
    }

    private void End(Node node, long at)
    {
        switch (node)
        {
            case Node.Bundle:
                bundleFound = contextType == ResourceType.Bundle;
                if (!bundleFound)
                {
                    facts.Clear();
                }

                break;
            case Node.Entry:
                EndEntry();
                break;
            case Node.Resource:
                ResourceEnds = keepSubject;
                break;
            case Node.Identifiers:
                identifiers = new(at, identifiersEmpty ? SpliceShape.IntoEmpty : SpliceShape.AfterLast);
                break;
            case Node.Identifier:
                EndIdentifier();
                break;
            case Node.IdentifierCoding:
                if (identifierType == default)
                {
                    identifierType = identifierCode;
                }

                break;
            case Node.Section:
                if (section == SectionKind.Child)
                {
                    child ??= reference;
                }
                else if (section == SectionKind.Deceased)
                {
                    deceased ??= reference;
                }

                break;
            case Node.SectionCoding:
                if (section == default)
                {
                    section = sectionCode;
                }

                break;
            case Node.SectionEntry:
                reference ??= entryReference;
                break;
        }
    }

    private void EndEntry()
    {
        switch (resourceType)
        {
            case ResourceType.Patient:
                facts.AddPerson(
                    new()
                    {
                        Id = id,
                        FullUrl = fullUrl,
                        BirthNumber = birth.Registration,
                        DeathNumber = death.Registration,
                        Identifiers = identifiersSeen
                            ? identifiers
                            : new(resourceAt + 1, resourceIsEmpty ? SpliceShape.OnlyProperty : SpliceShape.NewProperty),
                        Json = json,
                    }
                );
                break;
            case ResourceType.Task:
                facts.AddTask(focus, birth, death);
                break;
            case ResourceType.Composition:
                facts.AddComposition(id, child, deceased);
                break;
        }
    }

    private void EndIdentifier()
    {
        switch (identifierSystem != default ? identifierSystem : identifierType)
        {
            case NumberKind.Birth:
                birth.Registration ??= identifierValue;
                break;
            case NumberKind.Death:
                death.Registration ??= identifierValue;
                break;
            case NumberKind.BirthTracking:
                birth.Tracking ??= identifierValue;
                break;
            case NumberKind.DeathTracking:
                death.Tracking ??= identifierValue;
                break;
        }
    }

    private void Scalar(ref Utf8JsonReader reader, long at)
    {
        var node = nodes[depth];
        if (node == Node.Identifiers)
        {
            identifiersEmpty = false;
        }

        if (reader.TokenType == JsonTokenType.Null && (node, name) == (Node.Resource, Name.Identifier))
        {
            identifiers = new(at, SpliceShape.OverNull);
        }

        if (reader.TokenType != JsonTokenType.String || name == Name.None)
        {
            return;
        }

        switch (node, name)
        {
            case (Node.Hub, Name.Topic):
                topic = Text(ref reader);
                break;
            case (Node.Bundle, Name.ResourceType):
                contextType = TypeOf(ref reader);
                break;
            case (Node.Resource, Name.ResourceType):
                resourceType = TypeOf(ref reader);
                break;
            case (Node.Entry, Name.FullUrl):
                fullUrl = Text(ref reader);
                break;
            case (Node.Resource, Name.Id):
                id = Text(ref reader);
                break;
            case (Node.Focus, Name.Reference):
                focus = Text(ref reader);
                break;
            case (Node.Identifier, Name.System):
                identifierSystem = SystemOf(ref reader);
                break;
            case (Node.Identifier, Name.Value):
                identifierValue = Text(ref reader);
                break;
            case (Node.Identifier, Name.Type):
                identifierType = CodeOf(ref reader);
                break;
            case (Node.IdentifierCoding, Name.Code):
                identifierCode = CodeOf(ref reader);
                break;
            case (Node.SectionCoding, Name.Code):
                sectionCode = SectionOf(ref reader);
                break;
            case (Node.SectionEntry, Name.Reference):
                entryReference = Text(ref reader);
                break;
        }
    }

    private static string? Text(ref Utf8JsonReader reader) =>
        reader.ValueSpan.Length is > 0 and <= LongestText ? reader.GetString() : null;

    private static ResourceType TypeOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("Patient"u8) ? ResourceType.Patient
        : reader.ValueTextEquals("Task"u8) ? ResourceType.Task
        : reader.ValueTextEquals("Composition"u8) ? ResourceType.Composition
        : reader.ValueTextEquals("Bundle"u8) ? ResourceType.Bundle
        : ResourceType.Other;

    private static NumberKind SystemOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("http://opencrvs.org/specs/id/birth-registration-number"u8) ? NumberKind.Birth
        : reader.ValueTextEquals("http://opencrvs.org/specs/id/death-registration-number"u8) ? NumberKind.Death
        : reader.ValueTextEquals("http://opencrvs.org/specs/id/birth-tracking-id"u8) ? NumberKind.BirthTracking
        : reader.ValueTextEquals("http://opencrvs.org/specs/id/death-tracking-id"u8) ? NumberKind.DeathTracking
        : NumberKind.Other;

    private static NumberKind CodeOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("BIRTH_REGISTRATION_NUMBER"u8) ? NumberKind.Birth
        : reader.ValueTextEquals("DEATH_REGISTRATION_NUMBER"u8) ? NumberKind.Death
        : NumberKind.Other;

    private static SectionKind SectionOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("child-details"u8) ? SectionKind.Child
        : reader.ValueTextEquals("deceased-details"u8) ? SectionKind.Deceased
        : SectionKind.Other;
}
