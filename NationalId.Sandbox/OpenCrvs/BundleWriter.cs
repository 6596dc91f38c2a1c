using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs;

/// <summary>What went into a bundle.</summary>
internal sealed record WrittenBundle(string Json, string RegistrationNumber, string PatientId, int PaddingBytes);

/// <summary>Writes bundles as OpenCRVS sends them: FHIR in shape, not in conformance.</summary>
internal static class BundleWriter
{
    private const string Specs = "http://opencrvs.org/specs";
    private const string PaddingMark = "@@attachment@@";
    private static readonly JsonSerializerOptions Literal = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static WrittenBundle Birth(BirthRecord record, DateTimeOffset now)
    {
        var number = record.RegistrationNumber ?? now.Year + record.TrackingId;
        string child = NewId(),
            mother = NewId();
        var bundle = new Bundle(record.Shape ?? BundleShape.Composition, record.Leftovers, now);
        if (record.Shape is not BundleShape.V12)
        {
            bundle.Composition(
                "birth",
                record.CompositionId,
                record.TrackingId,
                ("child-details", child),
                ("mother-details", mother)
            );
        }

        bundle.Task("birth", record.CompositionId, record.TrackingId, number);
        bundle.Patient(
            mother,
            ["Mirembe"],
            record.FamilyName,
            null,
            "1991-07-14",
            bundle.Identifier("NATIONAL_ID", record.MotherNationalId)
        );
        bundle.Patient(
            child,
            record.GivenNames,
            record.FamilyName,
            record.Gender,
            record.BirthDate,
            bundle.Identifier("BIRTH_REGISTRATION_NUMBER", number)
        );
        bundle.Rest("MOTHER", mother, record.PaddingBytes > 0 ? PaddingMark : null);
        return new(bundle.ToJson(), number, child, record.PaddingBytes);
    }

    public static WrittenBundle Death(DeathRecord record, DateTimeOffset now)
    {
        var number = record.RegistrationNumber ?? now.Year + record.TrackingId;
        string deceased = NewId(),
            spouse = NewId();
        var bundle = new Bundle(record.Shape ?? BundleShape.Composition, record.Leftovers, now);
        if (record.Shape is not BundleShape.V12)
        {
            bundle.Composition(
                "death",
                record.CompositionId,
                record.TrackingId,
                ("spouse-details", spouse),
                ("deceased-details", deceased)
            );
        }

        bundle.Task("death", record.CompositionId, record.TrackingId, number);
        bundle.Patient(
            spouse,
            ["Sefu"],
            record.FamilyName,
            null,
            "1953-11-02",
            bundle.Identifier("NATIONAL_ID", record.SpouseNationalId)
        );
        var person = bundle.Patient(
            deceased,
            record.GivenNames,
            record.FamilyName,
            record.Gender,
            record.BirthDate,
            bundle.Identifier("NATIONAL_ID", record.NationalId),
            bundle.Identifier("BIRTH_PATIENT_ENTRY", record.BirthPatientEntry),
            bundle.Identifier("DEATH_REGISTRATION_NUMBER", number)
        );
        person["deceasedBoolean"] = true;
        person["deceasedDateTime"] = record.DeathDate;
        record.Deceased?.Invoke(person);
        bundle.Rest("SPOUSE", spouse, record.PaddingBytes > 0 ? PaddingMark : null);
        var json = bundle.ToJson();
        if (record.DuplicateDeceasedDateTime)
        {
            var once = $"\"deceasedDateTime\":\"{record.DeathDate}\"";
            json = json.Replace(once, once + "," + once, StringComparison.Ordinal);
        }

        return new(json, number, deceased, record.PaddingBytes);
    }

