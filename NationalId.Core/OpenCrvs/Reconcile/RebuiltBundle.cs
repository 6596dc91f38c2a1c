using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Writes a registration that the gateway showed in the shape of a webhook's body, so that all that reads webhooks
/// reads it too. It is not what OpenCRVS would have sent: attachments, offices and links are not known, and names stand
/// as they are today (docs/reconcile.md, "What is rebuilt").
/// </summary>
internal sealed class RebuiltBundle
{
    private const string Specs = "http://opencrvs.org/specs";

    private readonly FetchedRegistration fetched;
    private readonly JsonArray entries = [];
    private readonly List<(string Code, string Patient)> sections = [];
    private readonly string kind;
    private readonly string number;

    private RebuiltBundle(FetchedRegistration fetched)
    {
        this.fetched = fetched;
        kind = fetched.Kind == RegistrationKind.Birth ? "birth" : "death";
        number = fetched.Number ?? "";
    }

    /// <summary>The body.</summary>
    /// <param name="fetched">What the gateway showed.</param>
    /// <param name="topic">The topic under which it would have come.</param>
    /// <param name="now">The present.</param>
    public static byte[] Write(FetchedRegistration fetched, string topic, DateTimeOffset now) =>
        new RebuiltBundle(fetched).Write(topic, now);

