using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;

namespace NationalId.Sandbox.Mosip;

/// <summary>Somebody who is subscribed with the hub.</summary>
public sealed record HubSubscriber(string Topic, Uri Callback, string Secret);

/// <summary>What became of a message of the hub.</summary>
/// <param name="Status">The client's last answer; null when there was none.</param>
/// <param name="Body">What it said.</param>
/// <param name="Tries">How often the hub sent it.</param>
public sealed record HubDelivery(int? Status, string Body, int Tries);

/// <summary>
/// MOSIP's WebSub hub, written from docs/protocols.md, "MOSIP's hub": it answers first and checks later, denies what is
/// subscribed already, signs with the subscriber's secret, tries four times and then forgets.
/// </summary>
public sealed class Hub
{
    private readonly SandboxSettings settings;
    private readonly SandboxKeys keys;
    private readonly HttpClient http;
    private readonly CancellationToken stopping;
    private readonly ConcurrentDictionary<(string Topic, string Callback), HubSubscriber> subscribers = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> tokens = new();
    private readonly ConcurrentQueue<string> asked = new();

    internal Hub(SandboxSettings settings, SandboxKeys keys, HttpClient http, CancellationToken stopping)
    {
        this.settings = settings;
        this.keys = keys;
        this.http = http;
        this.stopping = stopping;
    }

    public FaultSwitch Subscriptions { get; } = new("hub");

    /// <summary>Who is subscribed.</summary>
    public IReadOnlyCollection<HubSubscriber> Subscribers => [.. subscribers.Values];

    /// <summary>What the hub was asked for and what came of it, e.g. <c>subscribe: denied</c>.</summary>
    public IReadOnlyCollection<string> Asked => asked;

    public string Topic => keys.PartnerId + "/CREDENTIAL_ISSUED";

    /// <summary>The topic by which MOSIP tells what became of packets, of all partners.</summary>
    public static string WorkflowTopic => "REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT";

    /// <summary>Forgets who is subscribed, as a hub restored from a backup does.</summary>
    public void Forget() => subscribers.Clear();

