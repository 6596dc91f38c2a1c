using System.Text.Json;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// The country's identity schema. It goes along with each packet, and MOSIP drops whatever field it does not name
/// without a word.
/// </summary>
internal sealed class PacketSchema
{
    private const string TextsReference = "#/definitions/simpleType";

    private readonly Dictionary<string, bool> hasLanguages;

    private PacketSchema(string json, Dictionary<string, bool> hasLanguages)
    {
        Json = json;
        this.hasLanguages = hasLanguages;
    }

    /// <summary>The schema's text.</summary>
    public string Json { get; }

    /// <summary>Reads the schema that the settings name.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="problem">What is wrong with it.</param>
    public static PacketSchema? TryRead(PacketOptions options, out string problem)
    {
        try
        {
            var json =
                options.SchemaFile.Length > 0 ? File.ReadAllText(options.SchemaFile)
                : options.SchemaJson.Length > 0 ? options.SchemaJson
                : Stock();
            using var document = JsonDocument.Parse(json);
            var fields = document
                .RootElement.GetProperty("properties")
                .GetProperty("identity")
                .GetProperty("properties")
                .EnumerateObject()
                .ToDictionary(
                    field => field.Name,
                    field =>
                        field.Value.TryGetProperty("$ref", out var reference) && reference.ValueEquals(TextsReference),
                    StringComparer.Ordinal
                );
            problem = "";
            return new PacketSchema(json, fields);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            problem = "names a file that can't be read";
        }
        catch (Exception unreadable)
            when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            problem = "is no identity schema of MOSIP: it has no properties.identity.properties";
        }

        return null;
    }

    /// <summary>Whether a field would reach MOSIP.</summary>
    /// <param name="field">The field.</param>
    public bool Has(string field) => hasLanguages.ContainsKey(field);

    /// <summary>Whether a field has one value for each language.</summary>
    /// <param name="field">The field.</param>
    public bool HasLanguages(string field) => hasLanguages.GetValueOrDefault(field);

    private static string Stock()
    {
        using var stream = typeof(PacketSchema).Assembly.GetManifestResourceStream("identity-schema.json")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
