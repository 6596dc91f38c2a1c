using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// A resource, as far as the record's people and numbers go. Its type may come last, so every property is read as what
/// it would be.
/// </summary>
internal sealed class ResourcePart : JsonPart
{
    private readonly ReferencePart focus = new();
    private readonly ReferencePart patient = new();
    private readonly ConceptPart<Relationship> relationship = new(OpenCrvsCodes.RelationshipOf);
    private readonly IdentifiersPart identifiers = new();
    private readonly SectionsPart sections = new();
    private readonly ScanMarks marks;
    private Property property;
    private ResourceType type;
    private string? id;
    private string? placeName;
    private long start;
    private bool isEmpty;
    private ReadOnlyMemory<byte> json;

    public ResourcePart(ScanMarks marks)
    {
        this.marks = marks;
    }

    private enum Property : byte
    {
        Other,
        ResourceType,
        Id,
        Identifier,
        Focus,
        Section,
        Patient,
        Relationship,
        Name,
    }

    private enum ResourceType : byte
    {
        Other,
        Task,
        Composition,
        Patient,
        RelatedPerson,
        Location,
    }

    public bool IsPatient => type == ResourceType.Patient;

    public void KeepJson(ReadOnlyMemory<byte> bytes) => json = bytes;

    public void Forget()
    {
        type = default;
        id = null;
        placeName = null;
        json = default;
        start = -1;
        focus.Forget();
        patient.Forget();
        relationship.Forget();
        sections.Forget();
        identifiers.Forget();
    }

    public override void Start(long at)
    {
        start = at;
        isEmpty = true;
        marks.Last = ScanMark.ResourceStarts;
    }

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isEmpty = false;
        property = PropertyOf(ref reader);
        switch (property)
        {
            case Property.ResourceType:
                type = default;
                break;
            case Property.Id:
                id = null;
                break;
            case Property.Identifier:
                identifiers.Forget();
                identifiers.Seen = true;
                break;
            case Property.Focus:
                focus.Forget();
                break;
            case Property.Section:
                sections.Forget();
                break;
            case Property.Patient:
                patient.Forget();
                break;
            case Property.Relationship:
                relationship.Forget();
                break;
            case Property.Name:
                placeName = null;
                break;
        }
    }

    public override JsonPart? Child(bool array, long at) =>
        (property, array) switch
        {
            (Property.Identifier, true) => identifiers,
            (Property.Section, true) => sections,
            (Property.Focus, false) => focus,
            (Property.Patient, false) => patient,
            (Property.Relationship, false) => relationship,
            _ => null,
        };

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        switch (property)
        {
            case Property.ResourceType:
                type = TypeOf(ref reader);
                break;
            case Property.Id:
                id = JsonText.Read(ref reader);
                break;
            case Property.Name:
                // People's names are objects.
                placeName = JsonText.Read(ref reader);
                break;
            case Property.Identifier when reader.TokenType == JsonTokenType.Null:
                identifiers.Place = new(at, SpliceShape.OverNull);
                break;
        }
    }

    public override void End(long at) => marks.Last = ScanMark.ResourceEnds;

    /// <summary>Adds to the bundle's facts what the entry that just ended says.</summary>
    public void AddTo(BundleFacts facts, string? fullUrl, EntryPlace place)
    {
        switch (type)
        {
            case ResourceType.Patient:
                facts.AddPerson(
                    new()
                    {
                        Id = id,
                        FullUrl = fullUrl,
                        BirthNumber = identifiers.Birth.Registration,
                        DeathNumber = identifiers.Death.Registration,
                        Aid = identifiers.Aid,
                        Identifiers = identifiers.Seen
                            ? identifiers.Place
                            : new(start + 1, isEmpty ? SpliceShape.OnlyProperty : SpliceShape.NewProperty),
                        Json = json,
                        Entry = place,
                    }
                );
                break;
            case ResourceType.Task:
                facts.AddTask(focus.Reference, identifiers.Birth, identifiers.Death, place);
                break;
            case ResourceType.Composition:
                facts.AddComposition(id, sections);
                break;
            case ResourceType.RelatedPerson:
                facts.AddRelative(relationship.Code, patient.Reference);
                break;
            case ResourceType.Location:
                facts.AddPlace(id, placeName);
                break;
        }
    }

    private static Property PropertyOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("resourceType"u8) ? Property.ResourceType
        : reader.ValueTextEquals("id"u8) ? Property.Id
        : reader.ValueTextEquals("identifier"u8) ? Property.Identifier
        : reader.ValueTextEquals("focus"u8) ? Property.Focus
        : reader.ValueTextEquals("section"u8) ? Property.Section
        : reader.ValueTextEquals("patient"u8) ? Property.Patient
        : reader.ValueTextEquals("relationship"u8) ? Property.Relationship
        : reader.ValueTextEquals("name"u8) ? Property.Name
        : Property.Other;

    private static ResourceType TypeOf(ref Utf8JsonReader reader) =>
        JsonText.Is(ref reader, "Patient"u8) ? ResourceType.Patient
        : JsonText.Is(ref reader, "Task"u8) ? ResourceType.Task
        : JsonText.Is(ref reader, "Composition"u8) ? ResourceType.Composition
        : JsonText.Is(ref reader, "RelatedPerson"u8) ? ResourceType.RelatedPerson
        : JsonText.Is(ref reader, "Location"u8) ? ResourceType.Location
        : ResourceType.Other;
}

