using System.Globalization;
using System.Text.Json;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Validation;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using Person = NationalId.Core.Registry.Person;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// Reads an event for delivery. The same scan that intake made says which Patient is the subject, so that the person
/// who is read is the person who gets the AID; Hl7.Fhir reads that Patient. Memory stays bounded: attachments are
/// passed over.
/// </summary>
public static class EventReader
{
    private const string IdentifierTypes = "http://opencrvs.org/specs/identifier-type";

    // OpenCRVS 1.2 writes it as a text, later versions as a number.
    private const string AgeExtension = "http://opencrvs.org/specs/extension/age-of-individual-in-years";

    // A FHIR id has at most 64 characters. What is longer leads nowhere, and would not fit into a row.
    private const int LongestId = 200;

    private static readonly string[] DateForms = ["yyyy-MM-dd", "yyyy-MM", "yyyy"];

    // Ostrich: takes all shapes that OpenCRVS sends without complaint (docs/protocols.md, "An event's bundle").
    private static readonly FhirJsonDeserializer Fhir = new(
        new DeserializerSettings().UsingMode(DeserializationMode.Ostrich)
    );

    /// <summary>Reads a webhook body from where it stands to its end.</summary>
    /// <exception cref="InvalidDataException">
    /// The event is one that intake flags, or its subject can't be read; the message is a fixed sentence without data.
    /// </exception>
    public static Task<VitalEvent> ReadAsync(Stream body, CancellationToken cancellationToken) =>
        ReadAsync(body, EventKinds.Carried, cancellationToken);

    /// <summary>Reads a webhook body of a kind in a table.</summary>
    internal static async Task<VitalEvent> ReadAsync(Stream body, EventKinds kinds, CancellationToken cancellationToken)
    {
        using var scanner = new EventScanner(kinds, keepSubject: true);
        await body.ReadChunksAsync(scanner.Append, cancellationToken);
        var scan = scanner.Complete();
        if (scan.Outline.FlagReason is { } reason)
        {
            throw new InvalidDataException($"The event can't be carried: {reason}.");
        }

        var (topic, compositionId, number, trackingId, _) = scan.Outline;
        return new(kinds.Get(topic!).Registration, topic!, compositionId, number, trackingId, PeopleOf(scan));
    }

    private static Dictionary<PersonRole, Person> PeopleOf(EventScan scan)
    {
        var people = new Dictionary<PersonRole, Person>
        {
            [PersonRole.Subject] = Read(scan.SubjectJson, scan.PlaceNames),
        };
        foreach (var (role, json) in scan.OthersJson)
        {
            try
            {
                people[role] = Read(json, scan.PlaceNames);
            }
            catch (InvalidDataException)
            {
                // The event is the subject's: another person who can't be read is one who is not there.
            }
        }

        return people;
    }

    private static Person Read(ReadOnlyMemory<byte> json, IReadOnlyDictionary<string, string> places)
    {
        if (json.IsEmpty)
        {
            throw new InvalidDataException("The subject is too large to be read.");
        }

        ReadOnlyMemory<byte> normal;
        try
        {
            normal = PatientNormaliser.Normalise(json);
        }
        catch (InvalidOperationException)
        {
            // Without the inner exception: it could quote the text.
            throw new InvalidDataException($"The subject can't be read: {FlagReasons.BadText}.");
        }
        var reader = new Utf8JsonReader(normal.Span);
        Fhir.TryDeserializeResource(ref reader, out var resource, out _);
        if (resource is not Patient patient)
        {
            throw new InvalidDataException("The subject can't be read as a Patient.");
        }

        return new(
            Text(() => patient.IdElement) is { Length: <= LongestId } id ? id : null,
            [.. (Get(() => patient.Name) ?? []).Select(Name)],
            Word(() => patient.GenderElement),
            IsBirthDateAssumed(patient) ? null : Day(Text(() => patient.BirthDateElement)),
            Day(Text(() => patient.Deceased as FhirDateTime)),
            [.. (Get(() => patient.Identifier) ?? []).Select(Identifier).OfType<PersonIdentifier>()]
        )
        {
            Address = (Get(() => patient.Address) ?? []).Select(address => Address(address, places)).FirstOrDefault(),
            Phone = Contact(patient, "phone"),
            Email = Contact(patient, "email"),
        };
    }

    private static PersonAddress Address(Address address, IReadOnlyDictionary<string, string> places)
    {
        return new(
            string.Join(
                ", ",
                (Get(() => address.LineElement) ?? []).Select(line => Place(() => line)).OfType<string>()
            ),
            Place(() => address.CityElement),
            Place(() => address.DistrictElement),
            Place(() => address.StateElement),
            Place(() => address.PostalCodeElement)
        )
        {
            Country = Place(() => address.CountryElement),
        };

        // OpenCRVS has ids of its own locations where FHIR has names of places. Where the bundle does not tell their
        // names, they mean nothing to anybody else.
        string? Place(Func<PrimitiveType?> element) =>
            Word(element) is not { } place ? null
            : Guid.TryParse(place, out _) ? TypedText.Word(places.GetValueOrDefault(place))
            : place;
    }

    private static string? Contact(Patient patient, string system) =>
        (Get(() => patient.Telecom) ?? [])
            .Where(contact => Text(() => contact.SystemElement) == system)
            .Select(contact => Word(() => contact.ValueElement))
            .FirstOrDefault(value => value is not null);

    // NOTE: when only an age is known, OpenCRVS makes a birth date of it: the first of January, or the day of death so
    // many years earlier. Such a date is nobody's; to compare it would be to deny the person.
    private static bool IsBirthDateAssumed(Patient patient) =>
        (Get(() => patient.Extension) ?? []).Any(extension =>
            Text(() => extension.UrlElement) == AgeExtension
            && Get(() => extension.Value as PrimitiveType)?.JsonValue is { } age
            && !string.IsNullOrWhiteSpace(age.ToString())
        );

    private static PersonName Name(HumanName name) =>
        new(
            Word(() => name.UseElement),
            [.. (Get(() => name.GivenElement) ?? []).Select(given => Word(() => given)).OfType<string>()],
            Word(() => name.FamilyElement)
        );

    private static PersonIdentifier? Identifier(Identifier identifier)
    {
        var codings = Get(() => identifier.Type?.Coding) ?? [];
        var coding =
            codings.Find(coding => Text(() => coding.SystemElement) == IdentifierTypes) ?? codings.FirstOrDefault();
        return TypedText.Trimmed(Text(() => identifier.ValueElement)) is { } value
            ? new(Text(() => coding?.CodeElement), Text(() => identifier.SystemElement), value)
            : null;
    }

    // What the JSON held, whether or not it is a value that FHIR has: a language is no NameUse.
    private static string? Text(Func<PrimitiveType?> element) =>
        Get(element)?.JsonValue is string text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    private static string? Word(Func<PrimitiveType?> element) => TypedText.Word(Text(element));

    // Hl7.Fhir keeps values of the wrong kind aside and throws when they are asked for. The exception may quote them:
    // it ends here.
    private static T? Get<T>(Func<T?> property)
        where T : class
    {
        try
        {
            return property();
        }
        catch (CodedValidationException)
        {
            return null;
        }
    }

    /// <summary>A date as <see cref="Person.BirthDate"/> has it; null when it is none.</summary>
    internal static string? Day(string? date)
    {
        var day = TypedText.Date(date).Split('T')[0];
        return DateOnly.TryParseExact(day, DateForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? day
            : null;
    }
}
