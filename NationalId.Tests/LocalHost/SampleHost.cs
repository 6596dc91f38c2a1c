using System.Collections.Concurrent;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.LocalHost;

namespace NationalId.Tests.LocalHost;

/// <summary>A local host that runs <see cref="SampleFunctions"/> on a storage account of its own.</summary>
internal sealed class SampleHost : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();

    private SampleHost(string storage) => Storage = storage;

    public string Storage { get; }

    public SampleJournal Journal { get; } = new();

    public LogLines Logs { get; } = new();

    public LocalHostServer Server { get; private set; } = null!;

    public HttpClient Http { get; } = new();

    public static async Task<SampleHost> StartAsync(
        string queues = """ "maxPollingInterval": "00:00:00.200" """,
        string routePrefix = "api",
        bool runQueues = true,
        TimeSpan? grace = null,
        TimeSpan? lease = null,
        TimeProvider? time = null,
        string? storage = null
    )
    {
        var host = new SampleHost(storage ?? await TestAzurite.NewAccountAsync());
        var hostJson = Path.Combine(host.folder.Path, "host.json");
        await File.WriteAllTextAsync(
            hostJson,
            $$"""
            { // as in Azure, comments are fine
              "version": "2.0",
              "extensions": { "http": { "routePrefix": "{{routePrefix}}" }, "queues": { {{queues}} } } }
            """
        );
        host.Server = await LocalHostServer.StartAsync(
            new LocalHostSettings
            {
                Configuration = TestSettings.Mosip(
                    host.Storage,
                    ("OtherStorage", host.Storage),
                    ("SampleQueue", "sample-elsewhere"),
                    ("SampleSchedule", "0 0 3 1 1 *")
                ),
                HostJsonPath = hostJson,
                FunctionsAssembly = typeof(SampleFunctions).Assembly,
                LoggerProvider = host.Logs,
                RunQueues = runQueues,
                ShutdownGrace = grace ?? TimeSpan.FromSeconds(10),
                MessageLease = lease,
                ConfigureServices = services =>
                {
                    services.AddSingleton(host.Journal);
                    if (time is not null)
                    {
                        services.AddSingleton(time);
                    }
                },
            }
        );
        host.Http.BaseAddress = host.Server.BaseAddress;
        return host;
    }

    public QueueClient Queue(string name, QueueMessageEncoding encoding = QueueMessageEncoding.Base64) =>
        new(Storage, name, new QueueClientOptions { MessageEncoding = encoding });

    public async ValueTask DisposeAsync()
    {
        Journal.Gate.Release(1000);
        await Server.DisposeAsync();
        Http.Dispose();
        folder.Dispose();
    }

    /// <summary>Everything that was logged, in one text.</summary>
    public sealed class LogLines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> lines = new();

        public string Text => string.Join('\n', lines);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}
