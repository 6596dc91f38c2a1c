using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.LocalHost;
using Polly;
using Polly.CircuitBreaker;

namespace NationalId.Tests.Operations;

/// <summary>
/// The operator's page, used as an operator does: in a real Chromium (Node/ops-page.mjs), over a local host and a
/// ledger with events in all states.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OpsPageTests(OpsPageRun run) : IClassFixture<OpsPageRun>
{
    [SkippableTheory]
    [MemberData(nameof(OpsPageRun.Scenarios), MemberType = typeof(OpsPageRun))]
    public async Task An_operator_can_use_the_page(string scenario)
    {
        Chromium.Require();
        var results = await run.ResultsAsync();
        Assert.True(results.TryGetValue(scenario, out var error), $"The scenario did not run. {run.Output}");
        Assert.True(error is null, error);
    }

    [SkippableFact]
    public async Task What_was_confirmed_is_in_the_ledger_and_what_was_cancelled_is_not()
    {
        Chromium.Require();
        await run.ResultsAsync();
        Assert.Equal(EventState.Closed, (await run.AfterwardsAsync("2026BFLAGGED1")).Current);
        foreach (var number in (string[])["2026BPOISONED1", "2026DPOISONED2", "2026BPOISONED3"])
        {
            var row = await run.AfterwardsAsync(number);
            Assert.Equal((EventState.Waiting, "replayed by an operator"), (row.Current, row.Changes[^1].Note));
        }

        Assert.False((await run.Calm.Get<DeliverySwitch>().ReadAsync(CancellationToken.None)).Paused);
    }

    [Fact]
    public async Task The_page_needs_no_key_holds_no_data_and_is_locked_down()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(run.Calm.Server.BaseAddress, "api/ops"));
        Assert.Equal(
            (HttpStatusCode.OK, "text/html"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType)
        );
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.All(
            (string[])
                [
                    "default-src 'none'",
                    "connect-src 'self'",
                    "frame-ancestors 'none'",
                    "script-src 'sha256-",
                    "style-src 'sha256-",
                ],
            part => Assert.Contains(part, policy)
        );
        Assert.DoesNotContain("unsafe", policy);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("POISONED1", html);
        Assert.DoesNotContain("innerHTML", html);
        Assert.DoesNotContain("https://", html);
    }
}

/// <summary>
/// Runs all scenarios once, in their order, in one browser: the later ones change what the earlier ones read.
/// </summary>
public sealed class OpsPageRun : IAsyncLifetime
{
    private static readonly string[] Calmly =
    [
        "wrong-key",
        "counts",
        "search",
        "detail",
        "narrow",
        "hostile-number",
        "auto-refresh",
        "subscriptions",
        "dark",
        "replay-cancel",
        "replay",
        "keyboard",
        "by-reason",
        "close",
        "life",
        "zone",
        "pause",
    ];

    private readonly ConcurrentDictionary<string, EventRow> rows = new();
    private readonly ConcurrentQueue<string> output = new();
    private readonly Lazy<Task<Dictionary<string, string?>>> results;

    public OpsPageRun() => results = new(RunAsync);

    public static TheoryData<string> Scenarios => [.. Calmly, "trouble"];

    public string Output => string.Join('\n', output);

    internal OperatorWorld Calm { get; private set; } = null!;

    public async Task InitializeAsync() =>
        Calm = await OperatorWorld.StartAsync(
            null,
            ("NationalId__Operations__Environment", "the tests"),
            ("NationalId__Operations__TraceLink", "https://traces.example/trace/{traceId}")
        );

    public async Task DisposeAsync() => await Calm.DisposeAsync();

    /// <summary>What went wrong, by scenario; null when all was well.</summary>
    public Task<Dictionary<string, string?>> ResultsAsync() => results.Value;

    internal Task<EventRow> AfterwardsAsync(string number) => Calm.ReadAsync(rows[number]);