    private byte[] Write(string topic, DateTimeOffset now)
    {
        var subject = fetched.Kind == RegistrationKind.Birth ? "child" : "deceased";
        AddPerson(subject);
        AddPerson("mother");
        AddPerson("father");
        AddPerson("spouse");
        AddInformant();
        var resources = new JsonArray();
        if (!fetched.IsOld)
        {
            resources.Add(Entry("Composition", fetched.RecordId, Composition()));
        }

        resources.Add(Entry("Task", StableIds.Of("task", fetched.RecordId), Task()));
        foreach (var entry in entries.ToList())
        {
            entries.Remove(entry);
            resources.Add(entry);
        }

        var bundle = new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "document",
            ["entry"] = resources,
        };
        return JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["timestamp"] = WrittenJson.Time(now),
                ["id"] = StableIds.Of("fetched", fetched.RecordId, number),
                ["event"] = new JsonObject
                {
                    ["hub"] = new JsonObject { ["topic"] = topic },
                    ["context"] = new JsonArray(bundle),
                },
            },
            WrittenJson.Plain
        );
    }

    private JsonObject Composition() =>
        new()
        {
            ["identifier"] = new JsonObject { ["system"] = "urn:ietf:rfc:3986", ["value"] = fetched.TrackingId },
            ["status"] = "final",
            ["type"] = Concept("http://opencrvs.org/doc-types", kind + "-declaration"),
            ["class"] = Concept("http://opencrvs.org/doc-classes", "crvs-document"),
            ["title"] = kind + " declaration",
            ["section"] = new JsonArray([
                .. sections.Select(section =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["title"] = section.Code,
                            ["code"] = Concept("http://opencrvs.org/doc-sections", section.Code),
                            ["entry"] = new JsonArray(Reference("Patient/" + section.Patient)),
                        }
                ),
            ]),
        };

    private JsonObject Task()
    {
        var task = new JsonObject
        {
            ["status"] = "ready",
            ["intent"] = "proposal",
            ["code"] = Concept(Specs + "/types", kind.ToUpperInvariant()),
            ["focus"] = Reference("Composition/" + fetched.RecordId),
            ["identifier"] = new JsonArray(
                SystemValue(kind + "-tracking-id", fetched.TrackingId ?? ""),
                SystemValue(kind + "-registration-number", number)
            ),
            ["businessStatus"] = Concept(Specs + "/reg-status", "REGISTERED"),
        };
        if (fetched.RegisteredAt is { } at)
        {
            task["lastModified"] = WrittenJson.Time(at);
        }

        return task;
    }

    private string? AddPerson(string role)
    {
        if (fetched.Record[role] is not JsonObject person || (person["name"] is null && person["identifier"] is null))
        {
            return null;
        }

        var id = WrittenJson.Text(person, "id") ?? StableIds.Of("patient", fetched.RecordId, role);
        entries.Add(Entry("Patient", id, Patient(person, role is "child" or "deceased")));
        sections.Add((role + "-details", id));
        return id;
    }

    private void AddInformant()
    {
        if (fetched.Record["informant"] is not JsonObject informant)
        {
            return;
        }

        // 1.2 has the person inside, later versions have them flat.
        var relationship = WrittenJson.Text(informant, "relationship") ?? "OTHER";
        var person = informant["individual"] as JsonObject ?? informant;
        var same = sections.Find(section => section.Code == relationship.ToLowerInvariant() + "-details").Patient;
        if (same is null && (person["name"] is not null || person["identifier"] is not null))
        {
            same =
                (person == informant ? WrittenJson.Text(informant, "_fhirIDPatient") : WrittenJson.Text(person, "id"))
                ?? StableIds.Of("patient", fetched.RecordId, "informant");
            entries.Add(Entry("Patient", same, Patient(person, false)));
        }

        if (same is not null)
        {
            entries.Add(
                Entry(
                    "RelatedPerson",
                    StableIds.Of("related", fetched.RecordId),
                    new JsonObject
                    {
                        ["relationship"] = Concept(
                            "http://hl7.org/fhir/ValueSet/relatedperson-relationshiptype",
                            relationship
                        ),
                        ["patient"] = Reference("Patient/" + same),
                    }
                )
            );
        }
    }

    private JsonObject Patient(JsonObject person, bool isSubject)
    {
        var patient = new JsonObject { ["active"] = true };
        patient["name"] = new JsonArray([.. Objects(person["name"]).Select(Name)]);
        var identifiers = Objects(person["identifier"]).Select(Identifier).OfType<JsonNode>().ToList();
        var own = kind.ToUpperInvariant() + "_REGISTRATION_NUMBER";
        if (isSubject && !Objects(person["identifier"]).Any(one => WrittenJson.Text(one, "type") == own))
        {
            identifiers.Add(Typed(own, number));
        }

        patient["identifier"] = new JsonArray([.. identifiers]);
        Copy(person, "gender", patient, "gender");
        Copy(person, "birthDate", patient, "birthDate");
        if (WrittenJson.Text(person, "deceased", "deathDate") is { } died)
        {
            patient["deceasedBoolean"] = true;
            patient["deceasedDateTime"] = died;
        }

        if (IsAgeOnly(person, out var age))
        {
            // OpenCRVS makes a date of an age: nobody is to take it for a date.
            patient["extension"] = new JsonArray(
                new JsonObject { ["url"] = Specs + "/extension/age-of-individual-in-years", ["valueInteger"] = age }
            );
        }

        if (Objects(person["address"]).Any())
        {
            patient["address"] = new JsonArray([
                .. Objects(person["address"]).Select(address => (JsonNode)Shown(address)),
            ]);
        }

        return patient;
    }

    private JsonNode Name(JsonObject name)
    {
        var family = WrittenJson.Text(name, "familyName");
        var written = new JsonObject
        {
            ["use"] = WrittenJson.Text(name, "use") ?? "en",
            ["given"] = new JsonArray([
                .. new[] { WrittenJson.Text(name, "firstNames"), WrittenJson.Text(name, "middleName") }
                    .OfType<string>()
                    .Select(given => (JsonNode)given),
            ]),
        };
        if (family is not null)
        {
            written["family"] = fetched.IsOld ? new JsonArray(family) : family;
        }

        return written;
    }

    private JsonObject? Identifier(JsonObject identifier) =>
        WrittenJson.Text(identifier, "id") is not { } value ? null
        : WrittenJson.Text(identifier, "type") is { } type ? Typed(type, value)
        // A type that this version can't tell: the value is an identifier all the same.
        : new JsonObject { ["value"] = value };

    private JsonObject Typed(string type, string value) =>
        new()
        {
            ["value"] = value,
            ["type"] = fetched.IsOld ? type : new JsonObject { ["coding"] = Coding(Specs + "/identifier-type", type) },
        };

    private static bool IsAgeOnly(JsonObject person, out int age)
    {
        age = 0;
        return person["exactDateOfBirthUnknown"] is JsonValue unknown
            && unknown.TryGetValue<bool>(out var isUnknown)
            && isUnknown
            && person["ageOfIndividualInYears"] is JsonValue years
            && years.TryGetValue(out age);
    }

    // What is null is not there.
    private static JsonObject Shown(JsonObject address) =>
        new([
            .. address
                .Where(part => part.Value is not null)
                .Select(part => KeyValuePair.Create(part.Key, part.Value!.DeepClone()))!,
        ]);

    private static void Copy(JsonObject from, string name, JsonObject to, string written)
    {
        if (WrittenJson.Text(from, name) is { } text)
        {
            to[written] = text;
        }
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    private JsonObject Entry(string type, string id, JsonObject resource)
    {
        resource["resourceType"] = type;
        resource["id"] = id;
        return new JsonObject
        {
            ["fullUrl"] = fetched.IsOld ? $"urn:uuid:{id}" : $"/fhir/{type}/{id}",
            ["resource"] = resource,
        };
    }

    private static JsonObject Concept(string system, string code) =>
        new() { ["coding"] = Coding(system, code), ["text"] = code };

    private static JsonArray Coding(string system, string code) =>
        [new JsonObject { ["system"] = system, ["code"] = code }];

    private static JsonObject Reference(string to) => new() { ["reference"] = to };

    private static JsonObject SystemValue(string name, string value) =>
        new() { ["system"] = $"{Specs}/id/{name}", ["value"] = value };
}
