using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;

namespace NationalId.Sandbox.OpenCrvs;

/// <summary>A webhook. A null callback stands for the client's address, which can be told later.</summary>
public sealed record Subscription(string Id, Uri? Callback, string Topic, string Secret, DateTimeOffset CreatedAt);

/// <summary>OpenCRVS's webhooks service: subscribe with a challenge, list, remove.</summary>
internal sealed class Subscriptions(OpenCrvsSandbox owner, HttpClient http, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Subscription> all = new();

    public IReadOnlyCollection<Subscription> All => [.. all.Values];

    public void Add(string topic, string secret, Uri? callback)
    {
        var created = new Subscription(Guid.NewGuid().ToString(), callback, topic, secret, time.GetUtcNow());
        all[created.Id] = created;
    }

    public async Task<IResult> SubscribeAsync(HttpContext context)
    {
        if (owner.Tokens.CheckBearer(context.Request)?.Contains("webhook") != true)
        {
            return Results.Unauthorized();
        }

        JsonElement hub;
        try
        {
            using var json = await JsonDocument.ParseAsync(context.Request.Body);
            hub = json.RootElement.GetProperty("hub").Clone();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Denied(null, "hub is missing");
        }

        var topic = Text("topic");
        if (Text("mode") != "subscribe")
        {
            return Denied(topic, "hub.mode must be set to subscribe");
        }

        if (topic is null || !OpenCrvsSandbox.Topics.Contains(topic))
        {
            return Denied(topic, "Unsupported topic");
        }

        if (Text("secret") != owner.WebhookSecret)
        {
            return Denied(topic, "hub.secret is not the client's sha secret");
        }

        if (!Uri.TryCreate(Text("callback"), UriKind.Absolute, out var callback))
        {
            return Denied(topic, "hub.callback is not a URL");
        }

        if (await ChallengeAsync(callback, topic, context.RequestAborted) is { } reason)
        {
            return Denied(topic, reason);
        }

        Add(topic, owner.WebhookSecret, callback);
        return Results.StatusCode(202);

        string? Text(string name) =>
            hub.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
    }

    public Task<IResult> ListAsync(HttpContext context) =>
        Task.FromResult(
            owner.Tokens.CheckBearer(context.Request)?.Contains("webhook") != true
                ? Results.Unauthorized()
                : Results.Json(
                    new
                    {
                        entries = All.Select(hook => new
                        {
                            id = hook.Id,
                            callback = hook.Callback ?? owner.ClientCallback,
                            createdAt = hook.CreatedAt,
                            createdBy = new
                            {
                                client_id = owner.ClientId,
                                name = owner.ClientName,
                                type = "api",
                                username = owner.ClientName,
                            },
                            topic = hook.Topic,
                        }),
                    }
                )
        );

    public Task<IResult> RemoveAsync(HttpContext context) =>
        Task.FromResult(
            owner.Tokens.CheckBearer(context.Request)?.Contains("webhook") != true ? Results.Unauthorized()
            : all.TryRemove((string)context.Request.RouteValues["id"]!, out _) ? Results.NoContent()
            : Results.BadRequest()
        );

    /// <summary>Asks the callback to repeat a challenge that has every character that gets lost on the way.</summary>
    /// <returns>Why it failed; null when it didn't.</returns>
    internal async Task<string?> ChallengeAsync(Uri callback, string topic, CancellationToken ct)
    {
        string challenge;
        do
        {
            challenge = Convert.ToBase64String(RandomNumberGenerator.GetBytes(40));
        } while (!challenge.Contains('+') || !challenge.Contains('/'));

        // Only + / = are to be escaped in base64: EscapeDataString and encodeURIComponent agree on them.
        var url = $"{callback}?mode=subscribe&challenge={Uri.EscapeDataString(challenge)}&topic={topic}";
        try
        {
            using var response = await http.GetAsync(url, ct);
            using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(ct));
            return response.IsSuccessStatusCode && answer.RootElement.GetProperty("challenge").GetString() == challenge
                ? null
                : $"the callback answered {(int)response.StatusCode} or another challenge";
        }
        catch (Exception e)
            when (e
                    is HttpRequestException
                        or JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or OperationCanceledException
            )
        {
            return $"the callback can't be verified: {e.GetType().Name}";
        }
    }

    private static IResult Denied(string? topic, string reason) =>
        Results.Json(
            new
            {
                hub = new
                {
                    mode = "denied",
                    topic,
                    reason,
                },
            },
            statusCode: 400
        );
}