    /// <summary>Somebody subscribes whom the client knows nothing of.</summary>
    public void Add(Uri callback, string secret) =>
        subscribers[KeyOf(Topic, callback)] = new HubSubscriber(Topic, callback, secret);

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/hub", Subscriptions.Around(AskAsync));
        app.MapPost("/hub/authmanager/authenticate/clientidsecretkey", (Delegate)AuthenticateAsync);
    }

    /// <summary>Whether a request brings a token of the hub's, as the hub reads cookies.</summary>
    internal bool Authorized(HttpContext context) =>
        // It cuts at "; " and at "=": a semicolon behind the token is part of it.
        context.Request.Headers.Cookie.ToString()
            is { } cookie
        && cookie.StartsWith("Authorization=", StringComparison.Ordinal)
        && tokens.TryGetValue(cookie["Authorization=".Length..].Split("; ")[0], out var until)
        && until > settings.TimeProvider.GetUtcNow();

    /// <summary>Sends anything at all as a message of that topic.</summary>
    public Task<HubDelivery> TellWorkflowAsync(string body, HubSigning signing = HubSigning.WithOurSecret) =>
        PublishAsync(Encoding.UTF8.GetBytes(body), signing, stopping, WorkflowTopic);

    /// <summary>Tells what became of a packet, where somebody wants to know.</summary>
    internal async Task TellAsync(StoredPacket packet)
    {
        if (subscribers.Values.All(one => one.Topic != WorkflowTopic))
        {
            return;
        }

        // NOTE: the words alone, without the envelope that credentials have.
        var result = packet.Status is "PROCESSED" or "REJECTED" ? packet.Status : "FAILED";
        var body = JsonSerializer.Serialize(
            new
            {
                instanceId = packet.Id,
                resultCode = result,
                workflowType = packet.Process,
                errorCode = result switch
                {
                    "FAILED" => "PACKET_FAILED",
                    "REJECTED" => "PACKET_REJECTED",
                    _ => null,
                },
            }
        );
        try
        {
            await TellWorkflowAsync(body);
        }
        catch (Exception gone) when (gone is InvalidOperationException or OperationCanceledException)
        {
            // Nobody is subscribed any more, or the sandbox ends.
        }
    }

    /// <summary>Sends a message to whoever is subscribed to the topic; credentials' where none is named.</summary>
    internal async Task<HubDelivery> PublishAsync(
        byte[] body,
        HubSigning signing,
        CancellationToken ct,
        string? topic = null
    )
    {
        var subscriber =
            subscribers.Values.FirstOrDefault(one => one.Topic == (topic ?? Topic))
            ?? throw new InvalidOperationException("Nobody is subscribed.");
        var delay = settings.HubRetryDelay;
        for (var tries = 1; ; tries++)
        {
            var (status, text) = await SendAsync(subscriber, body, signing, ct);
            if (status == 410)
            {
                subscribers.TryRemove(KeyOf(subscriber.Topic, subscriber.Callback), out _);
                return new HubDelivery(status, text, tries);
            }

            if (status is >= 200 and < 300 || tries > 3)
            {
                return new HubDelivery(status, text, tries);
            }

            await Task.Delay(delay, ct);
            delay *= 2;
        }
    }

    private async Task<(int? Status, string Body)> SendAsync(
        HubSubscriber subscriber,
        byte[] body,
        HubSigning signing,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, subscriber.Callback)
        {
            Content = new ByteArrayContent(body)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            },
        };
        if (signing != HubSigning.None)
        {
            var secret = signing == HubSigning.AnotherSecret ? "another secret" : subscriber.Secret;
            var hmac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body);
            request.Headers.Add("X-Hub-Signature", "sha256=" + Convert.ToHexStringLower(hmac));
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            using var answer = await http.SendAsync(request, limit.Token);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(limit.Token));
        }
        catch (Exception e)
            when (e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return (null, "");
        }
    }

    private async Task<IResult> AskAsync(HttpContext context)
    {
        if (!Authorized(context) || !context.Request.HasFormContentType)
        {
            return Results.Text("hub.mode=denied&hub.reason=Not authorized", statusCode: 401);
        }

        var form = await context.Request.ReadFormAsync();
        string mode = form["hub.mode"].ToString(),
            topic = form["hub.topic"].ToString(),
            secret = form["hub.secret"].ToString();
        if (
            mode is not ("subscribe" or "unsubscribe")
            || secret.Length == 0
            || !Uri.TryCreate(form["hub.callback"], UriKind.Absolute, out var callback)
        )
        {
            return Results.BadRequest();
        }

        _ = Task.Run(() => CheckAsync(mode, topic, callback, secret), CancellationToken.None);
        return Results.Accepted();
    }

    private async Task CheckAsync(string mode, string topic, Uri callback, string secret)
    {
        try
        {
            var key = KeyOf(topic, callback);
            var reason =
                topic != WorkflowTopic && topic.Split('/')[0] != keys.HubClientId
                    ? "The client is not the topic's partner"
                : mode == "subscribe" && subscribers.ContainsKey(key) ? "Subscriber has already registered with the Hub"
                : mode == "unsubscribe" && !subscribers.ContainsKey(key) ? "No valid subscriber found"
                : null;
            if (reason is not null)
            {
                await GetAsync(callback, $"hub.mode=denied&hub.topic={Escape(topic)}&hub.reason={Escape(reason)}");
                asked.Enqueue(mode + ": denied");
                return;
            }

            for (var tries = 0; tries < 3; tries++)
            {
                var challenge = Guid.NewGuid().ToString();
                var query = $"hub.mode={mode}&hub.topic={Escape(topic)}&hub.challenge={challenge}";
                var (status, body, type) = await GetAsync(callback, query + "&hub.lease_seconds=86400");
                if (status is >= 200 and < 300 && body == challenge && type == "text/plain")
                {
                    if (mode == "subscribe")
                    {
                        subscribers[key] = new HubSubscriber(topic, callback, secret);
                    }
                    else
                    {
                        subscribers.TryRemove(key, out _);
                    }

                    asked.Enqueue(mode + ": done");
                    return;
                }
            }

            asked.Enqueue(mode + ": not confirmed");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            asked.Enqueue(mode + ": not reached");
        }
    }

    private async Task<(int Status, string Body, string? Type)> GetAsync(Uri callback, string query)
    {
        var separator = callback.Query.Length == 0 ? "?" : "&";
        using var answer = await http.GetAsync(new Uri(callback.AbsoluteUri + separator + query), stopping);
        return (
            (int)answer.StatusCode,
            await answer.Content.ReadAsStringAsync(stopping),
            answer.Content.Headers.ContentType?.MediaType
        );
    }

    private async Task<IResult> AuthenticateAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var request = body.RootElement.GetProperty("request");
        var isKnown =
            request.GetProperty("clientId").GetString() == keys.HubClientId
            && request.GetProperty("secretKey").GetString() == keys.HubClientSecret
            && request.GetProperty("appId").GetString() == "admin";
        var now = settings.TimeProvider.GetUtcNow();
        if (isKnown)
        {
            var until = now + settings.MosipTokenLifetime;
            var claims = JsonSerializer.SerializeToUtf8Bytes(new { exp = until.ToUnixTimeSeconds() });
            var head = JsonSerializer.SerializeToUtf8Bytes(new { alg = "RS256" });
            string[] parts = [Encode(head), Encode(claims), Encode(RandomNumberGenerator.GetBytes(32))];
            var token = string.Join('.', parts);
            tokens[token] = until;
            context.Response.Headers.SetCookie = $"Authorization={token}; Path=/; HttpOnly; Secure; SameSite=Strict";
        }

        // Always 200: what went wrong stands in the body.
        return Results.Json(
            new
            {
                id = "string",
                version = "string",
                responsetime = now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"),
                metadata = (object?)null,
                response = isKnown ? new { status = "Success", message = "Validated" } : null,
                errors = isKnown
                    ? null
                    : new[] { new { errorCode = "KER-ATH-003", message = "Invalid client id or secret" } },
            }
        );
    }

    private static (string Topic, string Callback) KeyOf(string topic, Uri callback) =>
        (topic, callback.AbsoluteUri.TrimEnd('/'));

    private static string Escape(string text) => HttpUtility.UrlEncode(text);

    private static string Encode(byte[] bytes) =>
        Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

/// <summary>How the hub signs a message.</summary>
public enum HubSigning
{
    WithOurSecret,
    AnotherSecret,
    None,
}
