using System.Text;
using System.Text.Json.Nodes;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// What the gateway says of its own types. A query that names a field which the version lacks is refused as a whole, so
/// it is built of the fields that are there.
/// </summary>
internal sealed class GraphQlSchema
{
    /// <summary>Asks for it.</summary>
    public const string Query =
        "query IntrospectionQuery { __schema { types { name kind fields { name type { name kind ofType { name kind "
        + "ofType { name kind ofType { name kind } } } } } } } }";

    private readonly Dictionary<string, Dictionary<string, string>> types = new(StringComparer.Ordinal);
    private readonly HashSet<string> enums = new(StringComparer.Ordinal);

    private GraphQlSchema() { }

    /// <summary>Reads the answer.</summary>
    /// <param name="data">The answer's data.</param>
    /// <returns>Null when it is none.</returns>
    public static GraphQlSchema? Read(JsonObject? data)
    {
        if (data?["__schema"]?["types"] is not JsonArray types)
        {
            return null;
        }

        var schema = new GraphQlSchema();
        foreach (var type in types)
        {
            if (WrittenJson.Text(type, "name") is not { } name)
            {
                continue;
            }

            if (WrittenJson.Text(type, "kind") == "ENUM")
            {
                schema.enums.Add(name);
            }

            schema.types[name] = (type!["fields"] as JsonArray ?? [])
                .Where(field => WrittenJson.Text(field, "name") is not null)
                .ToDictionary(field => WrittenJson.Text(field, "name")!, field => Base(field!["type"]));
        }

        return schema;
    }

    /// <summary>Whether a type has a field.</summary>
    /// <param name="type">The type.</param>
    /// <param name="field">The field.</param>
    public bool Has(string type, string field) => types.GetValueOrDefault(type)?.ContainsKey(field) == true;

    /// <summary>Whether a field's type is a list of words.</summary>
    /// <param name="type">The type that has the field.</param>
    /// <param name="field">The field.</param>
    public bool IsEnum(string type, string field) =>
        types.GetValueOrDefault(type)?.TryGetValue(field, out var of) == true && enums.Contains(of);

    /// <summary>The selection of a type's fields, of those that are wanted and there.</summary>
    /// <param name="type">The type.</param>
    /// <param name="wanted">The fields, by name; those of objects with fields of their own.</param>
    public string Select(string type, IReadOnlyDictionary<string, Fields?> wanted)
    {
        var text = new StringBuilder();
        foreach (var (name, inner) in wanted)
        {
            if (types.GetValueOrDefault(type)?.TryGetValue(name, out var of) != true)
            {
                continue;
            }

            if (inner is null)
            {
                text.Append(name).Append(' ');
            }
            else if (Select(of!, inner) is { Length: > 0 } selected)
            {
                text.Append(name).Append('{').Append(selected).Append("} ");
            }
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>The named type inside lists and what must not be null.</summary>
    private static string Base(JsonNode? type)
    {
        while (type?["ofType"] is JsonObject inner)
        {
            type = inner;
        }

        return WrittenJson.Text(type, "name") ?? "";
    }

    /// <summary>Fields by name; those of objects with fields of their own.</summary>
    internal sealed class Fields : Dictionary<string, Fields?>
    {
        /// <summary>Some fields that hold values.</summary>
        /// <param name="names">Their names.</param>
        public static Fields Of(params ReadOnlySpan<string> names)
        {
            var fields = new Fields();
            foreach (var name in names)
            {
                fields[name] = null;
            }

            return fields;
        }

        /// <summary>The same with an object's.</summary>
        /// <param name="name">The object's name.</param>
        /// <param name="inner">Its fields.</param>
        public Fields With(string name, Fields inner)
        {
            this[name] = inner;
            return this;
        }
    }
}
