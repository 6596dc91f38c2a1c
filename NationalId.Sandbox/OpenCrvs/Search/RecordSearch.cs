using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Search;

/// <summary>
/// The GraphQL of OpenCRVS 1.x's gateway, as far as a record search client reaches it, with the limits of the version:
/// five matches or pages, a daily quota, a date that moves, records that are hidden.
/// </summary>
public sealed class RecordSearch
{
    /// <summary>The country's registration offices.</summary>
    public static readonly IReadOnlyList<string> Offices =
    [
        "0d8474da-0361-4d32-979e-af91f012340a",
        "954c0bb6-3a1b-4a4b-9d5e-1d3c3a1a2b10",
        "b3c2e7d4-6a52-4b8b-8f0d-5b9f6f0d7c21",
    ];

    private readonly ConcurrentDictionary<string, SearchEntry> entries = new();
    private readonly SandboxSettings settings;
    private readonly Func<Jwt> tokens;
    private readonly Action<StoredRecord> store;
    private readonly GraphQlTypes types;
    private readonly bool isOld;
    private int calls;
    private int refused;

    /// <param name="settings">The country's.</param>
    /// <param name="tokens">Reads bearer tokens.</param>
    /// <param name="store">Keeps a record where its mediator finds it.</param>
    internal RecordSearch(SandboxSettings settings, Func<Jwt> tokens, Action<StoredRecord> store)
    {
        this.settings = settings;
        this.tokens = tokens;
        this.store = store;
        isOld = settings.OpenCrvsVersion == OpenCrvsVersion.V12;
        types = new GraphQlTypes(isOld);
        Settings = settings.Search;
        if (isOld)
        {
            Settings.Most ??= 5;
        }
    }

    /// <summary>How it searches; can be changed at any time.</summary>
    public SearchSettings Settings { get; }

    /// <summary>Faults of the gateway.</summary>
    public FaultSwitch Gateway { get; } = new("gateway");

    /// <summary>All records, by their composition's id.</summary>
    public IReadOnlyDictionary<string, SearchEntry> Entries => entries;

    /// <summary>How many searches counted against the quota.</summary>
    public int Calls => calls;

    /// <summary>How many searches were refused for too many results.</summary>
    public int Refused => refused;

    /// <summary>Registers a record of which nobody is told.</summary>
    public SearchEntry Add(BirthRecord? record = null, DateTimeOffset? registeredAt = null)
    {
        record ??= new BirthRecord();
        var now = registeredAt ?? settings.TimeProvider.GetUtcNow();
        return Stored(Add(record, now.Year + record.TrackingId, Guid.NewGuid().ToString(), now));
    }

    /// <summary>The same of a death.</summary>
    public SearchEntry Add(DeathRecord record, DateTimeOffset? registeredAt = null)
    {
        var now = registeredAt ?? settings.TimeProvider.GetUtcNow();
        return Stored(Add(record, now.Year + record.TrackingId, Guid.NewGuid().ToString(), now));
    }

    /// <summary>A certificate is printed, or handed over: the record moves in the list.</summary>
    public void Move(SearchEntry entry, string status)
    {
        entry.Status = status;
        entry.DateOfDeclaration = settings.TimeProvider.GetUtcNow();
    }

    internal SearchEntry Add(BirthRecord record, string number, string patientId, DateTimeOffset now) =>
        entries.GetOrAdd(
            record.CompositionId,
            new SearchEntry
            {
                IsBirth = true,
                CompositionId = record.CompositionId,
                RegistrationNumber = record.RegistrationNumber ?? number,
                TrackingId = record.TrackingId,
                PatientId = patientId,
                GivenName = string.Join(' ', record.GivenNames),
                FamilyName = record.FamilyName,
                Gender = record.Gender,
                BirthDate = record.BirthDate,
                MotherNationalId = record.MotherNationalId,
                RegisteredAt = now,
                DateOfDeclaration = now,
            }
        );

