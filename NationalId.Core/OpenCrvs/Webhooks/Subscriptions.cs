using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.OpenCrvs.Webhooks;

/// <summary>
/// Looks after our subscriptions with OpenCRVS (docs/protocols.md, "OpenCRVS webhooks"): lists first, since nothing
/// stops OpenCRVS from sending everything twice, subscribes to what is missing, then removes what of ours is stale.
/// Subscriptions of others are left alone. OpenCRVS asks the challenge while it subscribes us;
/// <see cref="Webhooks.SubscriptionChallenge"/> answers. It signs with the copy of the webhook secret that it took
/// then, whatever became of the client's secret since: after a rotation we subscribe anew.
/// </summary>
/// <param name="http">The webhooks service's client.</param>
/// <param name="tokens">Our bearer token.</param>
/// <param name="secrets">The webhook secret.</param>
/// <param name="storage">Remembers what was found.</param>
/// <param name="options">The addresses and topics.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what was done.</param>
public sealed partial class Subscriptions(
    [FromKeyedServices(OpenCrvsPartners.Webhooks)] HttpClient http,
    OpenCrvsTokens tokens,
    ISecretStore secrets,
    StorageClients storage,
    OpenCrvsOptions options,
    TimeProvider time,
    ILogger<Subscriptions> logger
) : ISubscriber
{
    private const string Party = "OpenCRVS's webhooks service";
    private const int LongestAnswer = 1024 * 1024;
    private const int LongestReason = 200;

    /// <inheritdoc/>
    public string Partner => OpenCrvsPartners.Webhooks;

    /// <inheritdoc/>
    public string Part => "subscription";

    /// <summary>Whether the settings say where to subscribe and which address to give.</summary>
    internal bool IsConfigured => options is { HasWebhooks: true, WebhookUrl: not null, CallbackUrl: not null };

    /// <summary>
    /// The operator's <c>POST /api/subscribe</c>: 200 with <c>[{topic, status, reason}]</c>, status <c>subscribed</c>,
    /// <c>created</c> or <c>denied</c>; 502 when OpenCRVS answers what was not agreed, 503 when it can't be reached or
    /// settings or secrets are missing.
    /// </summary>
    /// <param name="cancellationToken">Stops before the next call.</param>
    public async Task<IResult> SubscribeAsync(CancellationToken cancellationToken)
    {
        if (!IsConfigured)
        {
            return Problems.Unavailable(
                "NationalId__OpenCrvs__WebhookUrl and NationalId__OpenCrvs__CallbackUrl must be set."
            );
        }

        try
        {
            var states = await EnsureAsync(cancellationToken);
            return Results.Json(
                [.. states.Select(state => new TopicAnswer(state.Topic, state.Status, state.Reason))],
                SubscriptionJson.Default.ListTopicAnswer
            );
        }
        catch (BadAnswerException bad)
        {
            return Problems.Problem(502, "Bad gateway", bad.Reason);
        }
        catch (DeliveryException failure)
        {
            return Problems.Unavailable(failure.Reason);
        }
        catch (Exception failure) when (StorageFailures.Is(failure))
        {
            return Problems.Unavailable("Storage does not answer.");
        }
    }

    /// <summary>
    /// The timer's part, the same as the operator's. It asks each time: a client that is created anew or an OpenCRVS
    /// restored from a backup has lost our subscription without a word. Failures are noted for health.
    /// </summary>
    /// <param name="cancellationToken">Stops before the next call.</param>
    public async Task RenewAsync(CancellationToken cancellationToken)
    {
        if (!IsConfigured)
        {
            return;
        }

        try
        {
            await EnsureAsync(cancellationToken);
        }
        catch (DeliveryException failure)
        {
            LogFailed(failure.Reason);
        }
    }

    /// <inheritdoc/>
    public async Task<string> StatusAsync(CancellationToken cancellationToken) =>
        !IsConfigured ? SubscriptionWords.NotManaged
        : await StatesAsync(cancellationToken) is not { Count: > 0 } states ? SubscriptionWords.NotAsked
        : states.FirstOrDefault(state => !state.IsGood) is { } missing
            ? $"{missing.Topic} {(missing.Status == "denied" ? "denied" : "unknown")}"
        : SubscriptionWords.Healthy;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SubscriptionState>> TopicsAsync(CancellationToken cancellationToken) =>
        [
            .. (await StatesAsync(cancellationToken)).Select(state => new SubscriptionState(
                state.Topic,
                state.Status,
                state.At,
                state.Reason,
                IsConfigured && !state.IsGood
            )),
        ];

    /// <summary>What was found or done last, by topic; empty when nothing was yet.</summary>
    internal async Task<IReadOnlyList<TopicState>> StatesAsync(CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var row = await Control.FindAsync<TableEntity>("control", "subscriptions", cancellationToken);
        return row?.GetString("States") is { } json
            ? JsonSerializer.Deserialize(json, SubscriptionJson.Default.ListTopicState) ?? []
            : [];
    }

    private string[] Topics =>
        [
            .. options
                .Topics.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Distinct(StringComparer.Ordinal),
        ];

    private TableClient Control => storage.Tables.GetTableClient(EventLedger.TableName);

    private async Task<List<TopicState>> EnsureAsync(CancellationToken cancellationToken)
    {
        var known = await StatesAsync(cancellationToken);
        List<TopicState> states = [];
        try
        {
            var entries = await ListAsync(cancellationToken);
            var secret = await Failures.CallAsync(
                Party,
                async () => await secrets.GetAsync(SecretNames.WebhookSecret, cancellationToken),
                cancellationToken
            );
            var newest = Fingerprint(secret);
            foreach (var topic in Topics)
            {
                var isThere = entries.Any(entry => entry.Topic == topic && IsAt(entry, options.CallbackUrl!));
                var earlier = FingerprintOf(topic);
                if (isThere && earlier == newest)
                {
                    states.Add(new TopicState(topic, "subscribed", null, time.GetUtcNow(), newest));
                    continue;
                }

                // Also where nothing is known of the secret it signs with: once too often costs an event that comes
                // twice and is recognised, while one that signs with a secret that is then disabled loses every event.
                var denial = await CreateAsync(topic, secret.Value, cancellationToken);
                states.Add(
                    denial is null
                        ? new TopicState(topic, "created", null, time.GetUtcNow(), newest)
                        : new TopicState(
                            topic,
                            "denied",
                            isThere ? denial + " (the earlier subscription stays)" : denial,
                            time.GetUtcNow(),
                            earlier
                        )
                );
            }

            await RemoveAsync(entries, states, cancellationToken);
        }
        catch (DeliveryException failure)
        {
            var at = time.GetUtcNow();
            await SaveAsync(
                [
                    .. Topics.Select(topic =>
                        states.Find(state => state.Topic == topic)
                        ?? new TopicState(topic, "unknown", failure.Reason, at, FingerprintOf(topic))
                    ),
                ],
                cancellationToken
            );
            throw;
        }

        await SaveAsync(states, cancellationToken);
        foreach (var state in states)
        {
            LogState(state.Topic, state.Status, state.Reason ?? "-");
        }

        return states;

        string? FingerprintOf(string topic) => known.FirstOrDefault(state => state.Topic == topic)?.Fingerprint;
    }

    /// <summary>Only now, and only where the topic is subscribed: better twice for a moment than not at all.</summary>
    private async Task RemoveAsync(
        IReadOnlyList<HookEntry> entries,
        List<TopicState> states,
        CancellationToken cancellationToken
    )
    {
        var earlier = options
            .StaleCallbacks.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => Uri.TryCreate(text, UriKind.Absolute, out var address) ? address : null)
            .OfType<Uri>()
            .ToList();
        var good = states.Where(state => state.IsGood).Select(state => state.Topic).ToHashSet(StringComparer.Ordinal);
        var stale = entries
            .Where(entry => IsAt(entry, options.CallbackUrl!))
            .GroupBy(entry => entry.Topic)
            .SelectMany(ours =>
                states.Find(state => state.Topic == ours.Key)?.Status switch
                {
                    // OpenCRVS lists the oldest first, and an older one may sign with an earlier secret.
                    "subscribed" => ours.SkipLast(1),
                    "denied" => [],
                    _ => ours,
                }
            )
            .Concat(
                entries.Where(entry =>
                    !IsAt(entry, options.CallbackUrl!)
                    && earlier.Any(address => IsAt(entry, address))
                    && (good.Contains(entry.Topic ?? "") || !Topics.Contains(entry.Topic))
                )
            );
        foreach (var entry in stale.Where(entry => entry.Id is { Length: > 0 }).ToList())
        {
            using var answer = await SendAsync(
                () =>
                    new HttpRequestMessage(
                        HttpMethod.Delete,
                        $"{options.WebhookUrl!.AbsoluteUri.TrimEnd('/')}/{Uri.EscapeDataString(entry.Id!)}"
                    ),
                cancellationToken
            );
            LogRemoved(entry.Topic ?? "-", (int)answer.StatusCode);
        }
    }

    private async Task<IReadOnlyList<HookEntry>> ListAsync(CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Get, options.WebhookUrl),
            cancellationToken
        );
        ThrowUnlessSuccess(answer);
        var body = await Failures.CallAsync(
            Party,
            () => Failures.ReadBodyAsync(answer, LongestAnswer, Party, cancellationToken),
            cancellationToken
        );
        try
        {
            return JsonSerializer.Deserialize(body, SubscriptionJson.Default.HookList)?.Entries
                ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new BadAnswerException($"{Party} answered something that can't be read.");
        }
    }

    /// <returns>Why OpenCRVS denied it; null when it did not.</returns>
    private async Task<string?> CreateAsync(string topic, string secret, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Post, options.WebhookUrl)
                {
                    Content = SizedJson.Of(
                        new HubRequest(new Hub(options.CallbackUrl!.AbsoluteUri, "subscribe", secret, topic, null)),
                        SubscriptionJson.Default.HubRequest
                    ),
                },
            cancellationToken
        );
        if (answer.StatusCode != HttpStatusCode.BadRequest)
        {
            ThrowUnlessSuccess(answer);
            return null;
        }

        var body = await Failures.CallAsync(
            Party,
            () => Failures.ReadBodyAsync(answer, LongestAnswer, Party, cancellationToken),
            cancellationToken
        );
        // A wrong secret is one of the reasons: the next attempt takes the newest.
        secrets.Refresh(SecretNames.WebhookSecret);
        // Masked while it is whole: a cut secret would not be found.
        var reason = string.Concat(ReasonOf(body).Where(c => !char.IsControl(c)))
            .Replace(secret, "***", StringComparison.Ordinal)
            .Trim();
        return reason.Length == 0 ? "no reason was given"
            : reason.Length > LongestReason ? reason[..LongestReason]
            : reason;
    }

    // A refused challenge is answered as plain text.
    private static string ReasonOf(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, SubscriptionJson.Default.HubRequest)?.Hub?.Reason ?? "";
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetString(body);
        }
    }

    /// <summary>
    /// Tells versions of the secret apart. Keyed with the secret, since configuration calls its only version by the
    /// same name for ever; like a webhook's signature it gives nothing of the secret away.
    /// </summary>
    private static string Fingerprint(SecretVersion secret) =>
        Convert.ToHexStringLower(
            HMACSHA256.HashData(
                Encoding.UTF8.GetBytes(secret.Value),
                Encoding.UTF8.GetBytes("subscribed with " + secret.Version)
            )
        )[..16];

    /// <summary>One call with our token; once more with a new one after a 401.</summary>
    private Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> create, CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                for (var attempt = 0; ; attempt++)
                {
                    var token = await tokens.GetAsync(cancellationToken);
                    using var request = create();
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                    var answer = await http.SendAsync(request, cancellationToken);
                    if (answer.StatusCode != HttpStatusCode.Unauthorized || attempt > 0)
                    {
                        return answer;
                    }

                    answer.Dispose();
                    tokens.Invalidate(token);
                }
            },
            cancellationToken
        );

    private async Task SaveAsync(List<TopicState> states, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        // What was created is subscribed from now on.
        var json = JsonSerializer.Serialize(
            [.. states.Select(state => state.Status == "created" ? state with { Status = "subscribed" } : state)],
            SubscriptionJson.Default.ListTopicState
        );
        await Control.UpsertEntityAsync(
            new TableEntity("control", "subscriptions") { ["States"] = json },
            TableUpdateMode.Replace,
            cancellationToken
        );
    }

    private static bool IsAt(HookEntry entry, Uri address) =>
        Uri.TryCreate(entry.Callback, UriKind.Absolute, out var callback)
        && callback.AbsoluteUri.TrimEnd('/') == address.AbsoluteUri.TrimEnd('/');

    private static void ThrowUnlessSuccess(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            throw new BadAnswerException($"{Party} answered {(int)answer.StatusCode}.");
        }
    }

    [LoggerMessage(70, LogLevel.Information, "Subscription to {Topic}: {Status} ({Reason})")]
    private partial void LogState(string topic, string status, string reason);

    [LoggerMessage(
        71,
        LogLevel.Information,
        "A stale subscription of ours to {Topic} was removed; OpenCRVS answered {Status}"
    )]
    private partial void LogRemoved(string topic, int status);

    [LoggerMessage(72, LogLevel.Error, "The subscription can't be renewed: {Reason}")]
    private partial void LogFailed(string reason);

    /// <summary>The service is there, but does not do what was agreed.</summary>
    private sealed class BadAnswerException(string reason) : DeliveryException(reason);
}

