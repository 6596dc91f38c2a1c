using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NationalId.Core.Platform;

namespace NationalId.Core.Operations.OpenApi;

/// <summary>
/// The OpenAPI 3.1 document of the HTTP functions. Its addresses and methods are those of the triggers, its shapes
/// those of the types that the code writes; what the attributes add is compared with real answers by the fuzz tests.
/// </summary>
public static partial class ApiDocument
{
    private const string Json = "application/json";
    private const string ProblemJson = "application/problem+json";
    private const string KeyScheme = "functionKey";

    private static readonly Dictionary<int, string> Refusals = new()
    {
        [400] = "What came can't be read, or is not what is asked for.",
        [401] = "The caller proves nothing.",
        [403] = "The caller may not.",
        [404] = "There is no such thing here, or the route belongs to a system that is not configured.",
        [409] = "It can't be done as things stand.",
        [413] = "The body is too long.",
        [415] = "Nothing of this type is served.",
        [422] = "A part of the body is missing, or of another type.",
        [429] = "Too many requests: try again later.",
        [500] = "Something that this needs does not answer: try again later.",
        [502] = "The partner answers what was not agreed.",
        [503] = "Something that this needs does not answer: try again later.",
    };

    private static readonly Dictionary<string, string> PathParameters = new(StringComparer.Ordinal)
    {
        ["key"] = "The event's key: 64 hexadecimal digits.",
        ["eventType"] = "The country's type of event, e.g. birth.",
        ["actionType"] = "The action's type, e.g. REGISTER.",
        ["uin"] = "The person's number.",
        ["secret"] = "The secret OSIA-NOTIFY-SECRET.",
        ["file"] = "The file's name; index.html is the page.",
        ["id"] = "The batch's id.",
    };

