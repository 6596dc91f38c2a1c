using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Platform.Storage;
using NationalId.LocalHost;

namespace NationalId.Tests.OpenCrvs.Webhooks;

[Trait(Tier.Name, Tier.Whole)]
public sealed class SubscriptionTests
{
    private const string First = "only-for-this-test-hook";
    private const string Second = "only-for-this-test-hook-after-the-rotation";
    private const string Birth = "BIRTH_REGISTERED";
    private const string Death = "DEATH_REGISTERED";

    [Fact]
    public async Task Missing_topics_are_subscribed_with_a_challenge_and_the_second_time_nothing_changes()
    {
        await using var world = await World.StartAsync();
        Assert.Equal([(Birth, "created"), (Death, "created")], await world.SubscribeAsync());
        Assert.Equal([Birth, Death], world.Topics(world.Callback));
        Assert.Equal([(Birth, "subscribed"), (Death, "subscribed")], await world.SubscribeAsync());
        Assert.Equal([Birth, Death], world.Topics(world.Callback));
        Assert.Equal("healthy", await world.HealthAsync());
        Assert.Equal([(Birth, "subscribed"), (Death, "subscribed")], await world.SummaryAsync());
    }

    [Fact]
    public async Task The_topics_are_those_of_the_setting()
    {
        await using var world = await World.StartAsync(more: ("NationalId__OpenCrvs__Topics", $" {Death}, {Death}"));
        Assert.Equal([(Death, "created")], await world.SubscribeAsync());
        Assert.Equal([Death], world.Topics(world.Callback));
    }

    [Fact]
    public async Task Doubles_and_earlier_addresses_of_ours_go_and_those_of_others_stay()
    {
        await using var world = await World.StartAsync(
            more: ("NationalId__OpenCrvs__StaleCallbacks", "https://before.example/api/webhooks")
        );
        world.Add(world.Callback, Birth);
        world.Add(world.Callback, Birth);
        world.Add(world.Callback, "BIRTH_CORRECTED");
        world.Add("https://before.example/api/webhooks", Birth);
        world.Add("https://before.example/api/webhooks", Death);
        world.Add("https://health.example/api/webhooks", Birth);

        await world.SubscribeAsync();
        Assert.Equal([Birth, Death], world.Topics(world.Callback));
        Assert.Empty(world.Topics("https://before.example/api/webhooks"));
        Assert.Equal([Birth], world.Topics("https://health.example/api/webhooks"));

        // What came last signs with the newest secret.
        world.Add(world.Callback, Birth, Second);
        Assert.Equal([(Birth, "subscribed"), (Death, "subscribed")], await world.SubscribeAsync());
        Assert.Equal([(Birth, Second), (Death, First)], world.Signing());
    }

    [Fact]
    public async Task After_a_rotation_the_new_subscription_is_made_before_the_earlier_one_goes()
    {
        await using var world = await World.StartAsync();
        await world.SubscribeAsync();
        world.Rotate(First, Second);

        // OpenCRVS does not know the new secret yet.
        Assert.Equal([(Birth, "denied"), (Death, "denied")], await world.SubscribeAsync());
        Assert.Equal("hub.secret is incorrect (the earlier subscription stays)", await world.ReasonAsync());
        Assert.Equal([(Birth, First), (Death, First)], world.Signing());

        world.Secret = Second;
        world.Done.Clear();
        await world.RenewAsync();
        Assert.Equal([(Birth, Second), (Death, Second)], world.Signing());
        Assert.Equal(
            [$"subscribed {Birth}", $"subscribed {Death}", $"removed {Birth}", $"removed {Death}"],
            world.Done
        );
        Assert.Equal("healthy", await world.HealthAsync());
        Assert.Equal([(Birth, "subscribed"), (Death, "subscribed")], await world.SubscribeAsync());
        Assert.Equal(4, world.Done.Count);
    }

    [Fact]
    public async Task A_subscription_of_an_earlier_release_is_made_anew_once_since_nobody_knows_with_what_it_signs()
    {
        await using var world = await World.StartAsync();
        world.Add(world.Callback, Birth, "an-earlier-secret");
        world.Add(world.Callback, Death, First);
        await world.KeepStatesAsync(
            $$"""[{"topic":"{{Birth}}","status":"subscribed","at":"2026-01-01T00:00:00Z"},"""
                + $$"""{"topic":"{{Death}}","status":"subscribed","at":"2026-01-01T00:00:00Z"}]"""
        );
        await world.RenewAsync();
        Assert.Equal([(Birth, First), (Death, First)], world.Signing());
        var done = world.Done.Count;
        await world.RenewAsync();
        Assert.Equal(done, world.Done.Count);
    }