    /// <summary>
    /// The webhook's body around a bundle, the attachment put in at the very end so that 50 MB are written once.
    /// </summary>
    public static byte[] Body(WrittenBundle bundle, string topic, string webhookId, DateTimeOffset now)
    {
        var text =
            $"{{\"timestamp\":{Quote(now.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"))},\"id\":{Quote(webhookId)},"
            + $"\"event\":{{\"hub\":{{\"topic\":{Quote(topic)}}},\"context\":[{bundle.Json}]}}}}";
        if (bundle.PaddingBytes == 0)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        var cut = text.IndexOf(PaddingMark, StringComparison.Ordinal);
        byte[] before = Encoding.UTF8.GetBytes(text[..cut]),
            after = Encoding.UTF8.GetBytes(text[(cut + PaddingMark.Length)..]);
        var padding = bundle.PaddingBytes / 4 * 4;
        var body = new byte[before.Length + padding + after.Length];
        before.CopyTo(body, 0);
        // Filled in place: the random bytes stand where their base64 will.
        RandomNumberGenerator.Fill(body.AsSpan(before.Length, padding / 4 * 3));
        Base64.EncodeToUtf8InPlace(body.AsSpan(before.Length, padding), padding / 4 * 3, out _);
        after.CopyTo(body, before.Length + padding);
        return body;
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text, Literal);

    private static string NewId() => Guid.NewGuid().ToString();

    private sealed class Bundle(BundleShape shape, bool leftovers, DateTimeOffset now)
    {
        private readonly JsonArray entries = [];
        private readonly string practitioner = NewId();
        private readonly string office = NewId();

        public void Composition(
            string kind,
            string id,
            string trackingId,
            params (string Code, string Patient)[] sections
        ) =>
            Add(
                id,
                new JsonObject
                {
                    ["identifier"] = new JsonObject { ["system"] = "urn:ietf:rfc:3986", ["value"] = trackingId },
                    ["resourceType"] = "Composition",
                    ["status"] = "preliminary",
                    ["type"] = new JsonObject
                    {
                        ["coding"] = Coding("http://opencrvs.org/doc-types", kind + "-declaration"),
                        ["text"] = kind + " declaration",
                    },
                    ["class"] = new JsonObject
                    {
                        ["coding"] = Coding("http://opencrvs.org/doc-classes", "crvs-document"),
                        ["text"] = "CRVS Document",
                    },
                    ["title"] = kind + " declaration",
                    ["section"] = new JsonArray([
                        .. sections.Select(section =>
                            (JsonNode)
                                new JsonObject
                                {
                                    ["title"] = section.Code,
                                    ["code"] = new JsonObject
                                    {
                                        ["coding"] = Coding("http://opencrvs.org/doc-sections", section.Code),
                                        ["text"] = section.Code,
                                    },
                                    ["entry"] = new JsonArray(Reference("Patient/" + section.Patient)),
                                }
                        ),
                    ]),
                    ["subject"] = new JsonObject(),
                    ["date"] = Time(),
                    ["author"] = new JsonArray(),
                }
            );

        public void Task(string kind, string compositionId, string trackingId, string number) =>
            Add(
                NewId(),
                new JsonObject
                {
                    ["resourceType"] = "Task",
                    ["status"] = "ready",
                    ["intent"] = "proposal",
                    ["code"] = new JsonObject { ["coding"] = Coding(Specs + "/types", kind.ToUpperInvariant()) },
                    ["focus"] = Reference("Composition/" + compositionId),
                    ["requester"] = new JsonObject { ["agent"] = Reference("Practitioner/" + practitioner) },
                    ["identifier"] = new JsonArray(
                        SystemValue("draft-id", NewId()),
                        SystemValue(kind + "-tracking-id", trackingId),
                        SystemValue(kind + "-registration-number", number)
                    ),
                    ["extension"] = new JsonArray(
                        new JsonObject { ["url"] = Specs + "/extension/timeLoggedMS", ["valueInteger"] = 2385 },
                        new JsonObject
                        {
                            ["url"] = Specs + "/extension/regLastOffice",
                            ["valueReference"] = Reference("Location/" + office),
                        }
                    ),
                    ["lastModified"] = Time(),
                    ["businessStatus"] = new JsonObject { ["coding"] = Coding(Specs + "/reg-status", "REGISTERED") },
                }
            );

        public JsonObject Patient(
            string id,
            string[] given,
            string family,
            string? gender,
            string birthDate,
            params JsonObject?[] identifiers
        )
        {
            var patient = new JsonObject
            {
                ["resourceType"] = "Patient",
                ["active"] = true,
                ["name"] = new JsonArray(
                    new JsonObject
                    {
                        ["use"] = "en",
                        ["given"] = new JsonArray([
                            .. given.Select(name => (JsonNode)name),
                            .. shape is BundleShape.Composition ? [(JsonNode)""] : Array.Empty<JsonNode>(),
                        ]),
                        ["family"] = shape is BundleShape.V12 ? new JsonArray(family) : family,
                    }
                ),
                ["identifier"] = new JsonArray([.. identifiers.OfType<JsonObject>()]),
                ["birthDate"] = birthDate,
            };
            if (gender is not null)
            {
                patient["gender"] = gender;
            }

            if (leftovers)
            {
                patient["multipleBirthInteger"] = 1;
                patient["address"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "PRIMARY_ADDRESS",
                        ["line"] = new JsonArray("", "12 Rue d'Été (2)", ""),
                        ["country"] = "FAR",
                    }
                );
                patient["_transforms"] = new JsonObject { ["meta"] = new JsonObject { ["lastUpdated"] = Time() } };
                patient["_request"] = new JsonObject { ["method"] = "POST" };
            }

            Add(id, patient);
            return patient;
        }

        public JsonObject? Identifier(string code, string? value) =>
            value is null
                ? null
                : new JsonObject
                {
                    ["value"] = value,
                    ["type"] =
                        shape is BundleShape.V12
                            ? code
                            : new JsonObject { ["coding"] = Coding(Specs + "/identifier-type", code) },
                };

        public void Rest(string relationship, string informant, string? attachment)
        {
            Add(
                NewId(),
                new JsonObject
                {
                    ["resourceType"] = "RelatedPerson",
                    ["relationship"] = new JsonObject
                    {
                        ["coding"] = Coding(
                            "http://hl7.org/fhir/ValueSet/relatedperson-relationshiptype",
                            relationship
                        ),
                    },
                    ["patient"] = Reference("Patient/" + informant),
                }
            );
            if (leftovers)
            {
                Add(
                    NewId(),
                    new JsonObject
                    {
                        // In R4 context has become encounter.
                        ["resourceType"] = "Observation",
                        ["status"] = "final",
                        ["context"] = Reference("Encounter/" + NewId()),
                        ["code"] = new JsonObject { ["coding"] = Coding("http://loinc.org", "57722-1") },
                        ["valueQuantity"] = new JsonObject { ["value"] = 1 },
                    }
                );
                Add(
                    NewId(),
                    new JsonObject
                    {
                        ["resourceType"] = "TaskHistory",
                        ["status"] = "ready",
                        ["lastModified"] = Time(),
                    }
                );
            }

            Add(
                practitioner,
                new JsonObject
                {
                    ["resourceType"] = "Practitioner",
                    ["name"] = new JsonArray(
                        new JsonObject
                        {
                            ["use"] = "en",
                            ["family"] = "Registrar",
                            ["given"] = new JsonArray("Farai"),
                        }
                    ),
                }
            );
            Add(
                office,
                new JsonObject
                {
                    ["resourceType"] = "Location",
                    ["name"] = "Lake District Office",
                    ["status"] = "active",
                    ["mode"] = "instance",
                }
            );
            if (attachment is null)
            {
                return;
            }

            Add(
                NewId(),
                new JsonObject
                {
                    ["resourceType"] = "DocumentReference",
                    ["status"] = "current",
                    ["content"] = new JsonArray(
                        new JsonObject
                        {
                            ["attachment"] = new JsonObject { ["contentType"] = "image/jpeg", ["data"] = attachment },
                        }
                    ),
                }
            );
        }

        public string ToJson() =>
            new JsonObject
            {
                ["resourceType"] = "Bundle",
                ["type"] = "document",
                ["entry"] = entries,
                ["meta"] = new JsonObject { ["lastUpdated"] = Time() },
            }.ToJsonString(Literal);

        private void Add(string id, JsonObject resource)
        {
            resource["id"] = id;
            var type = resource["resourceType"]!.GetValue<string>();
            var url = shape is BundleShape.V12 ? $"urn:uuid:{id}" : $"/fhir/{type}/{id}/_history/{NewId()}";
            entries.Add((JsonNode)new JsonObject { ["fullUrl"] = url, ["resource"] = resource });
        }

        private string Time() => now.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

        private static JsonArray Coding(string system, string code) =>
            [new JsonObject { ["system"] = system, ["code"] = code }];

        private static JsonObject Reference(string to) => new() { ["reference"] = to };

        private static JsonObject SystemValue(string name, string value) =>
            new() { ["system"] = $"{Specs}/id/{name}", ["value"] = value };
    }
}
