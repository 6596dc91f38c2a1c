using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NationalId.Sandbox.OpenCrvs.Search;

/// <summary>A query that names what the gateway's types don't have.</summary>
internal sealed class GraphQlException(string message) : Exception(message);

/// <summary>A query's selections, checked against the gateway's types as the real one does.</summary>
internal sealed partial class GraphQlQuery
{
    private readonly GraphQlTypes types;
    private readonly List<string> tokens;
    private int at;

    private GraphQlQuery(string query, GraphQlTypes types)
    {
        this.types = types;
        tokens = [.. Token.Matches(query).Select(match => match.Value)];
    }

    /// <summary>What is selected of each type, by the field of the query.</summary>
    /// <exception cref="GraphQlException">It selects what is not there.</exception>
    public static Selection Parse(string query, GraphQlTypes types)
    {
        var parser = new GraphQlQuery(query, types);
        parser.SkipTo("{");
        return parser.Read("Query");
    }

    private Selection Read(string type)
    {
        var selection = new Selection();
        while (true)
        {
            var token = Next();
            if (token == "}")
            {
                return selection;
            }

            if (token == "...")
            {
                Next();
                var on = Next();
                Expect("{");
                selection.On[on] = Read(on);
                continue;
            }

            if (at < tokens.Count && tokens[at] == "(")
            {
                SkipTo(")");
            }

            var of =
                types.TypeOf(type, token)
                ?? throw new GraphQlException($"Cannot query field \"{token}\" on type \"{type}\".");
            if (types.IsObject(of))
            {
                Expect("{");
                selection.Fields[token] = Read(of);
            }
            else
            {
                selection.Fields[token] = null;
            }
        }
    }

    private string Next() => at < tokens.Count ? tokens[at++] : throw new GraphQlException("Syntax Error: <EOF>");

    private void Expect(string token)
    {
        if (Next() != token)
        {
            throw new GraphQlException($"Syntax Error: Expected \"{token}\".");
        }
    }

    private void SkipTo(string token)
    {
        while (Next() != token) { }
    }

    [GeneratedRegex(@"\.\.\.|[{}()!:$,]|[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Token { get; }

    /// <summary>What is selected of an object.</summary>
    internal sealed class Selection
    {
        public Dictionary<string, Selection?> Fields { get; } = [];

        public Dictionary<string, Selection> On { get; } = [];

        /// <summary>What is selected of a value, and nothing else.</summary>
        public JsonNode? Of(JsonNode? value, string? type = null)
        {
            if (value is JsonArray list)
            {
                return new JsonArray([.. list.Select(one => Of(one, type))]);
            }

            if (value is not JsonObject known)
            {
                return value?.DeepClone();
            }

            var selected = new JsonObject();
            foreach (
                var (name, inner) in Fields.Concat(On.Where(on => on.Key == type).SelectMany(on => on.Value.Fields))
            )
            {
                selected[name] = inner is null ? known[name]?.DeepClone() : inner.Of(known[name]);
            }

            return selected;
        }
    }
}
