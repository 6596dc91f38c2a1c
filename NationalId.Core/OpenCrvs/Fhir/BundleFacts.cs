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
    private Numbers births;
    private Numbers deaths;
    private string? focus;
    private string? composition;
    private string? child;
    private string? deceased;

    public bool TooManyPeople { get; private set; }

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

        /// <summary>Null when the resource has identifiers in a shape that takes no more.</summary>
        public SplicePoint? Identifiers { get; init; }

        public ReadOnlyMemory<byte> Json { get; init; }

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
        births = deaths = default;
        focus = composition = child = deceased = null;
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

    public void AddTask(string? focusReference, Numbers birth, Numbers death)
    {
        const string prefix = "Composition/";
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

    public void AddComposition(string? id, string? childReference, string? deceasedReference)
    {
        composition ??= id;
        child ??= childReference;
        deceased ??= deceasedReference;
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
