using System.Buffers;
using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// Writes OpenCRVS's Patient as FHIR means it, so that no value ends up where Hl7.Fhir can't read it
/// (docs/protocols.md, "An event's bundle"): the last of duplicate properties, a type that is a plain string as
/// CodeableConcept, one family name, arrays where FHIR has arrays, one <c>deceased[x]</c>.
/// </summary>
internal static class PatientNormaliser
{
    /// <exception cref="InvalidOperationException">A string is not Unicode.</exception>
    public static ReadOnlyMemory<byte> Normalise(ReadOnlyMemory<byte> patient)
    {
        using var document = JsonDocument.Parse(patient);
        var output = new ArrayBufferWriter<byte>(patient.Length + 256);
        using (var writer = new Utf8JsonWriter(output))
        {
            WritePatient(writer, Properties(document.RootElement));
        }

        return output.WrittenMemory;
    }

    private static void WritePatient(Utf8JsonWriter writer, Dictionary<string, JsonElement> properties)
    {
        // Both are told of the dead; the date says more.
        if (properties.TryGetValue("deceasedDateTime", out var date) && date.ValueKind == JsonValueKind.String)
        {
            properties.Remove("deceasedBoolean");
        }

        writer.WriteStartObject();
        foreach (var (name, value) in properties)
        {
            // OpenCRVS's store leaves its own notes here (_transforms, _request); FHIR's own use of "_" has nothing
            // that is read.
            if (name.StartsWith('_'))
            {
                continue;
            }

            writer.WritePropertyName(name);
            if (name == "identifier")
            {
                WriteArray(writer, value, WriteIdentifier);
            }
            else if (name == "name")
            {
                WriteArray(writer, value, WriteName);
            }
            else
            {
                WriteAny(writer, value);
            }
        }
        writer.WriteEndObject();
    }

    private static void WriteIdentifier(Utf8JsonWriter writer, JsonElement identifier)
    {
        if (identifier.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        writer.WriteStartObject();
        foreach (var (name, value) in Properties(identifier))
        {
            writer.WritePropertyName(name);
            if (name == "type" && value.ValueKind == JsonValueKind.String)
            {
                writer.WriteStartObject();
                writer.WriteStartArray("coding");
                writer.WriteStartObject();
                writer.WriteString("code", value.GetString());
                writer.WriteEndObject();
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            else
            {
                WriteAny(writer, value);
            }
        }
        writer.WriteEndObject();
    }

    private static void WriteName(Utf8JsonWriter writer, JsonElement humanName)
    {
        if (humanName.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        writer.WriteStartObject();
        foreach (var (name, value) in Properties(humanName))
        {
            writer.WritePropertyName(name);
            if (name == "family" && value.ValueKind == JsonValueKind.Array)
            {
                writer.WriteStringValue(
                    string.Join(' ', value.EnumerateArray().Where(IsText).Select(part => part.GetString()))
                );
            }
            else if (name == "given")
            {
                WriteArray(writer, value, WriteAny);
            }
            else
            {
                WriteAny(writer, value);
            }
        }
        writer.WriteEndObject();
    }

    private static bool IsText(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(value.GetString());

    private static void WriteArray(Utf8JsonWriter writer, JsonElement value, Action<Utf8JsonWriter, JsonElement> write)
    {
        writer.WriteStartArray();
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var member in value.EnumerateArray().Where(member => member.ValueKind != JsonValueKind.Null))
            {
                write(writer, member);
            }
        }
        else
        {
            write(writer, value);
        }
        writer.WriteEndArray();
    }

    private static void WriteAny(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var (name, member) in Properties(value))
                {
                    writer.WritePropertyName(name);
                    WriteAny(writer, member);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                WriteArray(writer, value, WriteAny);
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    // The last value of each name, without those that say nothing.
    private static Dictionary<string, JsonElement> Properties(JsonElement value)
    {
        var properties = new Dictionary<string, JsonElement>();
        foreach (var property in value.EnumerateObject())
        {
            properties[property.Name] = property.Value;
        }

        foreach (
            var name in properties
                .Where(property => property.Value.ValueKind == JsonValueKind.Null)
                .Select(property => property.Key)
                .ToList()
        )
        {
            properties.Remove(name);
        }

        return properties;
    }
}
