using System.Text.Json;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Sandbox;

/// <summary>What an event tells a receiver: the record, and the person that it is about.</summary>
public sealed record EventFacts(
    bool IsBirth,
    string? CompositionId,
    string? RegistrationNumber,
    string? PatientId,
    string Name,
    string? Gender,
    string? BirthDate,
    IReadOnlyList<(string Code, string Value)> Identifiers,
    IReadOnlyList<string> OthersCodes
)
{
    public IEnumerable<string> Values(params string[] codes) =>
        Identifiers.Where(identifier => codes.Contains(identifier.Code)).Select(identifier => identifier.Value);
}

/// <summary>Reads a webhook body as a receiver of OpenCRVS's events does, in all the bundle's shapes.</summary>
internal static class EventReader
{
    /// <param name="body">The body.</param>
    /// <param name="firstPatient">Whether the first Patient is taken for the subject, whatever the composition says,
    /// and only the number on a child counts: as MOSIP's published receiver does.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="FormatException">It is not an event.</exception>
    public static EventFacts Read(ReadOnlyMemory<byte> body, bool firstPatient = false)
    {
        using var json = JsonDocument.Parse(body);
        if (DocumentFacts.Read(json.RootElement) is { } document)
        {
            return document;
        }

        var hookEvent = Field(json.RootElement, "event") ?? throw new FormatException("there is no event");
        var topic = Text(Field(hookEvent, "hub"), "topic") ?? throw new FormatException("there is no topic");
        if (topic is not ("BIRTH_REGISTERED" or "DEATH_REGISTERED"))
        {
            throw new FormatException("the topic is neither BIRTH_REGISTERED nor DEATH_REGISTERED");
        }

        var birth = topic == "BIRTH_REGISTERED";
        var bundle = Items(Field(hookEvent, "context")).FirstOrDefault();
        var resources = Items(Field(bundle, "entry"))
            .Select(entry => Field(entry, "resource"))
            .OfType<JsonElement>()
            .ToList();

        var composition = resources.FirstOrDefault(resource => Text(resource, "resourceType") == "Composition");
        var task = resources.FirstOrDefault(resource => Text(resource, "resourceType") == "Task");
        var number = Items(Field(task, "identifier"))
            .Where(identifier =>
                Text(identifier, "system")
                    ?.EndsWith(
                        birth ? "/birth-registration-number" : "/death-registration-number",
                        StringComparison.Ordinal
                    ) == true
            )
            .Select(identifier => Text(identifier, "value"))
            .FirstOrDefault();

        var patients = resources.Where(resource => Text(resource, "resourceType") == "Patient").ToList();
        var subject =
            (firstPatient ? patients.Cast<JsonElement?>().FirstOrDefault() : null)
            ?? FromSection(composition, birth, patients)
            ?? patients
                .Cast<JsonElement?>()
                .FirstOrDefault(patient =>
                    Identifiers(patient!.Value)
                        .Any(id => id.Code == (birth ? "BIRTH_REGISTRATION_NUMBER" : "DEATH_REGISTRATION_NUMBER"))
                );
        if (subject is not { } person)
        {
            throw new FormatException("there is no Patient that the event is about");
        }

        var identifiers = Identifiers(person);
        var name = Items(Field(person, "name")).FirstOrDefault();
        return new EventFacts(
            birth,
            Text(Field(task, "focus"), "reference")?.Split('/')[^1] ?? Text(composition, "id"),
            (birth && firstPatient ? null : number)
                ?? identifiers
                    .Where(id => id.Code.EndsWith("_REGISTRATION_NUMBER", StringComparison.Ordinal))
                    .Select(id => id.Value)
                    .FirstOrDefault(),
            Text(person, "id"),
            string.Join(
                ' ',
                Strings(Field(name, "given")).Concat(Strings(Field(name, "family"))).Where(part => part.Trim() != "")
            ),
            Text(person, "gender"),
            Text(person, "birthDate"),
            identifiers,
            [
                .. patients
                    .Where(patient => !patient.Equals(person) && Text(patient, "id") != Text(person, "id"))
                    .SelectMany(Identifiers)
                    .Select(id => id.Code),
            ]
        );
    }

    private static JsonElement? FromSection(JsonElement composition, bool birth, List<JsonElement> patients)
    {
        var wanted = birth ? "child-details" : "deceased-details";
        var reference = Items(Field(composition, "section"))
            .Where(section =>
                Items(Field(Field(section, "code"), "coding")).Any(coding => Text(coding, "code") == wanted)
            )
            .SelectMany(section => Items(Field(section, "entry")))
            .Select(entry => Text(entry, "reference"))
            .FirstOrDefault();
        var id = reference?.Split('/')[^1];
        return id is null ? null : patients.Cast<JsonElement?>().FirstOrDefault(patient => Text(patient, "id") == id);
    }

    private static List<(string Code, string Value)> Identifiers(JsonElement patient) =>
        [
            .. Items(Field(patient, "identifier"))
                .Select(identifier => (Code(identifier) ?? "", Text(identifier, "value") ?? "")),
        ];

    private static string? Code(JsonElement identifier) =>
        Field(identifier, "type") switch
        {
            { ValueKind: JsonValueKind.String } type => type.GetString(),
            { ValueKind: JsonValueKind.Object } type => Items(Field(type, "coding"))
                .Select(coding => Text(coding, "code"))
                .FirstOrDefault(),
            _ => null,
        };

    private static JsonElement? Field(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } at && at.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement? element, string name) =>
        Field(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static IEnumerable<JsonElement> Items(JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    private static IEnumerable<string> Strings(JsonElement? element) =>
        element switch
        {
            { ValueKind: JsonValueKind.String } text => [text.GetString()!],
            { ValueKind: JsonValueKind.Array } array => array
                .EnumerateArray()
                .Where(item => item.ValueKind == JsonValueKind.String)
                .Select(item => item.GetString()!),
            _ => [],
        };
}
