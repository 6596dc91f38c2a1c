using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// The few things of a bundle that tell which record it is and who its subject is. Resources come in any order, so it
/// is decided at the end.
/// </summary>
internal sealed class BundleFacts
{
    private const int MostPeople = 512;

    private readonly List<Person> people = [];
    private readonly List<string> otherRelatives = [];
    private readonly Dictionary<string, string> places = new(StringComparer.Ordinal);
    private Numbers births;
    private Numbers deaths;
    private string? focus;
    private string? composition;
    private string? child;
    private string? deceased;
    private string? mother;
    private string? father;
    private string? spouse;
    private string? informant;
    private string? informingMother;
    private EntryPlace? task;
    private bool taskHasFocus;

    public bool TooManyPeople { get; private set; }

    /// <summary>Where the first of the event's contexts starts.</summary>
    public long FirstContext { get; set; }

    /// <summary>Where the bundle starts.</summary>
    public long Start { get; set; }

    /// <summary>Where the first entry starts, whatever it is.</summary>
    public long? FirstEntry { get; set; }

    /// <summary>What one kind of registration is known by.</summary>
    public record struct Numbers(string? Registration, string? Tracking);

    /// <summary>
    /// A Patient resource; in a bundle that is the child or the deceased, but the parents, informant and spouse as
    /// well.
    /// </summary>
    public sealed class Person
    {
        public string? Id { get; init; }

        public string? FullUrl { get; init; }

        public string? BirthNumber { get; init; }

        public string? DeathNumber { get; init; }

        /// <summary>The first MOSIP_AID among the identifiers.</summary>
        public string? Aid { get; init; }

        /// <summary>Null when the resource has identifiers in a shape that takes no more.</summary>
        public SplicePoint? Identifiers { get; init; }

        public ReadOnlyMemory<byte> Json { get; init; }

        public EntryPlace Entry { get; init; }

        public string? Number(RegistrationKind kind) => kind == RegistrationKind.Birth ? BirthNumber : DeathNumber;

        // References and full URLs differ in base and version, and one side may still use the urn of the draft: the id
        // decides.
        public bool IsMeantBy(string reference)
        {
            if (reference == FullUrl)
            {
                return true;
            }

            var id = PatientId(reference);
            return id.Length > 0 && (id.SequenceEqual(Id) || id.SequenceEqual(PatientId(FullUrl)));
        }
    }

    public void Clear()
    {
        people.Clear();
        otherRelatives.Clear();
        places.Clear();
        births = default;
        deaths = default;
        focus = null;
        composition = null;
        child = null;
        deceased = null;
        mother = null;
        father = null;
        spouse = null;
        informant = null;
        informingMother = null;
        task = null;
        taskHasFocus = false;
        FirstEntry = null;
        TooManyPeople = false;
    }

    public void AddPerson(Person person)
    {
        if (people.Count < MostPeople)
        {
            people.Add(person);
        }
        else
        {
            TooManyPeople = true;
        }
    }

    public void AddTask(string? focusReference, Numbers birth, Numbers death, EntryPlace place)
    {
        const string prefix = "Composition/";
        if (task is null || (!taskHasFocus && focusReference is not null))
        {
            task = place;
            taskHasFocus = focusReference is not null;
        }

        if (focusReference?.LastIndexOf(prefix, StringComparison.Ordinal) is int at and >= 0)
        {
            var id = FirstSegment(focusReference.AsSpan(at + prefix.Length));
            if (id.Length > 0)
            {
                focus ??= id.ToString();
            }
        }
        births = new(births.Registration ?? birth.Registration, births.Tracking ?? birth.Tracking);
        deaths = new(deaths.Registration ?? death.Registration, deaths.Tracking ?? death.Tracking);
    }

    public void AddComposition(string? id, SectionsPart sections)
    {
        composition ??= id;
        child ??= sections.ChildReference;
        deceased ??= sections.DeceasedReference;
        mother ??= sections.MotherReference;
        father ??= sections.FatherReference;
        spouse ??= sections.SpouseReference;
    }

    /// <summary>Adds a place that addresses may name by its id.</summary>
    public void AddPlace(string? id, string? name)
    {
        if (id is not null && name is not null && places.Count < MostPeople)
        {
            places[id] = name;
        }
    }

    /// <summary>The names of places by their ids.</summary>
    public IReadOnlyDictionary<string, string> PlaceNames => places;