    internal SearchEntry Add(DeathRecord record, string number, string patientId, DateTimeOffset now) =>
        entries.GetOrAdd(
            record.CompositionId,
            new SearchEntry
            {
                IsBirth = false,
                CompositionId = record.CompositionId,
                RegistrationNumber = record.RegistrationNumber ?? number,
                TrackingId = record.TrackingId,
                PatientId = patientId,
                GivenName = string.Join(' ', record.GivenNames),
                FamilyName = record.FamilyName,
                Gender = record.Gender,
                BirthDate = record.BirthDate,
                DeathDate = record.DeathDate,
                RegisteredAt = now,
                DateOfDeclaration = now,
            }
        );

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/graphql", Gateway.Around(AnswerAsync));
        app.MapGet("/location", Gateway.Around(LocationsAsync));
    }

    private SearchEntry Stored(SearchEntry entry)
    {
        store(new StoredRecord(entry.RegistrationNumber, entry.IsBirth, entry.CompositionId, entry.PatientId));
        return entry;
    }

    private async Task<IResult> AnswerAsync(HttpContext context)
    {
        JsonObject body;
        try
        {
            body = (await JsonNode.ParseAsync(context.Request.Body)) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            return Results.BadRequest();
        }

        // NOTE: each call looks the caller up: a token without the scope is taken for a person's who is not there.
        if (tokens().CheckBearer(context.Request)?.Contains("recordsearch") != true)
        {
            return Error("Authentication failed");
        }

        try
        {
            return Answer(body);
        }
        catch (GraphQlException wrong)
        {
            return Results.Text(Errors(wrong.Message, null).ToJsonString(), "application/json", statusCode: 400);
        }
    }

    private IResult Answer(JsonObject body)
    {
        var query = (string?)body["query"] ?? "";
        if (query.Contains("__schema", StringComparison.Ordinal))
        {
            return Json(new JsonObject { ["data"] = Schema() });
        }

        var selection = GraphQlQuery.Parse(query, types);
        var variables = body["variables"] as JsonObject ?? [];
        if (selection.Fields.GetValueOrDefault("fetchRegistration") is { } fetched)
        {
            return Fetch((string?)variables["id"], fetched);
        }

        return selection.Fields.GetValueOrDefault("searchEvents") is { } searched
            ? Search(variables, searched)
            : Error("Unknown query");
    }

    private IResult Search(JsonObject variables, GraphQlQuery.Selection selection)
    {
        if (calls >= Settings.DailyQuota)
        {
            return Error("Daily search quota exceeded");
        }

        if (Settings.FindsNothing)
        {
            return Found([], 0, selection);
        }

        var wanted = variables["p"] as JsonObject ?? [];
        var window = Window.Of(wanted);
        var found = entries.Select(pair => pair.Value).Where(entry => Matches(entry, wanted, window)).ToList();
        if (Settings.Most is { } most)
        {
            // Pages and order are ignored.
            if (found.Count > most)
            {
                Interlocked.Increment(ref refused);
                return Error("Too many results Please narrow your search");
            }
        }
        else
        {
            var skip = (int?)variables["skip"] ?? 0;
            var count = (int?)variables["count"] ?? 10;
            if (skip + count > 10_000)
            {
                return Error("Result window is too large");
            }

            IEnumerable<SearchEntry> inOrder =
                (string?)variables["sortColumn"] == "dateOfDeclaration"
                    ? found.OrderBy(entry => entry.DateOfDeclaration)
                    : found;
            found = [.. inOrder.Skip(skip).Take(count)];
        }

        foreach (var entry in found)
        {
            entry.Downloads++;
        }

        if (found.Count > 0)
        {
            Interlocked.Increment(ref calls);
        }

        return Found(found, found.Count, selection);
    }

    private static IResult Found(List<SearchEntry> found, int total, GraphQlQuery.Selection selection) =>
        Json(
            new JsonObject
            {
                ["data"] = new JsonObject
                {
                    ["searchEvents"] = selection.Of(
                        new JsonObject
                        {
                            ["totalItems"] = total,
                            ["results"] = new JsonArray([.. found.Select(entry => (JsonNode)Row(entry))]),
                        }
                    ),
                },
            }
        );

    private bool Matches(SearchEntry entry, JsonObject wanted, Window? window)
    {
        if (entry.IsHidden || (window is not null && !window.Has(entry)))
        {
            return false;
        }

        var statuses = (wanted["registrationStatuses"] as JsonArray)?.Select(status => (string?)status).ToList();
        return (entry.IsBirth ? "birth" : "death") == ((string?)wanted["event"] ?? "birth")
            && (statuses is null || statuses.Contains(entry.Status))
            && !(Settings.HidesIssued && entry.Status == "ISSUED")
            && entry.Status is "REGISTERED" or "CERTIFIED" or "ISSUED"
            && ((string?)wanted["registrationNumber"] is not { } number || entry.RegistrationNumber.StartsWith(number))
            && (
                (string?)wanted[entry.IsBirth ? "childGender" : "deceasedGender"] is not { } gender
                || entry.Gender == gender
            )
            && ((string?)wanted["declarationLocationId"] is not { } office || entry.OfficeId == office);
    }

    /// <summary>The offices, to anybody: ten of them unless all are asked for.</summary>
    private static Task<IResult> LocationsAsync(HttpContext context) =>
        Task.FromResult(
            Json(
                new JsonObject
                {
                    ["resourceType"] = "Bundle",
                    ["entry"] = new JsonArray([
                        .. (context.Request.Query["type"] == "CRVS_OFFICE" ? Offices : []).Select(id =>
                            (JsonNode)
                                new JsonObject
                                {
                                    ["resource"] = new JsonObject { ["resourceType"] = "Location", ["id"] = id },
                                }
                        ),
                    ]),
                }
            )
        );

    /// <summary>The times between which a record was declared, both inclusive.</summary>
    private sealed record Window(long From, long To)
    {
        public static Window? Of(JsonObject wanted) =>
            (string?)wanted["dateOfRegistrationStart"] is { } from
                ? new Window(Milliseconds(Time(from)), Milliseconds(Time((string?)wanted["dateOfRegistrationEnd"])))
                : null;

        public bool Has(SearchEntry entry) =>
            Milliseconds(entry.DateOfDeclaration) >= From && Milliseconds(entry.DateOfDeclaration) <= To;
    }

    private static long Milliseconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds();

    private static DateTimeOffset Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw new GraphQlException("Both bounds are needed.");

    private static JsonObject Row(SearchEntry entry) =>
        new()
        {
            ["id"] = entry.CompositionId,
            ["type"] = entry.IsBirth ? "Birth" : "Death",
            ["registration"] = new JsonObject
            {
                ["status"] = entry.Status,
                ["trackingId"] = entry.TrackingId,
                ["registrationNumber"] = entry.RegistrationNumber,
                ["dateOfDeclaration"] = Text(entry.DateOfDeclaration),
            },
            ["operationHistories"] = new JsonArray(
                new JsonObject { ["operationType"] = "DECLARED", ["operatedOn"] = Text(entry.RegisteredAt) },
                new JsonObject { ["operationType"] = "REGISTERED", ["operatedOn"] = Text(entry.RegisteredAt) }
            ),
        };

    private IResult Fetch(string? id, GraphQlQuery.Selection selection)
    {
        if (id is null || entries.GetValueOrDefault(id) is not { IsHidden: false } entry)
        {
            return Json(Errors("Registration not found", new JsonObject { ["fetchRegistration"] = null }));
        }

        entry.Fetched++;
        var type = entry.IsBirth ? "BirthRegistration" : "DeathRegistration";
        var unknown = isOld && entry.Identifiers.Keys.Any(one => !Known12.Contains(one));
        var data = new JsonObject { ["fetchRegistration"] = selection.Of(Record(entry, type), type) };
        // 1.2 knows no identifier types but its own: data and errors come together.
        return Json(
            unknown
                ? Errors("Enum \"IdentityIDType\" cannot represent value", data)
                : new JsonObject { ["data"] = data }
        );
    }

    private static readonly string[] Known12 =
    [
        "PASSPORT",
        "NATIONAL_ID",
        "MOSIP_UINTOKEN",
        "BIRTH_PATIENT_ENTRY",
        "DECEASED_PATIENT_ENTRY",
        "BIRTH_REGISTRATION_NUMBER",
        "DEATH_REGISTRATION_NUMBER",
        "OTHER",
    ];

    private JsonObject Record(SearchEntry entry, string type)
    {
        var subject = Person(entry.PatientId, entry.GivenName, entry.FamilyName, entry.Gender, entry.BirthDate);
        subject["identifier"] = new JsonArray([
            .. entry.Identifiers.Select(one =>
                (JsonNode)
                    new JsonObject
                    {
                        ["id"] = one.Value,
                        ["type"] = isOld && !Known12.Contains(one.Key) ? null : one.Key,
                    }
            ),
        ]);
        if (entry.DeathDate is { } died)
        {
            subject["deceased"] = new JsonObject { ["deathDate"] = died };
        }

        var record = new JsonObject
        {
            ["__typename"] = type,
            ["id"] = entry.CompositionId,
            ["registration"] = new JsonObject
            {
                ["id"] = Guid.NewGuid().ToString(),
                ["trackingId"] = entry.TrackingId,
                ["registrationNumber"] = entry.RegistrationNumber,
                ["status"] = new JsonArray(
                    new JsonObject { ["type"] = entry.Status, ["timestamp"] = Text(entry.DateOfDeclaration) },
                    new JsonObject { ["type"] = "REGISTERED", ["timestamp"] = Text(entry.RegisteredAt) }
                ),
            },
            [entry.IsBirth ? "child" : "deceased"] = subject,
        };
        if (entry.IsBirth)
        {
            var mother = Person(entry.MotherId, "Mirembe", entry.FamilyName, null, "1991-07-14");
            mother["identifier"] = new JsonArray(
                new JsonObject { ["id"] = entry.MotherNationalId, ["type"] = "NATIONAL_ID" }
            );
            record["mother"] = mother;
            record["informant"] = isOld
                ? new JsonObject { ["relationship"] = "MOTHER", ["individual"] = mother.DeepClone() }
                : new JsonObject { ["relationship"] = "MOTHER", ["_fhirIDPatient"] = entry.MotherId };
        }

        return record;
    }

    private static JsonObject Person(string id, string given, string family, string? gender, string birthDate) =>
        new()
        {
            ["id"] = id,
            ["name"] = new JsonArray(
                new JsonObject
                {
                    ["use"] = "en",
                    ["firstNames"] = given,
                    ["familyName"] = family,
                }
            ),
            ["gender"] = gender,
            ["birthDate"] = birthDate,
            ["identifier"] = new JsonArray(),
        };

    private JsonObject Schema()
    {
        var all = types
            .All.Select(type =>
                (JsonNode)
                    new JsonObject
                    {
                        ["name"] = type.Key,
                        ["kind"] = "OBJECT",
                        ["fields"] = new JsonArray([
                            .. type.Value.Select(field => (JsonNode)Field(field.Key, field.Value)),
                        ]),
                    }
            )
            .Concat(
                types.Enums.Select(name =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["name"] = name,
                            ["kind"] = "ENUM",
                            ["fields"] = null,
                        }
                )
            );
        return new JsonObject { ["__schema"] = new JsonObject { ["types"] = new JsonArray([.. all]) } };
    }

    private static JsonObject Field(string name, string type) =>
        new()
        {
            ["name"] = name,
            ["type"] = new JsonObject
            {
                ["kind"] = "LIST",
                ["name"] = null,
                ["ofType"] = new JsonObject { ["kind"] = "OBJECT", ["name"] = type },
            },
        };

    private static string Text(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static JsonObject Errors(string message, JsonObject? data) =>
        new() { ["data"] = data, ["errors"] = new JsonArray(new JsonObject { ["message"] = message }) };

    private static IResult Error(string message) => Json(Errors(message, null));

    private static IResult Json(JsonObject body) => Results.Text(body.ToJsonString(), "application/json");
}