    [Fact]
    public async Task An_outage_does_not_make_it_forget_with_which_secret_a_topic_was_subscribed()
    {
        await using var world = await World.StartAsync();
        await world.SubscribeAsync();
        world.Fail = 500;
        await world.RenewAsync();
        Assert.Equal($"{Birth} unknown", await world.HealthAsync());
        world.Fail = null;
        Assert.Equal([(Birth, "subscribed"), (Death, "subscribed")], await world.SubscribeAsync());
        world.Fail = 500;
        world.Rotate(First, Second);
        world.Secret = Second;
        await world.RenewAsync();
        world.Fail = null;
        await world.RenewAsync();
        Assert.Equal([(Birth, Second), (Death, Second)], world.Signing());
    }

    [Theory]
    [InlineData("Subscription callback check failed", "Subscription callback check failed")]
    [InlineData(" a\r\nb\u0007c ", "abc")]
    [InlineData("", "no reason was given")]
    public async Task A_denial_that_is_no_JSON_is_its_own_reason(string body, string reason)
    {
        await using var world = await World.StartAsync();
        world.DenyWith = body;
        Assert.Equal([(Birth, "denied"), (Death, "denied")], await world.SubscribeAsync());
        Assert.Equal(reason, await world.ReasonAsync());
    }

    [Fact]
    public async Task A_long_reason_is_cut_and_holds_no_piece_of_the_secret()
    {
        await using var world = await World.StartAsync();
        world.DenyWith = new string('x', 190) + First + new string('y', 5000);
        await world.SubscribeAsync();
        Assert.Equal(new string('x', 190) + "***" + new string('y', 7), await world.ReasonAsync());
    }

    [Fact]
    public async Task A_denial_is_told_with_its_reason_and_the_earlier_subscription_stays()
    {
        await using var world = await World.StartAsync(
            more: ("NationalId__OpenCrvs__StaleCallbacks", "https://before.example/api/webhooks")
        );
        world.Add("https://before.example/api/webhooks", Death);
        world.Deny = Death;
        using var answer = await world.PostAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var topics = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("denied", topics[1].GetProperty("status").GetString());
        Assert.Equal("Unsupported topic", topics[1].GetProperty("reason").GetString());
        Assert.Equal([Death], world.Topics("https://before.example/api/webhooks"));
        Assert.Equal($"{Death} denied", await world.HealthAsync());

        // The timer tries again, and health recovers.
        world.Deny = null;
        await world.RenewAsync();
        Assert.Equal("healthy", await world.HealthAsync());
        Assert.Empty(world.Topics("https://before.example/api/webhooks"));
    }

    [Fact]
    public async Task A_refused_token_is_fetched_anew()
    {
        await using var world = await World.StartAsync();
        await world.SubscribeAsync();
        world.Token = "another-token";
        Assert.Equal([(Birth, "subscribed"), (Death, "subscribed")], await world.SubscribeAsync());
    }

    [Fact]
    public async Task The_timer_finds_each_time_what_has_vanished()
    {
        await using var world = await World.StartAsync();
        await world.RenewAsync();
        Assert.Equal([Birth, Death], world.Topics(world.Callback));
        world.Clear();
        await world.RenewAsync();
        Assert.Equal([Birth, Death], world.Topics(world.Callback));
    }

    [Theory]
    [InlineData(500, HttpStatusCode.BadGateway)]
    [InlineData(404, HttpStatusCode.BadGateway)]
    [InlineData(200, HttpStatusCode.BadGateway)]
    public async Task An_answer_that_was_not_agreed_is_a_bad_gateway(int status, HttpStatusCode expected)
    {
        await using var world = await World.StartAsync();
        world.Fail = status;
        using var answer = await world.PostAsync();
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal($"{Birth} unknown", await world.HealthAsync());
    }

