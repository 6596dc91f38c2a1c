using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// Reads event documents of OpenCRVS 1.9, 2.0 and 2.1 for the pipeline, as FHIR's reader reads webhooks.
/// </summary>
/// <param name="options">The country's types of events.</param>
/// <param name="fields">The fields of its forms.</param>
public sealed class ActionEventReader(ActionsOptions options, FieldOptions fields) : IEventReader
{
    /// <inheritdoc/>
    public string Source => EventSources.Trigger;

    /// <inheritdoc/>
    public async Task<VitalEvent> ReadAsync(Stream payload, CancellationToken cancellationToken)
    {
        using var scanner = new DocumentScanner(
            fields
                .Of(RegistrationKind.Birth)
                .Concat(fields.Of(RegistrationKind.Death))
                .ToHashSet(StringComparer.Ordinal)
        );
        await payload.ReadChunksAsync(scanner.Append, cancellationToken);
        var document = scanner.Complete();
        // One that was fetched is registered already, and nothing of it waits.
        if (document.Registered is null && document.WhyNot is { } reason)
        {
            throw new InvalidDataException($"The event can't be carried: {reason}.");
        }

        if (options.KindOf(document.Type) is not { } kind)
        {
            throw new InvalidDataException("The event is of a type that is neither birth nor death.");
        }

        var isCorrection = document.Pending is [{ Type: EventAction.Approve }];
        var isBirth = kind == RegistrationKind.Birth;
        return new VitalEvent(
            kind,
            isCorrection
                ? isBirth
                    ? EventKinds.BirthCorrected
                    : EventKinds.DeathCorrected
                : isBirth
                    ? EventKinds.Birth
                    : EventKinds.Death,
            document.Id,
            RegistrationNumber.Normalise(document.RegistrationNumber),
            document.TrackingId,
            People(kind, document.Current())
        )
        {
            Before = isCorrection ? People(kind, document.Before()) : null,
        };
    }

    private Dictionary<PersonRole, Person> People(RegistrationKind kind, JsonObject data)
    {
        var people = fields
            .People(kind)
            .Select(person => (person.Key, Person: Read(data, person.Value)))
            .Where(person => person.Key == PersonRole.Subject || IsKnown(person.Person))
            .ToDictionary(person => person.Key, person => person.Person);
        // The form asks an informant who is a parent or the spouse for nothing but the ways to reach them.
        if (
            !people.ContainsKey(PersonRole.Informant)
            && RelativeOf(Word(data, fields.InformantRelation)) is { } role
            && people.GetValueOrDefault(role) is { } relative
        )
        {
            people[PersonRole.Informant] = relative with
            {
                Phone = Word(data, fields.InformantPhone),
                Email = Word(data, fields.InformantEmail),
            };
        }

        return people;
    }

    private static PersonRole? RelativeOf(string? relation) =>
        relation?.ToUpperInvariant() switch
        {
            "MOTHER" => PersonRole.Mother,
            "FATHER" => PersonRole.Father,
            "SPOUSE" => PersonRole.Spouse,
            _ => null,
        };

    private Person Read(JsonObject data, PersonFields person) =>
        new(
            null,
            Name(data, person.Name) is { } name ? [name] : [],
            Word(data, person.Gender),
            Day(data, person.BirthDate),
            Day(data, person.DeathDate),
            TypedText.Trimmed(Text(data, person.NationalId)) is { } number
                ? [new PersonIdentifier("NATIONAL_ID", null, number)]
                : []
        )
        {
            Address = AddressParts.Read(data[person.Address], fields),
            Phone = Word(data, person.Phone),
            Email = Word(data, person.Email),
            // What the country's form fetched: {"loading","data":{"sub",…},"error"}.
            IntroducerToken =
                person.Authentication is { } field && (data[field] as JsonObject)?["data"] is JsonObject answer
                    ? Word(answer, "sub")
                    : null,
        };

    private static bool IsKnown(Person person) =>
        person.Names.Count > 0 || person.BirthDate is not null || person.Identifiers.Count > 0;

    /// <summary>The parts of a name, or one text where the country has no parts.</summary>
    private static PersonName? Name(JsonObject data, string field)
    {
        if (data[field] is not JsonObject parts)
        {
            return Word(data, field) is { } whole ? new PersonName(null, [whole], null) : null;
        }

        var given = new[] { Word(parts, "firstname"), Word(parts, "middlename") }.OfType<string>().ToList();
        var family = Word(parts, "surname");
        return given.Count > 0 || family is not null ? new PersonName(null, given, family) : null;
    }

    internal static string? Word(JsonObject data, string? field) => TypedText.Word(Text(data, field));

    private static string? Day(JsonObject data, string? field) => EventReader.Day(Text(data, field));

    /// <summary>A field's text; null when it has none.</summary>
    internal static string? Text(JsonObject data, string? field) =>
        field is not null && data[field] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
