using System.Collections.Concurrent;
using System.Text.Json;

namespace NationalId.Sandbox.Osia;

/// <summary>An identity of a person.</summary>
public sealed class RegistryIdentity
{
    public required string Id { get; init; }

    public string Status { get; set; } = "CLAIMED";

    public Dictionary<string, string> Attributes { get; init; } = [];
}

/// <summary>A person of the registry.</summary>
public sealed class RegistryPerson
{
    public required string Uin { get; init; }

    public string Status { get; set; } = "ACTIVE";

    public string PhysicalStatus { get; set; } = "ALIVE";

    public ConcurrentDictionary<string, RegistryIdentity> Identities { get; } = new();

    /// <summary>The identity that counts; without one nothing can be read of the person.</summary>
    public string? Reference { get; set; }

    public IReadOnlyDictionary<string, string>? Attributes =>
        Reference is { } id && Identities.TryGetValue(id, out var identity) ? identity.Attributes : null;
}

/// <summary>OSIA's population registry: Data Access, and what may write it.</summary>
public sealed class PopulationRegistry
{
    private static readonly string[] Reserved = ["names", "offset", "limit"];

    private readonly OsiaTokens tokens;
    private readonly OsiaExchanges exchanges;
    private readonly ConcurrentDictionary<string, RegistryPerson> persons = new();

    internal PopulationRegistry(OsiaTokens tokens, OsiaExchanges exchanges)
    {
        this.tokens = tokens;
        this.exchanges = exchanges;
    }

    public FaultSwitch Data { get; } = new("osia-registry");

    public FaultSwitch Writing { get; } = new("osia-write");

    public IReadOnlyCollection<RegistryPerson> Persons => [.. persons.Values];

    /// <summary>Whether a query that finds nobody is answered by an empty list, and not 404.</summary>
    public bool AnswersEmptyList { get; set; }

    public RegistryPerson? Find(string uin) => persons.GetValueOrDefault(uin);

    /// <summary>Somebody whom the registry knows.</summary>
    public RegistryPerson Add(string uin, string first, string last, string born)
    {
        var person = persons.GetOrAdd(uin, _ => new RegistryPerson { Uin = uin });
        Write(
            person,
            "known",
            new()
            {
                ["uin"] = uin,
                ["firstName"] = first,
                ["lastName"] = last,
                ["dateOfBirth"] = born,
            }
        );
        return person;
    }

    /// <summary>Writes what was read of a person, as the orchestrator does.</summary>
    internal RegistryPerson Register(string uin, Dictionary<string, string> attributes)
    {
        var person = persons.GetOrAdd(uin, _ => new RegistryPerson { Uin = uin });
        Write(person, "civil", attributes);
        return person;
    }

    internal void Map(IEndpointRouteBuilder app)
    {
        MapRead(app, "GET", "persons", "pr.person.read", (context, _) => Query(context));
        MapRead(app, "GET", "persons/{uin}", "pr.person.read", (context, _) => Read(context));
        MapRead(app, "POST", "persons/{uin}/match", "pr.person.match", Match);
        MapWrite(app, "POST", "persons/{uin}", "pr.person.write", Create);
        MapWrite(app, "PUT", "persons/{uin}", "pr.person.write", Update);
        MapWrite(app, "POST", "persons/{uin}/identities/{identity}", "pr.identity.write", CreateIdentity);
        MapWrite(
            app,
            "PUT",
            "persons/{uin}/identities/{identity}/reference",
            "pr.reference.write",
            (context, _) => Define(context)
        );
    }

    private static void Write(RegistryPerson person, string identity, Dictionary<string, string> attributes)
    {
        person.Identities[identity] = new RegistryIdentity
        {
            Id = identity,
            Status = "VALID",
            Attributes = attributes,
        };
        person.Reference = identity;
    }

    private void MapRead(
        IEndpointRouteBuilder app,
        string method,
        string path,
        string scope,
        Func<HttpContext, string, IResult> answer
    ) =>
        app.MapMethods(
            "/registry/v1/" + path,
            [method],
            Data.Around(context => RecordAsync(context, "dataaccess", scope, answer))
        );

    private void MapWrite(
        IEndpointRouteBuilder app,
        string method,
        string path,
        string scope,
        Func<HttpContext, string, IResult> answer
    ) =>
        app.MapMethods(
            "/write/v1/" + path,
            [method],
            Writing.Around(context => RecordAsync(context, "pr", scope, answer))
        );

    private Task<IResult> RecordAsync(
        HttpContext context,
        string name,
        string scope,
        Func<HttpContext, string, IResult> answer
    ) =>
        exchanges.RecordAsync(
            context,
            name,
            body =>
                Task.FromResult(
                    tokens.Refusal(context.Request, scope) is { } status ? Results.StatusCode(status)
                    : name == "pr" && context.Request.Query["transactionId"].ToString().Length == 0
                        ? OsiaBody.Error(0, "transactionId is missing")
                    : answer(context, body)
                )
        );