    /// <summary>Adds an informant: bundles without a composition tell the mother by her alone.</summary>
    public void AddRelative(Relationship relationship, string? patient)
    {
        if (patient is null)
        {
            return;
        }

        informant ??= patient;
        if (relationship == Relationship.Mother)
        {
            informingMother ??= patient;
        }
        else if (relationship == Relationship.Other && otherRelatives.Count < MostPeople)
        {
            otherRelatives.Add(patient);
        }
    }

    public string? CompositionId => focus ?? composition;

    public string? TrackingId(RegistrationKind kind) => TaskNumbers(kind).Tracking;

    /// <summary>
    /// The Task's number, else the subject's own. Never another person's: a parent may give a BRN as proof of identity.
    /// </summary>
    public string? RegistrationNumber(RegistrationKind kind, Person? subject) =>
        TaskNumbers(kind).Registration ?? subject?.Number(kind);

    /// <summary>
    /// The child or the deceased: who the composition's section names; else who carries the record's number; else,
    /// where there is no such section, a lone Patient. Null rather than a guess.
    /// </summary>
    public Person? Subject(RegistrationKind kind)
    {
        var reference = kind == RegistrationKind.Birth ? child : deceased;
        if (reference is not null && people.Find(person => person.IsMeantBy(reference)) is { } named)
        {
            return named;
        }

        var number = TaskNumbers(kind).Registration;
        // A section that names somebody who is not here says that those who are here are others, unless the record's
        // own number tells better.
        var carriers = people.FindAll(person =>
            person.Number(kind) is { } own && (number is null ? reference is null : own == number)
        );
        return OnlyOne(carriers) ?? (carriers.Count == 0 && reference is null ? OnlyOne(people) : null);
    }

    /// <summary>Where the entries stand that a receiver looks for.</summary>
    public EntryPlaces Places(RegistrationKind kind, Person subject) =>
        new(FirstContext, Start, FirstEntry!.Value, subject.Entry, Mother(kind, subject)?.Entry, task);

    /// <summary>
    /// The people beside the subject whom the bundle names. A receiver may guess a mother; nobody is told of a guess.
    /// </summary>
    public IReadOnlyDictionary<PersonRole, ReadOnlyMemory<byte>> Others(Person subject)
    {
        var others = new Dictionary<PersonRole, ReadOnlyMemory<byte>>();
        Add(PersonRole.Mother, mother);
        Add(PersonRole.Father, father);
        Add(PersonRole.Spouse, spouse);
        Add(PersonRole.Informant, informant);
        return others;

        void Add(PersonRole role, string? reference)
        {
            if (
                reference is not null
                && people.Find(person => person != subject && person.IsMeantBy(reference))
                    is { Json.IsEmpty: false } found
            )
            {
                others[role] = found.Json;
            }
        }
    }

    // Whom the composition names, else the informant who says that she is the mother. A birth without either has the
    // first Patient who is not known to be somebody else: OpenCRVS lists the mother before the father.
    private Person? Mother(RegistrationKind kind, Person subject)
    {
        var others = people.FindAll(person => person != subject && (person.Id is null || person.Id != subject.Id));
        return Named(mother)
            ?? Named(informingMother)
            ?? (
                kind == RegistrationKind.Birth
                    ? others.Find(person => !otherRelatives.Exists(person.IsMeantBy)) ?? others.FirstOrDefault()
                    : null
            );

        Person? Named(string? reference) =>
            reference is null ? null : others.Find(person => person.IsMeantBy(reference));
    }

    // A resource may be in the bundle twice, once for each section that it was asked for.
    private static Person? OnlyOne(List<Person> found) =>
        found.Count == 1 || (found.Count > 1 && found[0].Id is { } id && found.TrueForAll(person => person.Id == id))
            ? found[0]
            : null;

    private Numbers TaskNumbers(RegistrationKind kind) => kind == RegistrationKind.Birth ? births : deaths;

    // "x" of Patient/x, /fhir/Patient/x/_history/y, https://host/fhir/Patient/x and urn:uuid:x; nothing of another
    // resource.
    private static ReadOnlySpan<char> PatientId(ReadOnlySpan<char> reference)
    {
        const string prefix = "Patient/";
        const string urn = "urn:uuid:";
        if (reference.StartsWith(urn, StringComparison.OrdinalIgnoreCase))
        {
            return reference[urn.Length..];
        }

        var at = reference.LastIndexOf(prefix);
        return at == 0 || (at > 0 && reference[at - 1] == '/')
            ? FirstSegment(reference[(at + prefix.Length)..])
            : default;
    }

    private static ReadOnlySpan<char> FirstSegment(ReadOnlySpan<char> path)
    {
        var end = path.IndexOfAny('/', '?', '#');
        return end < 0 ? path : path[..end];
    }
}