    /// <summary>Writes the document.</summary>
    /// <param name="functions">The HTTP functions.</param>
    public static JsonObject Write(IReadOnlyCollection<ApiFunction> functions)
    {
        ArgumentNullException.ThrowIfNull(functions);
        var paths = new JsonObject();
        var schemas = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var byPath in functions.GroupBy(function => PathOf(function)).OrderBy(group => group.Key))
        {
            var path = new JsonObject();
            foreach (var function in byPath)
            {
                foreach (var method in function.Methods)
                {
                    path[method] = Operation(function, method, schemas);
                }
            }

            paths[byPath.Key] = path;
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "National ID client for OpenCRVS",
                ["version"] = ProductVersion.Text,
                ["description"] =
                    "Every HTTP function of this version. A route of a system that is not configured answers 404. "
                    + "What MOSIP, OSIA and OpenCRVS say in bodies is in docs/protocols.md.",
                ["license"] = new JsonObject { ["name"] = "MPL-2.0", ["identifier"] = "MPL-2.0" },
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject(
                    schemas.Select(name => KeyValuePair.Create<string, JsonNode?>(name, ApiSchemas.Of(name)))
                ),
                ["securitySchemes"] = SecuritySchemes(),
            },
        };
    }

    /// <summary>The address; a parameter that takes the rest of the path is a plain one in OpenAPI.</summary>
    private static string PathOf(ApiFunction function) => function.Path.Replace("{*", "{", StringComparison.Ordinal);

    private static JsonObject Operation(ApiFunction function, string method, SortedSet<string> schemas)
    {
        // One that says nothing of itself is in the document all the same; a test tells who wrote it.
        var told =
            function.Attributes.OfType<OperationAttribute>().SingleOrDefault()
            ?? new OperationAttribute(ApiTags.Everybody, function.Name);
        var operation = new JsonObject
        {
            ["operationId"] = method == function.Methods[0] ? function.Name : $"{function.Name}-{method}",
            ["tags"] = new JsonArray(told.Tag),
            ["summary"] = told.Summary,
        };
        if (Parameters(function, method) is { Count: > 0 } parameters)
        {
            operation["parameters"] = parameters;
        }

        if (method != "options" && Body(function, schemas) is { } body)
        {
            operation["requestBody"] = body;
        }

        operation["responses"] = Responses(function, method, schemas);
        if (SchemeOf(function, told) is { } scheme)
        {
            operation["security"] = new JsonArray(new JsonObject { [scheme] = new JsonArray() });
        }

        return operation;
    }

    private static JsonArray Parameters(ApiFunction function, string method)
    {
        var parameters = new JsonArray();
        foreach (var name in PathParameter.Matches(PathOf(function)).Select(match => match.Groups[1].Value))
        {
            parameters.Add(Parameter("path", name, PathParameters.GetValueOrDefault(name, ""), isRequired: true));
        }

        foreach (var query in function.Attributes.OfType<QueryAttribute>())
        {
            parameters.Add(Parameter("query", query.Name, query.What, query.Required));
        }

        if (function.WantsKey && method == "post")
        {
            parameters.Add(
                Parameter("header", OperatorRequest.Header, "Any value, e.g. NationalId.", isRequired: true)
            );
        }

        return parameters;
    }

    private static JsonNode Parameter(string place, string name, string what, bool isRequired)
    {
        var parameter = new JsonObject
        {
            ["name"] = name,
            ["in"] = place,
            ["required"] = isRequired,
            ["schema"] = new JsonObject { ["type"] = "string" },
        };
        if (what.Length > 0)
        {
            parameter["description"] = what;
        }

        return parameter;
    }

    private static JsonObject? Body(ApiFunction function, SortedSet<string> schemas)
    {
        var taken = function.Attributes.OfType<TakesAttribute>().ToList();
        return taken.Count == 0
            ? null
            : new JsonObject
            {
                ["description"] = string.Join(" ", taken.Select(one => one.What)),
                ["required"] = !taken.Any(one => one.Optional),
                ["content"] = new JsonObject(
                    taken.Select(one => Content(one.ContentType, one.Schema ?? ApiSchemas.Foreign, schemas))
                ),
            };
    }

    private static JsonObject Responses(ApiFunction function, string method, SortedSet<string> schemas)
    {
        var responses = new SortedDictionary<int, JsonObject>();
        foreach (var answer in function.Attributes.OfType<AnswersAttribute>())
        {
            if (answer.Method is null || answer.Method == method)
            {
                Add(answer.Status, answer.When, answer.Schema is null ? answer.ContentType : Json, answer.Schema);
            }
        }

        foreach (var refused in function.Attributes.OfType<RefusesAttribute>())
        {
            foreach (var status in refused.Statuses)
            {
                Add(
                    status,
                    Refusals[status],
                    refused.Schema is null ? ProblemJson : Json,
                    refused.Schema ?? ApiSchemas.Problem
                );
            }
        }

        if (function.WantsKey)
        {
            // The Functions host says nothing more; we do where the sign-in alone lets operators in.
            Add(401, "Without a key, or where nobody is signed in.", ProblemJson, ApiSchemas.Problem);
            if (method == "post")
            {
                Add(403, "Without X-Requested-With, or from another site's page.", ProblemJson, ApiSchemas.Problem);
            }
        }

        return new JsonObject(
            responses.Select(one =>
                KeyValuePair.Create<string, JsonNode?>(one.Key.ToString(CultureInfo.InvariantCulture), one.Value)
            )
        );

        void Add(int status, string when, string? contentType, string? schema)
        {
            if (!responses.TryGetValue(status, out var response))
            {
                response = new JsonObject { ["description"] = when };
                responses[status] = response;
            }
            else if (response["description"]!.GetValue<string>() is var before && before != when)
            {
                response["description"] = $"{before} {when}";
            }

            if (contentType is not null)
            {
                var (type, content) = Content(contentType, schema ?? ApiSchemas.Foreign, schemas);
                response["content"] ??= new JsonObject();
                response["content"]![type] = content;
            }
        }
    }

    private static KeyValuePair<string, JsonNode?> Content(string contentType, string schema, SortedSet<string> schemas)
    {
        var content = new JsonObject();
        if (schema != ApiSchemas.Foreign)
        {
            schemas.Add(schema);
            content["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{schema}" };
        }

        return KeyValuePair.Create<string, JsonNode?>(contentType, content);
    }

    private static string? SchemeOf(ApiFunction function, OperationAttribute told) =>
        function.WantsKey ? KeyScheme
        : told.Proof == ApiProof.Signature ? "hubSignature"
        : told.Proof == ApiProof.Bearer ? "bearer"
        : null;

    private static JsonObject SecuritySchemes() =>
        new()
        {
            [KeyScheme] = new JsonObject
            {
                ["type"] = "apiKey",
                ["in"] = "header",
                ["name"] = "x-functions-key",
                ["description"] = "The operators' key. In Azure they sign in with Entra before.",
            },
            ["hubSignature"] = new JsonObject
            {
                ["type"] = "apiKey",
                ["in"] = "header",
                ["name"] = "X-Hub-Signature",
                ["description"] = "sha256= and an HMAC-SHA256 in hexadecimal; of which text, docs/protocols.md says.",
            },
            ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" },
        };

    [GeneratedRegex("\\{([^}]+)\\}")]
    private static partial Regex PathParameter { get; }
}