    private async Task<Dictionary<string, string?>> RunAsync()
    {
        // What is added at once below does not wait for each other's tables.
        await Calm.Get<StorageClients>().ReadyAsync();
        await Task.WhenAll(
            AddAsync("2026BRECEIVED1", 5),
            AddAsync("2026BWAITING1", 185, moves: (EventState.Waiting, "MOSIP answered 503")),
            AddAsync("2026BFLAGGED1", 60, flag: "no composition"),
            AddAsync("<img src=x onerror=window.hacked=1>'\"", 20, flag: "no composition"),
            AddAsync("2026BPOISONED1", 240, moves: (EventState.Poisoned, "MOSIP refused it: 400")),
            AddAsync("2026DPOISONED2", 300, EventKinds.Death, moves: (EventState.Poisoned, "MOSIP refused it: 400")),
            AddAsync("2026BPOISONED3", 360, moves: (EventState.Poisoned, "MOSIP refused it: 400")),
            AddAsync(
                "2026BDELIVERED1",
                420,
                EventKinds.Birth,
                null,
                (EventState.Waiting, "MOSIP answered 503"),
                (EventState.Delivered, null)
            ),
            AddAsync("2026DDELIVERED2", 120, EventKinds.Death, null, (EventState.Delivered, "linked")),
            Calm.Get<Registrations>()
                .SettleAidAsync(
                    RegistrationKind.Birth,
                    "2026BDELIVERED1",
                    "10001000100010001",
                    null,
                    CancellationToken.None
                )
        );
        await using var trouble = await OperatorWorld.StartAsync(services =>
            services.AddSingleton<ISecretStore>(new FailingVault())
        );
        await TroubleAsync(trouble);
        var found = await PlayAsync(Calm.Server, Calmly, output.Enqueue);
        foreach (var (scenario, error) in await PlayAsync(trouble.Server, ["trouble"], output.Enqueue))
        {
            found[scenario] = error;
        }

        return found;

        async Task AddAsync(
            string number,
            int minutes,
            string topic = EventKinds.Birth,
            string? flag = null,
            params (EventState State, string? Note)[] moves
        ) => rows[number] = await Calm.AddAsync(number, TimeSpan.FromMinutes(minutes), topic, flag, moves);
    }

    private static async Task TroubleAsync(OperatorWorld world)
    {
        var circuit = new CircuitBreakerManualControl();
        _ = new ResiliencePipelineBuilder()
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions
                {
                    StateProvider = world.Get<Circuits>().Of(MosipPartners.Registration),
                    ManualControl = circuit,
                }
            )
            .Build();
        await circuit.IsolateAsync();
        var quarantine = new PayloadStore(world.Get<StorageClients>(), TimeProvider.System, Quarantine.ContainerName);
        for (var count = 0; count < 2; count++)
        {
            await quarantine.PutAsync(
                quarantine.NewName(),
                new MemoryStream([1]),
                new PayloadInfo(new string('0', 64), "", DateTimeOffset.UtcNow, null, null, null, null, null),
                CancellationToken.None
            );
        }

        using var paused = await world.Http.PostAsync("pause", null);
        Assert.Equal(HttpStatusCode.NoContent, paused.StatusCode);
    }

    /// <summary>Plays scenarios of Node/ops-page.mjs against a host's page.</summary>
    /// <param name="server">The host.</param>
    /// <param name="scenarios">The scenarios, in their order.</param>
    /// <param name="output">Told of each line that Node writes.</param>
    /// <param name="told">What a scenario needs to know, as variables.</param>
    /// <returns>What went wrong, by scenario; null when all was well.</returns>
    internal static async Task<Dictionary<string, string?>> PlayAsync(
        LocalHostServer server,
        string[] scenarios,
        Action<string> output,
        IReadOnlyDictionary<string, string>? told = null
    )
    {
        ConcurrentQueue<string> lines = new();
        var node = await ChildProcess.StartAsync(
            "node",
            [
                Path.Combine(AppContext.BaseDirectory, "Node", "ops-page.mjs"),
                new Uri(server.BaseAddress, "api/ops").ToString(),
                .. scenarios,
            ],
            new Dictionary<string, string>(told ?? new Dictionary<string, string>())
            {
                ["OPS_KEY"] = server.FunctionKeys.Admin,
                ["CHROMIUM"] = Chromium.Path!,
            },
            line =>
            {
                output(line);
                lines.Enqueue(line);
            }
        );
        await using (node)
        {
            await node.Exited.WaitAsync(TimeSpan.FromMinutes(8));
        }

        return lines
            .Where(line => line.StartsWith('{'))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(
                result => result.GetProperty("name").GetString()!,
                result => result.GetProperty("error").GetString()
            );
    }

    /// <summary>A vault that answered once and is gone since.</summary>
    private sealed class FailingVault : ISecretStore
    {
        public SecretStoreStatus Status =>
            new(DateTimeOffset.UtcNow.AddMinutes(-10), DateTimeOffset.UtcNow.AddMinutes(-5));

        public ValueTask<IReadOnlyList<SecretVersion>> GetVersionsAsync(
            string name,
            CancellationToken cancellationToken
        ) => throw new SecretStoreUnavailableException("The vault is away.");

        public void Refresh(string name) { }
    }
}

/// <summary>Debian's Chromium; ./test installs it where it can.</summary>
internal static class Chromium
{
    public static string? Path { get; } =
        Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } given
            ? given
            : (
                from name in (string[])["chromium", "chromium-browser", "google-chrome"]
                from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
                let file = System.IO.Path.Combine(folder, name)
                where File.Exists(file)
                select file
            ).FirstOrDefault();

    /// <summary>Skips the test where there is no Chromium, and fails it in continuous integration.</summary>
    public static void Require()
    {
        Assert.False(
            Path is null && Environment.GetEnvironmentVariable("CI") == "true",
            "Chromium is not installed: apt-get install chromium."
        );
        Skip.If(
            Path is null,
            "Chromium is not installed: apt-get install chromium. The operator's page was NOT tested."
        );
    }
}