    private static string Route(HttpContext context, string name = "uin") => (string)context.Request.RouteValues[name]!;

    private IResult Query(HttpContext context)
    {
        var asked = context
            .Request.Query.Where(one => !Reserved.Contains(one.Key))
            .ToDictionary(one => one.Key, one => one.Value.ToString());
        if (asked.Count == 0)
        {
            return OsiaBody.Error(0, "no attributes");
        }

        var found = persons
            .Values.Where(person =>
                person.Attributes is { } has && asked.All(one => has.GetValueOrDefault(one.Key) == one.Value)
            )
            .Select(person => person.Uin)
            .ToList();
        return found.Count > 0 || AnswersEmptyList ? Results.Json(found) : Results.StatusCode(404);
    }

    private IResult Read(HttpContext context)
    {
        var names = context.Request.Query["attributeNames"];
        if (names.Count == 0)
        {
            return OsiaBody.Error(0, "attributeNames is missing");
        }

        return Find(Route(context))?.Attributes is { } has
            ? Results.Json(
                names
                    .OfType<string>()
                    .ToDictionary(
                        name => name,
                        name =>
                            has.TryGetValue(name, out var value)
                                ? (object)value
                                : new { code = 1023, message = "Unknown attribute name" }
                    )
            )
            : Results.StatusCode(404);
    }

    private IResult Match(HttpContext context, string body)
    {
        if (!OsiaBody.IsAttributes(body))
        {
            return OsiaBody.Error(0, "no attributes");
        }

        // Exactly, case included.
        return Find(Route(context))?.Attributes is { } has
            ? Results.Json(
                OsiaBody
                    .Attributes(body)
                    .Where(one => has.GetValueOrDefault(one.Key) != one.Value)
                    .Select(one => new { attributeName = one.Key, errorCode = has.ContainsKey(one.Key) ? 1 : 0 })
            )
            : Results.StatusCode(404);
    }

    private IResult Create(HttpContext context, string body)
    {
        if (PersonIn(body) is not { } said)
        {
            return OsiaBody.Error(0, "no person");
        }

        var uin = Route(context);
        var person = new RegistryPerson
        {
            Uin = uin,
            Status = said.Status,
            PhysicalStatus = said.PhysicalStatus,
        };
        return persons.TryAdd(uin, person) ? Results.StatusCode(201) : Results.StatusCode(409);
    }

    private IResult Update(HttpContext context, string body)
    {
        if (PersonIn(body) is not { } said)
        {
            return OsiaBody.Error(0, "no person");
        }

        if (Find(Route(context)) is not { } person)
        {
            return Results.StatusCode(404);
        }

        person.Status = said.Status;
        person.PhysicalStatus = said.PhysicalStatus;
        return Results.StatusCode(204);
    }

    private IResult CreateIdentity(HttpContext context, string body)
    {
        if (Find(Route(context)) is not { } person)
        {
            return Results.StatusCode(404);
        }

        var said = JsonSerializer.Deserialize<JsonElement>(body);
        if (
            said.GetProperty("identityType").GetString() is not { Length: > 0 }
            || said.GetProperty("status").GetString() is not ("CLAIMED" or "VALID" or "INVALID" or "REVOKED")
            || !OsiaBody.IsAttributes(said.GetProperty("biographicData").GetRawText())
        )
        {
            return OsiaBody.Error(0, "no identity");
        }

        var identity = new RegistryIdentity
        {
            Id = Route(context, "identity"),
            Status = said.GetProperty("status").GetString()!,
            Attributes = OsiaBody.Attributes(said.GetProperty("biographicData").GetRawText()),
        };
        return person.Identities.TryAdd(identity.Id, identity) ? Results.StatusCode(201) : Results.StatusCode(409);
    }

    private IResult Define(HttpContext context)
    {
        if (
            Find(Route(context)) is not { } person
            || !person.Identities.TryGetValue(Route(context, "identity"), out var identity)
        )
        {
            return Results.StatusCode(404);
        }

        if (identity.Status != "VALID")
        {
            return Results.StatusCode(403);
        }

        person.Reference = identity.Id;
        return Results.StatusCode(204);
    }

    private static (string Status, string PhysicalStatus)? PersonIn(string body)
    {
        try
        {
            var root = JsonSerializer.Deserialize<JsonElement>(body);
            return
                root.EnumerateObject().Count() == 2
                && root.GetProperty("status").GetString() is "ACTIVE" or "INACTIVE"
                && root.GetProperty("physicalStatus").GetString() is "ALIVE" or "DEAD"
                ? (root.GetProperty("status").GetString()!, root.GetProperty("physicalStatus").GetString()!)
                : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
