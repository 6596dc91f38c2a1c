using System.Collections.Concurrent;
using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Support;

/// <summary>
/// An OpenCRVS, a MOSIP and a National ID client over a storage account of their own, with delays short enough to wait
/// for.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    // Drawing RSA keys takes seconds: the worlds share them.
    internal static readonly Lazy<SandboxKeys> Keys = new(() => SandboxKeys.Create());

    private readonly Dictionary<string, string?> settings;
    private Action<IServiceCollection>? services;

    private World(SandboxServer sandbox, Dictionary<string, string?> settings)
    {
        Sandbox = sandbox;
        this.settings = settings;
    }

    public SandboxServer Sandbox { get; }

    public LocalHostServer Host { get; private set; } = null!;

    public CollectedLogs Logs { get; } = new();

    public HttpClient Http { get; } = new();

    public string StorageConnection => settings["AzureWebJobsStorage"]!;

    /// <summary>What the client complained of last, for a test that fails.</summary>
    public string LastWarnings =>
        string.Join(
            Environment.NewLine,
            Logs.Lines.Where(line => line.StartsWith("Warning") || line.StartsWith("Error")).TakeLast(20)
        );

    public EventLedger Ledger => Host.Services.GetRequiredService<EventLedger>();

    public Registrations Registrations => Host.Services.GetRequiredService<Registrations>();

    public static async Task<World> StartAsync(
        Action<SandboxSettings>? sandbox = null,
        Action<Dictionary<string, string?>>? client = null,
        bool runQueues = true,
        Action<IServiceCollection>? services = null
    )
    {
        var sandboxSettings = new SandboxSettings { KeepPayloads = true, Keys = Keys.Value };
        sandbox?.Invoke(sandboxSettings);
        var server = await SandboxServer.StartAsync(sandboxSettings);
        var settings = server.ClientSettings.ToDictionary(pair => pair.Key, pair => (string?)pair.Value);
        settings["AzureWebJobsStorage"] = await TestAzurite.NewAccountAsync();
        settings["NationalId:Delivery:FirstDelay"] = "00:00:01";
        settings["NationalId:Delivery:LongestDelay"] = "00:00:02";
        settings["NationalId:Delivery:CircuitBreak"] = "00:00:01";
        // A loaded machine may stand still for longer than a registrar would wait.
        settings["NationalId:OpenCrvs:AnswerWithin"] = "00:00:45";
        settings["NationalId:Callers:MaxPerMinute"] = "1000000";
        settings["NationalId:Callers:MaxPerMinuteOverAll"] = "1000000";
        client?.Invoke(settings);
        var world = new World(server, settings) { services = services };
        await world.StartHostAsync(runQueues);
        return world;
    }

    /// <summary>Settings of a client whose leases a test can wait for; a call must fit into one.</summary>
    public static void ShortLeases(Dictionary<string, string?> settings)
    {
        settings["NationalId:Mosip:Timeout"] = "00:00:04";
        settings["NationalId:Delivery:LeaseFor"] = "00:00:05";
    }

    /// <summary>A setting of the client.</summary>
    public string? Setting(string name) => settings.GetValueOrDefault(name);

    /// <summary>Changes a setting of the client for the next start.</summary>
    public void Set(string name, string? value) => settings[name] = value;

    public async Task StartHostAsync(bool runQueues = true)
    {
        Host = await LocalHostServer.StartAsync(NewHostSettings(runQueues));
        Sandbox.ClientUrl = Host.BaseAddress;
        Http.BaseAddress = Host.BaseAddress;
    }

    /// <summary>A second host on the same storage.</summary>
    public Task<LocalHostServer> StartAnotherHostAsync() => LocalHostServer.StartAsync(NewHostSettings());

    public Uri Url(string path) => new(Host.BaseAddress, path);

    /// <summary>The event's row in the ledger, once it is in one of the states.</summary>
    public Task<EventRow> EventAsync(string number, string topic, params EventState[] states) =>
        EventAsync(number, topic, states, sweep: false);

    /// <summary>The event's row in the ledger, once it is delivered.</summary>
    /// <param name="sent">The event.</param>
    /// <param name="sweep">Runs the sweep meanwhile, as its timer does.</param>
    public Task<EventRow> DeliveredAsync(SentEvent sent, bool sweep = false) =>
        EventAsync(sent.RegistrationNumber, sent.Topic, [EventState.Delivered], sweep);

    /// <summary>The events whose record tokens are kept.</summary>
    public async Task<IReadOnlyList<string>> KeptTokensAsync() =>
        await new TableClient(StorageConnection, ConfirmationTable.Name)
            .QueryAsync<ConfirmationRow>()
            .Where(row => row.Token is not null)
            .Select(row => row.EventKey)
            .ToListAsync();

    public Task SweepAsync() => Host.Services.GetRequiredService<Sweep>().RunAsync(default);

    /// <summary>A birth that OpenCRVS registers while nobody hears its webhook.</summary>
    public async Task<SentEvent> UnheardBirthAsync()
    {
        Sandbox.ClientUrl = new Uri("http://127.0.0.1:9");
        var sent = await Sandbox.OpenCrvs.SendBirthAsync();
        Sandbox.ClientUrl = Host.BaseAddress;
        Assert.Null(sent.Status);
        return sent;
    }

    /// <summary>How many messages wait in a queue.</summary>
    public async Task<int> WaitingAsync(string queue) =>
        (await Host.Services.GetRequiredService<StorageClients>().Queues.GetQueueClient(queue).GetPropertiesAsync())
            .Value
            .ApproximateMessagesCount;

    public async ValueTask DisposeAsync()
    {
        if (Host is not null)
        {
            await Host.DisposeAsync();
        }

        await Sandbox.DisposeAsync();
        Http.Dispose();
    }

    private async Task<EventRow> EventAsync(string number, string topic, EventState[] states, bool sweep)
    {
        EventRow? row = null;
        IReadOnlyList<string> keys = [];
        var looks = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                if (sweep)
                {
                    await SweepAsync();
                }

                if (row is null || ++looks % 8 == 0)
                {
                    keys = await KeysOfAsync(number);
                }

                foreach (var key in keys)
                {
                    if (await Ledger.GetAsync(key, default) is { } one && one.Topic == topic)
                    {
                        row = one;
                        if (states.Contains(one.Current))
                        {
                            return true;
                        }
                    }
                }

                return false;
            },
            instead: () =>
                $"The event is not {string.Join(" or ", states)}, but: "
                + $"{(row is null ? "unknown" : string.Join(Environment.NewLine, row.Changes))}{Environment.NewLine}"
                + LastWarnings
        );
        return row!;
    }

    /// <summary>As the ledger finds events, by one call: it makes one for each of its sixteen partitions.</summary>
    private async Task<IReadOnlyList<string>> KeysOfAsync(string number)
    {
        var low = EventIndex.NamePrefix(EventIndex.Named, EventIndex.Word(number));
        var high = EventIndex.EndOf(low);
        var table = Host.Services.GetRequiredService<StorageClients>().Tables.GetTableClient("events");
        try
        {
            return await table
                .QueryAsync<TableEntity>(
                    TableClient.CreateQueryFilter($"RowKey ge {low} and RowKey lt {high}"),
                    select: ["RowKey"]
                )
                .Select(row => row.RowKey[low.Length..])
                .ToListAsync();
        }
        catch (RequestFailedException early) when (early.Status == 404)
        {
            // Nobody has needed the table yet.
            return [];
        }
    }

    private LocalHostSettings NewHostSettings(bool runQueues = true) =>
        new()
        {
            Configuration = settings,
            LoggerProvider = Logs,
            RunTimers = false,
            RunQueues = runQueues,
            ConfigureServices = services,
        };
}

/// <summary>
/// Everything that was logged, as text: messages, exceptions, scopes and the values that come with them.
/// </summary>
internal sealed class CollectedLogs : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        Lines.Enqueue("scope " + Text(state));
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => Lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception} {Text(state)}");

    public void Dispose() { }

    private static string Text<TState>(TState state) =>
        state is IEnumerable<KeyValuePair<string, object?>> values
            ? $"{state} {string.Join(' ', values.Select(value => $"{value.Key}={value.Value}"))}"
            : $"{state}";
}