/// <summary>A reference to another resource: <c>{"reference":"Patient/…"}</c>.</summary>
internal sealed class ReferencePart : JsonPart
{
    private bool isReference;

    public string? Reference { get; private set; }

    public void Forget() => Reference = null;

    public override void Start(long at) => Reference = null;

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isReference = reader.ValueTextEquals("reference"u8);
        if (isReference)
        {
            Reference = null;
        }
    }

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        if (isReference)
        {
            Reference = JsonText.Read(ref reader);
        }
    }
}

/// <summary>Tells what a code means to us.</summary>
/// <typeparam name="T">Its default value means: nothing.</typeparam>
internal delegate T CodeReader<T>(ref Utf8JsonReader reader)
    where T : struct;

/// <summary>
/// A CodeableConcept, <c>{"coding":[{"code"}]}</c>: the first of its codes that means something to us.
/// </summary>
internal sealed class ConceptPart<T> : JsonPart
    where T : struct
{
    private readonly CodeReader<T> read;
    private readonly EachObject codings;
    private bool isCoding;

    public ConceptPart(CodeReader<T> read)
    {
        this.read = read;
        codings = new(new CodingPart(this));
    }

    public T Code { get; private set; }

    public void Forget() => Code = default;

    /// <summary>Takes a code that stands for itself, without codings around it.</summary>
    public void Take(ref Utf8JsonReader reader) => Code = Meaning(ref reader);

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isCoding = reader.ValueTextEquals("coding"u8);
        if (isCoding)
        {
            Forget();
        }
    }

    public override JsonPart? Child(bool array, long at) => isCoding && array ? codings : null;

    private T Meaning(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? read(ref reader) : default;

    private sealed class CodingPart(ConceptPart<T> concept) : JsonPart
    {
        private bool isCode;
        private T code;

        public override void Start(long at) => code = default;

        public override void Name(ref Utf8JsonReader reader, long at)
        {
            isCode = reader.ValueTextEquals("code"u8);
            if (isCode)
            {
                code = default;
            }
        }

        public override void Value(ref Utf8JsonReader reader, long at, long end)
        {
            if (isCode)
            {
                code = concept.Meaning(ref reader);
            }
        }

        public override void End(long at)
        {
            if (EqualityComparer<T>.Default.Equals(concept.Code, default))
            {
                concept.Code = code;
            }
        }
    }
}
