using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json;

namespace NationalId.Sandbox.Osia;

/// <summary>
/// What happens in the National ID system when a civil registry publishes something: it reads the facts there, and
/// writes them into the population registry.
/// </summary>
public sealed class Orchestrator
{
    private const string Names =
        "attributeNames=uin&attributeNames=firstName&attributeNames=lastName&attributeNames=dateOfBirth"
        + "&attributeNames=gender&attributeNames=parent1UIN&attributeNames=dateOfDeath&attributeNames=noSuchThing";

    private readonly PopulationRegistry registry;
    private readonly NotificationEngine engine;
    private readonly OsiaTokens tokens;
    private readonly OsiaExchanges exchanges;
    private readonly SandboxSettings settings;
    private readonly HttpClient http;
    private readonly ConcurrentQueue<string> problems = new();

    internal Orchestrator(
        PopulationRegistry registry,
        NotificationEngine engine,
        OsiaTokens tokens,
        OsiaExchanges exchanges,
        SandboxSettings settings,
        HttpClient http
    )
    {
        this.registry = registry;
        this.engine = engine;
        this.tokens = tokens;
        this.exchanges = exchanges;
        this.settings = settings;
        this.http = http;
        engine.Heard = HeardAsync;
    }

    /// <summary>How many of the next notices are lost.</summary>
    public int Loses { get; set; }

    /// <summary>What was wrong with what the civil registry published or answered.</summary>
    public IReadOnlyCollection<string> Problems => problems;

    /// <summary>Asks the civil registry.</summary>
    /// <param name="path">The path from <c>v1/</c> on, with its query.</param>
    /// <param name="token">The token; null: one that may do everything.</param>
    /// <param name="body">The body of a POST; null: GET.</param>
    /// <returns>Status and body.</returns>
    public async Task<(int Status, string Body)> AskAsync(string path, string? token = null, string? body = null)
    {
        var client = settings.ClientUrl ?? throw new InvalidOperationException("ClientUrl is not set");
        token ??= tokens.Issue(["cr.person.read", "cr.person.match", "cr.person.verify", "cr.document.read"]);
        using var request = new HttpRequestMessage(
            body is null ? HttpMethod.Get : HttpMethod.Post,
            new Uri(client, "/api/osia/v1/" + path)
        );
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
        {
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        }

        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var (before, query) = path.Split('?') is [var only, var rest] ? (only, "?" + rest) : (path, "");
        exchanges.Add(
            new OsiaExchange(
                "dataaccess",
                request.Method.Method,
                "/v1/" + before,
                query,
                body is null ? null : "application/json",
                body ?? "",
                (int)answer.StatusCode,
                text
            )
        );
        return ((int)answer.StatusCode, text);
    }

    private async Task HeardAsync(OsiaNotice notice)
    {
        if (Loses > 0)
        {
            Loses--;
            return;
        }

        var message = JsonSerializer.Deserialize<Dictionary<string, string>>(notice.Message)!;
        var known = notice.Subject == "liveBirth" ? ["source", "uin", "uin1", "uin2"] : new[] { "source", "uin" };
        if (message.Keys.FirstOrDefault(key => !known.Contains(key)) is { } strange)
        {
            problems.Enqueue($"{notice.Subject} has {strange}");
        }

        if (!message.TryGetValue("uin", out var uin) || !message.ContainsKey("source"))
        {
            problems.Enqueue($"{notice.Subject} lacks uin or source");
            return;
        }

        try
        {
            switch (notice.Subject)
            {
                case "liveBirth":
                    await BornAsync(uin, message);
                    break;
                case "death":
                    await DiedAsync(uin);
                    break;
                case "updatePerson":
                    await ChangedAsync(uin);
                    break;
                case "birthCancellation":
                    await CancelledAsync(uin);
                    break;
                case "deathCancellation":
                    // A country's own: what has changed is read with what follows.
                    break;
                default:
                    problems.Enqueue($"nobody knows {notice.Subject}");
                    break;
            }
        }
        catch (HttpRequestException away)
        {
            problems.Enqueue("the civil registry can't be read: " + away.HttpRequestError);
        }
    }

    private async Task BornAsync(string uin, Dictionary<string, string> message)
    {
        if (await ReadAsync(uin) is not { } child)
        {
            return;
        }

        foreach (var parent in new[] { "uin1", "uin2" }.Where(message.ContainsKey))
        {
            await ReadAsync(message[parent]);
        }

        registry.Register(uin, child);
        // Others are told before the publisher has its answer.
        await engine.TellAsync("PR", "newPerson", JsonSerializer.Serialize(new { source = "PR", uin }));
    }

    private async Task DiedAsync(string uin)
    {
        if (await ReadAsync(uin) is not { } deceased)
        {
            return;
        }

        if (!deceased.ContainsKey("dateOfDeath") || registry.Find(uin) is not { } person)
        {
            problems.Enqueue("a death without its date, or of nobody");
            return;
        }

        person.PhysicalStatus = "DEAD";
        foreach (var identity in person.Identities.Values)
        {
            identity.Status = "REVOKED";
        }
    }

    /// <summary>Whatever has changed: the facts are read again.</summary>
    private async Task ChangedAsync(string uin)
    {
        if (await ReadAsync(uin) is not { } person)
        {
            return;
        }

        var known = registry.Register(uin, person);
        known.Status = "ACTIVE";
        known.PhysicalStatus = person.ContainsKey("dateOfDeath") ? "DEAD" : "ALIVE";
    }

    private async Task CancelledAsync(string uin)
    {
        var (status, body) = await AskAsync($"persons/{uin}?attributeNames=dateOfDeath");
        // Who died can be read by that death.
        var isDead = status == 200 && body.Contains("\"dateOfDeath\":\"", StringComparison.Ordinal);
        if ((status != 404 && !isDead) || registry.Find(uin) is not { } person)
        {
            problems.Enqueue($"a birth was cancelled that can be read: {status}");
            return;
        }

        person.Status = "INACTIVE";
    }

    private async Task<Dictionary<string, string>?> ReadAsync(string uin)
    {
        var (status, body) = await AskAsync($"persons/{uin}?{Names}");
        if (status != 200)
        {
            problems.Enqueue($"the civil registry answered {status}");
            return null;
        }

        var values = new Dictionary<string, string>();
        foreach (var one in JsonSerializer.Deserialize<JsonElement>(body).EnumerateObject())
        {
            if (one.Value.ValueKind == JsonValueKind.String)
            {
                values[one.Name] = one.Value.GetString()!;
            }
            else if (one.Name != "noSuchThing" || one.Value.GetProperty("code").GetInt32() == 0)
            {
                problems.Enqueue($"{one.Name} is no text");
            }
        }

        return values;
    }
}
