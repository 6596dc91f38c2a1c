using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace NationalId.Sandbox.Osia;

/// <summary>What was published.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Subject">The subject.</param>
/// <param name="Message">The message.</param>
public sealed record OsiaNotice(string Topic, string? Subject, string Message);

/// <summary>A subscription.</summary>
public sealed class OsiaSubscription
{
    public required string Id { get; init; }

    public required string Topic { get; init; }

    public required string TopicId { get; init; }

    public required string Address { get; init; }

    public required string Policy { get; init; }

    public string Token { get; } = Guid.NewGuid().ToString();

    public bool Active { get; set; }
}

/// <summary>
/// OSIA's Notification engine: at least once, which means twice here, in another order where that is wanted, and again
/// where it was not taken.
/// </summary>
public sealed class NotificationEngine
{
    private readonly OsiaTokens tokens;
    private readonly OsiaExchanges exchanges;
    private readonly HttpClient http;
    private readonly ConcurrentDictionary<string, string> topics = new();
    private readonly ConcurrentDictionary<string, OsiaSubscription> subscriptions = new();
    private readonly ConcurrentQueue<OsiaNotice> published = new();
    private readonly ConcurrentQueue<(OsiaSubscription To, string Type, string Body)> untaken = new();
    private Func<Task>? held;
    private int strangeConfirmations;

    internal NotificationEngine(OsiaTokens tokens, OsiaExchanges exchanges, HttpClient http)
    {
        this.tokens = tokens;
        this.exchanges = exchanges;
        this.http = http;
    }

    public FaultSwitch Publish { get; } = new("osia-publish");

    public FaultSwitch Topics { get; } = new("osia-topics");

    public FaultSwitch Subscribe { get; } = new("osia-subscribe");

    public FaultSwitch Confirmation { get; } = new("osia-confirm");

    public IReadOnlyCollection<OsiaNotice> Published => published;

    public IReadOnlyCollection<OsiaSubscription> Subscriptions => [.. subscriptions.Values];

    /// <summary>The content type of a notification that is taken; null: any.</summary>
    public string? ContentType { get; set; }

    /// <summary>
    /// Whether a confirmation has <c>confirmURL</c> beside <c>subscribeURL</c>: the reference implementation has it,
    /// OSIA's own file does not allow it.
    /// </summary>
    public bool SendsConfirmUrl { get; set; }

    /// <summary>How many of the next notices are told only after the one that follows.</summary>
    public int Swaps { get; set; }

    /// <summary>How often somebody called an address that stood in a message.</summary>
    public int StrangeConfirmations => strangeConfirmations;

    /// <summary>Told of each notice before its sender is answered.</summary>
    internal Func<OsiaNotice, Task> Heard { get; set; } = _ => Task.CompletedTask;

    /// <summary>Forgets all topics, as a restart of the reference implementation does.</summary>
    public void ForgetTopics() => topics.Clear();

    /// <summary>Tells subscribers of a topic.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="subject">The type of event.</param>
    /// <param name="message">The message, a JSON object.</param>
    /// <param name="bare">Whether the message is the whole body, as an example of the standard has it.</param>
    /// <returns>What subscribers answered; nothing when the notice is told only after the next.</returns>
    public async Task<IReadOnlyList<int>> TellAsync(string topic, string subject, string message, bool bare = false)
    {
        // NOTE: an empty message-id, as the reference implementation sends it.
        var body = bare
            ? message
            : JsonSerializer.Serialize(
                new
                {
                    type = "Notification",
                    topic,
                    message,
                    messageId = "",
                    subject,
                    timestamp = DateTimeOffset.UtcNow.ToString("O"),
                }
            );
        List<int> statuses = [];
        await InTurnAsync(async () =>
        {
            foreach (var subscription in Subscriptions.Where(one => one.Active && one.Topic == topic))
            {
                statuses.Add(await PostAsync(subscription, "Notification", body));
                statuses.Add(await PostAsync(subscription, "Notification", body));
            }
        });
        return statuses;
    }

