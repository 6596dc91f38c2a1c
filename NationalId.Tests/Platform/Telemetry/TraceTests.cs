using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Operations;
using NationalId.Core.Platform.Telemetry;
using NationalId.LocalHost;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace NationalId.Tests.Platform.Telemetry;

/// <summary>A birth's whole way, as a collector on this machine sees it.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class TraceTests
{
    private const string Secret = "only-for-this-test-hook";
    private const string ClientSecret = "only-for-this-test-client";
    private const string Aid = "10000000000000000000000000042";

    [Fact]
    public async Task One_trace_leads_from_the_webhook_across_the_queue_to_MOSIP()
    {
        await using var world = await World.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks")
        {
            Content = TestEvents.Signed(TestEvents.Birth(world.Brn, Guid.NewGuid().ToString()), Secret),
        };
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
        var answer = await world.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        using var receipt = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var key = receipt.RootElement.GetProperty("eventKey").GetString();
        await Eventually.TrueAsync(() => Of(key).Any(span => span.DisplayName == "deliver BIRTH_REGISTERED"));

        // Other tests of this process trace too.
        IEnumerable<Activity> Of(string? key) =>
            world.Spans.Where(span => (string?)span.GetTagItem("nationalid.event") == key);
        var webhook = Assert.Single(Of(key), span => span.DisplayName == "receive webhook");
        var deliver = Assert.Single(Of(key), span => span.DisplayName == "deliver BIRTH_REGISTERED");
        var trace = world.Spans.Where(span => span.TraceId == webhook.TraceId).ToList();
        var calls = trace.Where(span => span.DisplayName == "call mosip").ToList();
        Assert.Equal(webhook.SpanId, deliver.ParentSpanId);
        Assert.NotEmpty(calls);
        Assert.All(calls, call => Assert.Equal(deliver.SpanId, call.ParentSpanId));
        Assert.All([deliver, .. calls], span => Assert.Equal(webhook.TraceId, span.TraceId));
        Assert.Equal(webhook.GetTagItem("nationalid.event"), deliver.GetTagItem("nationalid.event"));
        Assert.Equal(ActivityStatusCode.Ok, deliver.Status);

        // Nobody else's spans: those of HttpClient have addresses in them.
        Assert.All(trace, span => Assert.Equal(Instruments.Name, span.Source.Name));
        Assert.All(
            trace.SelectMany(span => span.TagObjects),
            tag => Assert.Contains(tag.Key, (string[])["nationalid.event", "http.response.status_code"])
        );
    }

    [Fact]
    public async Task The_collector_gets_traces_metrics_and_logs_and_nothing_of_the_person_or_of_secrets()
    {
        await using var world = await World.StartAsync();
        using var measured = new Measurements(world.Server.Services);
        (
            await world.Http.PostAsync(
                "api/webhooks",
                TestEvents.Signed(TestEvents.Birth(world.Brn, Guid.NewGuid().ToString()), Secret)
            )
        ).EnsureSuccessStatusCode();
        using var unsigned = await world.Http.PostAsync("api/webhooks", new StringContent("{}"));
        await Eventually.TrueAsync(async () =>
        {
            var events = await world
                .Server.Services.GetRequiredService<EventLedger>()
                .FindAsync(world.Brn, CancellationToken.None);
            return events is [var key]
                && await world.Server.Services.GetRequiredService<EventLedger>().GetAsync(key, CancellationToken.None)
                    is { Current: EventState.Delivered };
        });
        await world
            .Server.Services.GetRequiredService<NationalId.Core.Pipeline.Sweep>()
            .RunAsync(CancellationToken.None);

        var services = world.Server.Services;
        services.GetRequiredService<TracerProvider>().ForceFlush();
        services.GetRequiredService<MeterProvider>().ForceFlush();
        services.GetRequiredService<LoggerProvider>().ForceFlush();
        await Eventually.TrueAsync(() =>
            world.Collected.ContainsKey("/v1/traces")
            && world.Collected.ContainsKey("/v1/metrics")
            && world.Collected.ContainsKey("/v1/logs")
        );

        var metrics = world.Collected["/v1/metrics"];
        Assert.All(
            (string[])
                [
                    "nationalid.events.received",
                    "nationalid.events.refused",
                    "nationalid.events.delivered",
                    "nationalid.delivery.age",
                    "nationalid.partner.duration",
                    "nationalid.partner.circuit",
                    "nationalid.secrets.degraded",
                    "nationalid.signing.mismatch",
                    "nationalid.events.waiting",
                    "nationalid.events.oldest_waiting",
                ],
            name => Assert.Contains(name, metrics)
        );
        Assert.Contains("accepted: Received", world.Collected["/v1/logs"]);
        foreach (var (path, text) in world.Collected)
        {
            Assert.All(
                (string[])[TestEvents.Name, world.Brn, Aid, Secret, ClientSecret, "client_secret", "http://127"],
                secret => Assert.False(text.Contains(secret, StringComparison.Ordinal), $"{secret} is in {path}")
            );
        }

        measured.Record();
        Assert.Contains(("nationalid.events.received", "outcome=new,topic=BIRTH_REGISTERED"), measured.Seen);
        Assert.Contains(("nationalid.events.refused", "reason=signature-header"), measured.Seen);
        Assert.Contains(("nationalid.events.delivered", "topic=BIRTH_REGISTERED"), measured.Seen);
        Assert.Contains(("nationalid.delivery.age", "topic=BIRTH_REGISTERED"), measured.Seen);
        Assert.Contains(("nationalid.partner.duration", "outcome=200,partner=mosip"), measured.Seen);
        Assert.Contains(("nationalid.partner.circuit", "partner=mosip-birth"), measured.Seen);
        Assert.Contains(("nationalid.events.waiting", "state=waiting"), measured.Seen);
        Assert.Contains(("nationalid.events.oldest_waiting", "state=received"), measured.Seen);
        Assert.Contains(("nationalid.secrets.degraded", ""), measured.Seen);
        Assert.Contains(("nationalid.signing.mismatch", ""), measured.Seen);
    }

    [Fact]
    public async Task Without_a_destination_nothing_is_collected()
    {
        await using var server = await LocalHostServer.StartAsync(
            new LocalHostSettings
            {
                Configuration = TestSettings.Mosip(await TestAzurite.NewAccountAsync()),
                RunTimers = false,
                RunQueues = false,
            }
        );
        Assert.Null(server.Services.GetService<TracerProvider>());
        Assert.Null(server.Services.GetService<MeterProvider>());
    }

    [Fact]
    public async Task Application_Insights_can_be_told_to_take_the_apps_identity()
    {
        await using var server = await LocalHostServer.StartAsync(
            new LocalHostSettings
            {
                Configuration = TestSettings.Mosip(
                    await TestAzurite.NewAccountAsync(),
                    (
                        "APPLICATIONINSIGHTS_CONNECTION_STRING",
                        "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://127.0.0.1:9/"
                    ),
                    ("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "")
                ),
                RunTimers = false,
                RunQueues = false,
            }
        );
        Assert.NotNull(server.Services.GetService<TracerProvider>());
        Assert.Null(TelemetryServices.Credential(null));
        Assert.Null(TelemetryServices.Credential("ClientId=abc"));
        Assert.NotNull(TelemetryServices.Credential("ClientId=abc;Authorization=AAD"));
        Assert.NotNull(TelemetryServices.Credential("Authorization=AAD"));
    }

    /// <summary>The client with partners and a collector around it.</summary>
    private sealed class World : IAsyncDisposable
    {
        private LoopbackServer partners = null!;

        public LocalHostServer Server { get; private set; } = null!;

        public HttpClient Http { get; } = new();

        public string Brn { get; } = $"2026B{RandomNumberGenerator.GetInt32(10_000_000, 100_000_000)}";

        public ConcurrentQueue<Activity> Spans { get; } = new();

        public ConcurrentDictionary<string, string> Collected { get; } = new();

        public static async Task<World> StartAsync()
        {
            var world = new World();
            world.partners = await LoopbackServer.StartAsync(partners =>
            {
                partners.MapPost("/token", () => Results.Json(new { access_token = "a-token" }));
                partners.MapPost("/mediator", () => Results.Ok());
                partners.MapGet("/aid", () => Results.Json(Aid));
                partners.MapPost(
                    "/birth",
                    async (HttpRequest request) =>
                    {
                        await request.Body.CopyToAsync(Stream.Null);
                        return Results.Ok();
                    }
                );
                partners.MapPost(
                    "/v1/{signal}",
                    async (HttpRequest request) =>
                    {
                        using var reader = new StreamReader(request.Body, Encoding.Latin1);
                        var text = await reader.ReadToEndAsync();
                        world.Collected.AddOrUpdate(request.Path, text, (_, before) => before + text);
                        return Results.Ok();
                    }
                );
            });
            using var key = RSA.Create(2048);
            using var certificate = new CertificateRequest(
                "CN=test",
                key,
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            ).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            world.Server = await LocalHostServer.StartAsync(
                new LocalHostSettings
                {
                    Configuration = TestSettings.Mosip(
                        await TestAzurite.NewAccountAsync(),
                        ("NationalId__OpenCrvs__AuthUrl", world.partners.Url),
                        ("NationalId__OpenCrvs__MediatorUrl", world.partners.Url + "/mediator"),
                        ("NationalId__Mosip__GenerateAidUrl", world.partners.Url + "/aid"),
                        ("NationalId__Mosip__BirthUrl", world.partners.Url + "/birth"),
                        ("OPENCRVS_SHA_SECRET", Secret),
                        ("OPENCRVS_CLIENT_ID", "client"),
                        ("OPENCRVS_CLIENT_SECRET", ClientSecret),
                        ("NATIONALID_LEDGER_KEY", "only-for-this-test-ledger-key-000"),
                        ("OPENCRVS_PRIV_KEY", key.ExportPkcs8PrivateKeyPem()),
                        ("MOSIP_PUBLIC_KEY", certificate.ExportCertificatePem()),
                        ("OTEL_EXPORTER_OTLP_ENDPOINT", world.partners.Url),
                        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
                    ),
                    RunTimers = false,
                    ConfigureServices = services =>
                        services.ConfigureOpenTelemetryTracerProvider(tracing =>
                            tracing.AddProcessor(new SimpleActivityExportProcessor(new Kept(world.Spans)))
                        ),
                }
            );
            world.Http.BaseAddress = world.Server.BaseAddress;
            return world;
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await partners.DisposeAsync();
            Http.Dispose();
        }
    }

    /// <summary>Keeps the spans of this world: other tests of the process have the same source.</summary>
    private sealed class Kept(ConcurrentQueue<Activity> spans) : BaseExporter<Activity>
    {
        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                spans.Enqueue(span);
            }

            return ExportResult.Success;
        }
    }

    /// <summary>Metrics with their tags: the process's counters, and this host's gauges.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener listener = new();

        public Measurements(IServiceProvider services)
        {
            var gauges = services.GetRequiredService<HostGauges>().Meter;
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (
                    instrument.Meter.Name == Instruments.Name
                    && (instrument.Meter == gauges || !instrument.IsObservable)
                )
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Add(instrument, tags));
            listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Add(instrument, tags));
            listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, tags));
            listener.Start();
        }

        public ConcurrentBag<(string Name, string Tags)> Seen { get; } = [];

        public void Record() => listener.RecordObservableInstruments();

        public void Dispose() => listener.Dispose();

        private void Add(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            Seen.Add(
                (
                    instrument.Name,
                    string.Join(
                        ',',
                        tags.ToArray()
                            .OrderBy(tag => tag.Key, StringComparer.Ordinal)
                            .Select(tag => $"{tag.Key}={tag.Value}")
                    )
                )
            );
    }
}
