using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.Sandbox;

/// <summary>The sandbox's OpenCRVS 1.9, 2.0 or 2.1 with a makeshift client, called over raw HTTP.</summary>
internal sealed class EventsCaller : IAsyncDisposable
{
    private readonly HttpClient http = new();

    private EventsCaller(FakeClient client, SandboxServer sandbox)
    {
        Client = client;
        Sandbox = sandbox;
    }

    public FakeClient Client { get; }

    public SandboxServer Sandbox { get; }

    public EventsSandbox Events => Sandbox.Events;

    public static async Task<EventsCaller> StartAsync(
        SandboxKeys keys,
        OpenCrvsVersion version = OpenCrvsVersion.V20,
        Action<SandboxSettings>? change = null
    )
    {
        var client = await FakeClient.StartAsync();
        var settings = new SandboxSettings
        {
            Keys = keys,
            OpenCrvsVersion = version,
            ClientName = "Freedonia",
            ClientUrl = client.Url,
        };
        // What the client answers goes to core as it is.
        settings.Events.AcceptsByItself = false;
        change?.Invoke(settings);
        return new EventsCaller(client, await SandboxServer.StartAsync(settings));
    }

    /// <summary>The client answers registrations like this.</summary>
    public void Answers(int status, string body = "") =>
        Client.Answer = (_, _) => Task.FromResult(Results.Text(body, "application/json", statusCode: status));

    /// <summary>The token that came with the last trigger of a record.</summary>
    public string TokenOf(string eventId) => Events.Triggers.Last(trigger => trigger.EventId == eventId).Token;

    /// <summary>A registration that waits for an acceptance.</summary>
    public async Task<RegistrarAnswer> PendingAsync(RegistrationOrder? order = null)
    {
        Answers(202);
        var registered = await Events.RegisterAsync(order);
        Assert.Equal(200, registered.Status);
        Assert.Single(Events.Find(registered.EventId)!.Pending);
        return registered;
    }

    /// <summary>The input of an acceptance or rejection.</summary>
    public static JsonObject Input(RegistrarAnswer registered, string? number = null, string? transactionId = null)
    {
        var input = new JsonObject
        {
            ["eventId"] = registered.EventId,
            ["actionId"] = registered.ActionId,
            ["transactionId"] = transactionId ?? Guid.NewGuid().ToString(),
        };
        if (number is not null)
        {
            input["registrationNumber"] = number;
        }

        return input;
    }

    /// <summary>Calls a procedure in the plain form.</summary>
    public Task<(int Status, JsonNode? Body)> CallAsync(string procedure, string? token, JsonNode? input) =>
        SendAsync(HttpMethod.Post, $"/events/{procedure}", token, new JsonObject { ["json"] = input?.DeepClone() });

    /// <summary>Accepts a registration with the trigger's token.</summary>
    public Task<(int Status, JsonNode? Body)> AcceptAsync(RegistrarAnswer registered, JsonObject input) =>
        CallAsync("event.actions.register.accept", TokenOf(registered.EventId), input);

    public Task<(int Status, JsonNode? Body)> GetAsync(string eventId, string token) =>
        SendAsync(
            HttpMethod.Get,
            "/events/event.get?input="
                + Uri.EscapeDataString(
                    new JsonObject { ["json"] = new JsonObject { ["eventId"] = eventId } }.ToJsonString()
                ),
            token,
            null
        );

    /// <summary>The National ID client's own token.</summary>
    public async Task<string> ClientTokenAsync()
    {
        var (status, body) = await TokenAsync(ClientCredentials());
        Assert.Equal(200, status);
        return (string)body!["access_token"]!;
    }

    public Dictionary<string, string> ClientCredentials() =>
        new()
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = Sandbox.Keys.OpenCrvsClientId,
            ["client_secret"] = Sandbox.Keys.OpenCrvsClientSecret,
        };

    public async Task<(int Status, JsonNode? Body)> TokenAsync(Dictionary<string, string> form, bool inQuery = false)
    {
        var url = Sandbox.ClientSettings["NationalId:OpenCrvs:AuthUrl"] + "/token";
        using var content = new FormUrlEncodedContent(form);
        using var answer = inQuery
            ? await http.PostAsync(url + "?" + await content.ReadAsStringAsync(), null)
            : await http.PostAsync(url, content);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public Task<(int Status, JsonNode? Body)> ExchangeAsync(string token, string eventId, string actionId) =>
        TokenAsync(
            new()
            {
                ["grant_type"] = "urn:opencrvs:oauth:grant-type:token-exchange",
                ["subject_token"] = token,
                ["subject_token_type"] = "urn:ietf:params:oauth:token-type:access_token",
                ["requested_token_type"] = "urn:opencrvs:oauth:token-type:single_record_token",
                ["event_id"] = eventId,
                ["action_id"] = actionId,
            }
        );

    public async Task<(int Status, JsonNode? Body)> SendAsync(
        HttpMethod method,
        string path,
        string? token,
        JsonNode? body
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(Sandbox.OpenCrvsUrl, path));
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public async Task<string> TextAsync(string path) => await http.GetStringAsync(new Uri(Sandbox.OpenCrvsUrl, path));

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Sandbox.DisposeAsync();
        await Client.DisposeAsync();
    }
}

/// <summary>What the real OpenCRVS sends and answers, by its shape.</summary>
internal static class EventShapes
{
    public static JsonNode Real(string folder, string name) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", folder, name + ".json")))!;

    /// <summary>The properties of a record and of each of its actions, in their order.</summary>
    public static string[] OfDocument(JsonNode document) =>
        [
            string.Join(',', document.AsObject().Select(pair => pair.Key)),
            .. document["actions"]!
                .AsArray()
                .Select(action =>
                    $"{action!["type"]} {action["status"]}: "
                    + string.Join(',', action.AsObject().Select(pair => pair.Key))
                ),
        ];

    /// <summary>All properties with the kinds of their values; values of fields of the form are left out.</summary>
    public static string[] OfAnything(JsonNode? node, string at = "$") =>
        node switch
        {
            JsonObject when at.EndsWith(".declaration", StringComparison.Ordinal) => [at],
            JsonObject all => [.. all.SelectMany(pair => OfAnything(pair.Value, $"{at}.{pair.Key}"))],
            JsonArray list => [.. list.SelectMany(item => OfAnything(item, at + "[]")).Distinct()],
            null => [$"{at} null"],
            _ => [$"{at} {node.GetValueKind()}"],
        };
}