/// <summary>A topic's subscription as it was last seen.</summary>
/// <param name="Topic">The hub topic.</param>
/// <param name="Status"><c>subscribed</c>, <c>denied</c>, or <c>unknown</c> when OpenCRVS did not answer.</param>
/// <param name="Reason">Why it is not subscribed.</param>
/// <param name="At">When that was.</param>
/// <param name="Fingerprint">Of the secret's version that OpenCRVS signs with; null where that is not known, as in what
/// an earlier release wrote.</param>
internal sealed record TopicState(
    string Topic,
    string Status,
    string? Reason,
    DateTimeOffset At,
    string? Fingerprint = null
)
{
    [JsonIgnore]
    public bool IsGood => Status is "subscribed" or "created";
}

internal sealed record TopicAnswer(string Topic, string Status, string? Reason);

internal sealed record HookList(List<HookEntry>? Entries);

internal sealed record HookEntry(string? Id, string? Callback, string? Topic);

internal sealed record HubRequest(Hub? Hub);

internal sealed record Hub(string? Callback, string? Mode, string? Secret, string? Topic, string? Reason);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<TopicState>))]
[JsonSerializable(typeof(List<TopicAnswer>))]
[JsonSerializable(typeof(HookList))]
[JsonSerializable(typeof(HubRequest))]
internal sealed partial class SubscriptionJson : JsonSerializerContext;