    [Fact]
    public async Task Unreachable_or_not_configured_is_unavailable()
    {
        await using (
            var world = await World.StartAsync(
                more: ("NationalId__OpenCrvs__WebhookUrl", "http://127.0.0.1:9/webhooks")
            )
        )
        {
            using var answer = await world.PostAsync();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        await using (var world = await World.StartAsync(more: ("NationalId__OpenCrvs__WebhookUrl", "")))
        {
            using var answer = await world.PostAsync();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Contains("NationalId__OpenCrvs__WebhookUrl", await answer.Content.ReadAsStringAsync());
            await world.RenewAsync();
            Assert.Equal("not managed", await world.HealthAsync());
        }
    }

    [Fact]
    public async Task Only_an_operator_may_subscribe()
    {
        await using var world = await World.StartAsync();
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await new HttpClient().PostAsync(new Uri(world.Server.BaseAddress, "api/subscribe"), null)).StatusCode
        );
        Assert.Equal(0, world.Listed);
    }

    /// <summary>The client, and an OpenCRVS of the test's own: auth and webhooks.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, (string Callback, string Topic, string Secret)> hooks = new();
        private readonly HttpClient http = new();
        private LoopbackServer openCrvs = null!;
        private int created;

        public LocalHostServer Server { get; private set; } = null!;

        public string Callback { get; private set; } = "";

        public string Token { get; set; } = "a-token";

        /// <summary>The client's webhook secret in OpenCRVS.</summary>
        public string Secret { get; set; } = First;

        public string? Deny { get; set; }

        /// <summary>The text with which every subscription is denied.</summary>
        public string? DenyWith { get; set; }

        /// <summary>What changed the subscriptions.</summary>
        public ConcurrentQueue<string> Done { get; } = new();

        public int? Fail { get; set; }

        public int Listed { get; private set; }

        public static async Task<World> StartAsync(params (string Name, string? Value)[] more)
        {
            var world = new World();
            world.openCrvs = await LoopbackServer.StartAsync(routes =>
            {
                routes.MapPost("/token", () => Results.Json(new { access_token = world.Token }));
                routes.MapGet("/webhooks", (HttpRequest request) => world.List(request));
                routes.MapPost("/webhooks", (HttpRequest request) => world.SubscribeAsync(request));
                routes.MapDelete("/webhooks/{id}", (string id, HttpRequest request) => world.Remove(id, request));
            });
            var port = FreePort();
            world.Callback = $"http://127.0.0.1:{port}/api/webhooks";
            world.Server = await LocalHostServer.StartAsync(
                new LocalHostSettings
                {
                    Url = $"http://127.0.0.1:{port}",
                    Configuration = TestSettings.Default(
                        await TestAzurite.NewAccountAsync(),
                        [
                            ("NationalId__OpenCrvs__AuthUrl", world.openCrvs.Url),
                            ("NationalId__OpenCrvs__WebhookUrl", world.openCrvs.Url + "/webhooks"),
                            ("NationalId__OpenCrvs__CallbackUrl", world.Callback),
                            ("NationalId__Delivery__QuickRetries", "0"),
                            ("OPENCRVS_SHA_SECRET", First),
                            ("OPENCRVS_CLIENT_ID", "client"),
                            ("OPENCRVS_CLIENT_SECRET", "only-for-this-test-client"),
                            .. more,
                        ]
                    ),
                    RunTimers = false,
                    RunQueues = false,
                }
            );
            world.http.BaseAddress = world.Server.BaseAddress;
            world.http.DefaultRequestHeaders.Add("x-functions-key", world.Server.FunctionKeys.Admin);
            world.http.DefaultRequestHeaders.Add("X-Requested-With", "test");
            return world;
        }

        public void Add(string callback, string topic, string secret = First) =>
            hooks[$"hook-{Interlocked.Increment(ref created):D3}"] = (callback, topic, secret);

        public void Clear() => hooks.Clear();

        /// <summary>A new version of our webhook secret; the one before still passes.</summary>
        public void Rotate(string from, string to)
        {
            var configuration = Server.Services.GetRequiredService<IConfiguration>();
            (configuration["OPENCRVS_SHA_SECRET"], configuration["OPENCRVS_SHA_SECRET_PREVIOUS"]) = (to, from);
        }

        /// <summary>What an earlier release had stored.</summary>
        public async Task KeepStatesAsync(string json)
        {
            var storage = Server.Services.GetRequiredService<StorageClients>();
            await storage.ReadyAsync();
            await storage
                .Tables.GetTableClient(EventLedger.TableName)
                .UpsertEntityAsync(new TableEntity("control", "subscriptions") { ["States"] = json });
        }

        /// <summary>With which secret OpenCRVS signs what it sends us.</summary>
        public IEnumerable<(string Topic, string Secret)> Signing() =>
            hooks.Values.Where(hook => hook.Callback == Callback).Select(hook => (hook.Topic, hook.Secret)).Order();

        public IEnumerable<string> Topics(string callback) =>
            hooks
                .Values.Where(hook => hook.Callback == callback)
                .Select(hook => hook.Topic)
                .Order(StringComparer.Ordinal);

        public Task<HttpResponseMessage> PostAsync() => http.PostAsync("api/subscribe", null);

        public async Task<IEnumerable<(string Topic, string Status)>> SubscribeAsync()
        {
            using var answer = await PostAsync();
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            return Pairs(await answer.Content.ReadFromJsonAsync<JsonElement>());
        }

        /// <summary>Why the first topic was denied.</summary>
        public async Task<string?> ReasonAsync() =>
            (await http.GetFromJsonAsync<JsonElement>("api/ops/summary"))
                .GetProperty("subscriptions")[0]
                .GetProperty("reason")
                .GetString();

        public Task RenewAsync() =>
            Server.Services.GetRequiredService<Subscriptions>().RenewAsync(CancellationToken.None);

        public async Task<string?> HealthAsync() =>
            (await http.GetFromJsonAsync<JsonElement>("api/health"))
                .GetProperty("parts")
                .GetProperty("subscription")
                .GetString();

        public async Task<IEnumerable<(string Topic, string Status)>> SummaryAsync() =>
            Pairs((await http.GetFromJsonAsync<JsonElement>("api/ops/summary")).GetProperty("subscriptions"));

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await openCrvs.DisposeAsync();
            http.Dispose();
        }

        private static List<(string Topic, string Status)> Pairs(JsonElement topics) =>
            [
                .. topics
                    .EnumerateArray()
                    .Select(topic =>
                        (topic.GetProperty("topic").GetString()!, topic.GetProperty("status").GetString()!)
                    ),
            ];

        private IResult List(HttpRequest request)
        {
            Listed++;
            return Fail is { } status ? Results.Text("<html>a gateway's page</html>", "text/html", statusCode: status)
                : !IsAllowed(request) ? Results.Unauthorized()
                : Results.Json(
                    new
                    {
                        entries = hooks
                            .OrderBy(hook => hook.Key)
                            .Select(hook => new
                            {
                                id = hook.Key,
                                callback = hook.Value.Callback,
                                createdAt = "2026-01-01",
                                createdBy = new { },
                                topic = hook.Value.Topic,
                            }),
                    }
                );
        }

        private async Task<IResult> SubscribeAsync(HttpRequest request)
        {
            if (!IsAllowed(request))
            {
                return Results.Unauthorized();
            }

            var hub = (await request.ReadFromJsonAsync<JsonElement>()).GetProperty("hub");
            var (callback, topic) = (hub.GetProperty("callback").GetString()!, hub.GetProperty("topic").GetString()!);
            if (DenyWith is not null)
            {
                return Results.Text(DenyWith, statusCode: 400);
            }

            if (topic == Deny)
            {
                return Results.Json(
                    new
                    {
                        hub = new
                        {
                            mode = "denied",
                            topic,
                            reason = "Unsupported topic",
                        },
                    },
                    statusCode: 400
                );
            }

            Assert.Equal("subscribe", hub.GetProperty("mode").GetString());
            if (hub.GetProperty("secret").GetString() != Secret)
            {
                return Results.Json(
                    new
                    {
                        hub = new
                        {
                            mode = "denied",
                            topic,
                            reason = "hub.secret is incorrect",
                        },
                    },
                    statusCode: 400
                );
            }

            using var client = new HttpClient();
            var challenge = await client.GetFromJsonAsync<JsonElement>(
                $"{callback}?mode=subscribe&challenge={Uri.EscapeDataString("a+b/c==")}&topic={topic}"
            );
            Assert.Equal("a+b/c==", challenge.GetProperty("challenge").GetString());
            Add(callback, topic, Secret);
            Done.Enqueue("subscribed " + topic);
            return Results.StatusCode(202);
        }

        private IResult Remove(string id, HttpRequest request)
        {
            if (!IsAllowed(request))
            {
                return Results.Unauthorized();
            }

            // OpenCRVS answers the same whether there was one or not.
            if (hooks.TryRemove(id, out var hook))
            {
                Done.Enqueue("removed " + hook.Topic);
            }

            return Results.NoContent();
        }

        private bool IsAllowed(HttpRequest request) => request.Headers.Authorization == $"Bearer {Token}";

        private static int FreePort()
        {
            using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