    /// <summary>
    /// Tells again what was not answered 200. A real one waits first, as long as the subscription's policy says.
    /// </summary>
    /// <returns>What subscribers answered.</returns>
    public async Task<IReadOnlyList<int>> RetryAsync()
    {
        List<int> statuses = [];
        for (var left = untaken.Count; left > 0 && untaken.TryDequeue(out var one); left--)
        {
            statuses.Add(await PostAsync(one.To, one.Type, one.Body));
        }

        return statuses;
    }

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(
            "/notification/v1/topics",
            Topics.Around(context => RecordAsync(context, _ => Task.FromResult(CreateTopic(context))))
        );
        app.MapPost(
            "/notification/v1/topics/{id}/publish",
            Publish.Around(context => RecordAsync(context, body => PublishAsync(context, body)))
        );
        app.MapPost(
            "/notification/v1/subscriptions",
            Subscribe.Around(context => RecordAsync(context, _ => SubscribeAsync(context)))
        );
        app.MapGet(
            "/notification/v1/subscriptions/confirm",
            Confirmation.Around(context => RecordAsync(context, _ => Task.FromResult(Confirm(context))))
        );
        // The address that stands in a message: a stranger could have written it, so nobody may call it.
        app.MapGet("/notification/elsewhere", () => Interlocked.Increment(ref strangeConfirmations));
    }

    // The first of a pair whose order is swapped waits for the second.
    private async Task InTurnAsync(Func<Task> tell)
    {
        if (Swaps > 0 && Interlocked.CompareExchange(ref held, tell, null) is null)
        {
            Swaps--;
            return;
        }

        await tell();
        if (Interlocked.Exchange(ref held, null) is { } earlier)
        {
            await earlier();
        }
    }

    private Task<IResult> RecordAsync(HttpContext context, Func<string, Task<IResult>> work) =>
        exchanges.RecordAsync(context, "notification", work);

    private IResult CreateTopic(HttpContext context)
    {
        if (tokens.Refusal(context.Request, "notif.topic.write") is { } status)
        {
            return Results.StatusCode(status);
        }

        return context.Request.Query["name"].ToString() is { Length: > 0 } name
            ? Results.Json(new { uuid = topics.GetOrAdd(name, _ => Guid.NewGuid().ToString()), name })
            : OsiaBody.Error(1, "name is missing");
    }

    private async Task<IResult> PublishAsync(HttpContext context, string body)
    {
        if (tokens.Refusal(context.Request, "notif.topic.publish") is { } status)
        {
            return Results.StatusCode(status);
        }

        if (ContentType is { } wanted && context.Request.ContentType != wanted)
        {
            return Results.StatusCode(415);
        }

        var topic = topics.FirstOrDefault(one => one.Value == (string)context.Request.RouteValues["id"]!).Key;
        if (topic is null)
        {
            return Results.StatusCode(404);
        }

        // NOTE: read as Latin-1, as the reference implementation does.
        if (body.Any(c => c > '~'))
        {
            return OsiaBody.Error(2, "not ASCII");
        }

        var notice = new OsiaNotice(topic, context.Request.Query["subject"], body);
        published.Enqueue(notice);
        await InTurnAsync(() => Heard(notice));
        return Results.Ok();
    }

    private async Task<IResult> SubscribeAsync(HttpContext context)
    {
        if (tokens.Refusal(context.Request, "notif.sub.write") is { } status)
        {
            return Results.StatusCode(status);
        }

        var query = context.Request.Query;
        if (
            query["topic"].ToString() is not { Length: > 0 } topic
            || query["address"].ToString() is not { Length: > 0 } to
        )
        {
            return OsiaBody.Error(3, "topic or address is missing");
        }

        var subscription = subscriptions.GetOrAdd(
            topic + " " + to,
            _ => new OsiaSubscription
            {
                Id = Guid.NewGuid().ToString(),
                Topic = topic,
                TopicId = topics.GetOrAdd(topic, _ => Guid.NewGuid().ToString()),
                Address = to,
                Policy = query["policy"].ToString(),
            }
        );
        if (!subscription.Active)
        {
            var elsewhere = $"http://{context.Request.Host}/notification/elsewhere?token={subscription.Token}";
            var message = new Dictionary<string, string>
            {
                ["type"] = "SubscriptionConfirmation",
                ["token"] = subscription.Token,
                ["topic"] = topic,
                ["message"] = "confirm",
                ["messageId"] = Guid.NewGuid().ToString(),
                ["subscribeURL"] = elsewhere,
            };
            if (SendsConfirmUrl)
            {
                message["confirmURL"] = elsewhere;
            }

            // Before the subscriber has its answer.
            await PostAsync(subscription, "SubscriptionConfirmation", JsonSerializer.Serialize(message));
        }

        return Results.Json(
            new
            {
                uuid = subscription.Id,
                topic = subscription.TopicId,
                protocol = "http",
                address = subscription.Address,
                policy = subscription.Policy,
                active = subscription.Active,
            }
        );
    }

    private IResult Confirm(HttpContext context)
    {
        if (tokens.Refusal(context.Request, "notif.sub.write") is { } status)
        {
            return Results.StatusCode(status);
        }

        if (subscriptions.Values.FirstOrDefault(one => one.Token == context.Request.Query["token"]) is not { } found)
        {
            return OsiaBody.Error(4, "invalid token");
        }

        found.Active = true;
        return Results.Ok();
    }

    private async Task<int> PostAsync(OsiaSubscription subscription, string type, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, subscription.Address)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("message-type", type);
        request.Headers.Add("message-id", "");
        request.Headers.Add("topic-id", subscription.TopicId);
        request.Headers.Add("subscription-id", subscription.Id);
        var status = 0;
        var said = "";
        try
        {
            using var answer = await http.SendAsync(request);
            status = (int)answer.StatusCode;
            said = await answer.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            // It is told again, as after any other answer than 200.
        }

        if (status != 200)
        {
            untaken.Enqueue((subscription, type, body));
        }

        exchanges.Add(
            new OsiaExchange("notification", "POST", OsiaExchange.CallBack, "", "application/json", body, status, said)
        );
        return status;
    }
}
