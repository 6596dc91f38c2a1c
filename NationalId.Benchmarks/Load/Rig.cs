using System.Net.Http.Headers;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Benchmarks.Load;

/// <summary>A signed webhook, ready to be posted.</summary>
internal sealed record Webhook(SentEvent Event, string Signature)
{
    public byte[] Body => Event.Body;
}

/// <summary>Azurite, the sandbox, the client and the sink that it is measured against.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false })
    {
        Timeout = TimeSpan.FromMinutes(5),
    };

    private Rig(AzuriteServer azurite, SandboxServer sandbox, LocalHostServer sink)
    {
        Azurite = azurite;
        Sandbox = sandbox;
        SinkServer = sink;
    }

    public AzuriteServer Azurite { get; }

    public SandboxServer Sandbox { get; }

    public LocalHostServer SinkServer { get; }

    public LocalHostServer? Client { get; private set; }

    public HttpClient Http => http;

    /// <summary>The client's settings.</summary>
    public Dictionary<string, string?> Settings => SettingsOf(Sandbox, Azurite);

    /// <param name="inMemory">Whether Azurite keeps its data in memory: its disk is not ours to measure.</param>
    /// <param name="client">Whether the client runs in this process.</param>
    /// <param name="queues">Whether it delivers.</param>
    /// <param name="change">Changes how the sandbox behaves.</param>
    public static async Task<Rig> StartAsync(
        bool inMemory = true,
        bool client = true,
        bool queues = true,
        Action<SandboxSettings>? change = null
    )
    {
        var azurite = await AzuriteServer.StartAsync(inMemory: inMemory);
        var settings = new SandboxSettings { MosipReadsStrictly = false };
        change?.Invoke(settings);
        var sandbox = await SandboxServer.StartAsync(settings);
        var sink = await LocalHostServer.StartAsync(
            new LocalHostSettings
            {
                FunctionsAssembly = typeof(Sink).Assembly,
                Configuration = SettingsOf(sandbox, azurite),
                RunQueues = false,
                RunTimers = false,
                HostJsonPath = HostJson,
            }
        );
        var rig = new Rig(azurite, sandbox, sink);
        sandbox.ClientUrl = sink.BaseAddress;
        if (client)
        {
            await rig.StartClientAsync(queues);
        }

        return rig;
    }

    public static string HostJson => Repository.PathOf("host.json");

    /// <param name="queues">Whether it delivers.</param>
    /// <param name="settings">Its settings; null: those of the rig.</param>
    /// <param name="services">Changes what it is made of.</param>
    public async Task StartClientAsync(
        bool queues,
        Dictionary<string, string?>? settings = null,
        Action<IServiceCollection>? services = null
    )
    {
        await StopClientAsync();
        Client = await StartHostAsync(settings ?? Settings, queues, services);
    }

    /// <summary>Starts a client.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="queues">Whether it delivers.</param>
    /// <param name="services">Changes what it is made of.</param>
    public static Task<LocalHostServer> StartHostAsync(
        Dictionary<string, string?> settings,
        bool queues,
        Action<IServiceCollection>? services = null
    ) =>
        LocalHostServer.StartAsync(
            new LocalHostSettings
            {
                Configuration = settings,
                RunQueues = queues,
                RunTimers = false,
                HostJsonPath = HostJson,
                ConfigureServices = services,
            }
        );

    private async Task StopClientAsync()
    {
        if (Client is not null)
        {
            await Client.DisposeAsync();
        }
    }

    /// <summary>
    /// Registers births in the sandbox's OpenCRVS. It sends them to the sink; whoever measures sends them on.
    /// </summary>
    public async Task<List<Webhook>> BirthsAsync(int count, int padding = 0)
    {
        var webhooks = new List<Webhook>();
        for (var i = 0; i < count; i++)
        {
            // Tracking ids have six characters: among many, two can be the same.
            var record = new BirthRecord
            {
                PaddingBytes = padding,
                RegistrationNumber = "2026B" + Guid.NewGuid().ToString("N")[..12].ToUpperInvariant(),
            };
            var sent = await Sandbox.OpenCrvs.SendBirthAsync(record);
            webhooks.Add(new Webhook(sent, Sandbox.OpenCrvs.Sign(sent.Body)));
        }

        return webhooks;
    }

    /// <summary>Posts a webhook and waits for its 202.</summary>
    public async Task PostAsync(Uri server, Webhook webhook)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, "api/webhooks"))
        {
            Content = new ByteArrayContent(webhook.Body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("X-Hub-Signature", webhook.Signature);
        using var answer = await http.SendAsync(request);
        if ((int)answer.StatusCode != 202)
        {
            throw new InvalidOperationException($"A webhook was answered {(int)answer.StatusCode}.");
        }
    }

    private static Dictionary<string, string?> SettingsOf(SandboxServer sandbox, AzuriteServer azurite) =>
        new(sandbox.ClientSettings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)))
        {
            ["AzureWebJobsStorage"] = azurite.ConnectionString,
            // Sixteen of 50 MB are to be under way at a time. With less room the oldest is cut when storage is slow,
            // and OpenCRVS sends it again; nobody does here.
            ["NationalId:Intake:MaxUnprovedBytes"] = "1000000000",
            // Whoever measures sends what the hub would send.
            ["NationalId:Mosip:WebSub:CallbackUrl"] = "http://127.0.0.1:9/api/websub/callback",
        };

    public async ValueTask DisposeAsync()
    {
        await StopClientAsync();
        await SinkServer.DisposeAsync();
        await Sandbox.DisposeAsync();
        await Azurite.DisposeAsync();
        http.Dispose();
    }
}
