using System.Collections;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Console;
using NationalId.Core.Platform.Secrets;

namespace NationalId.LocalHost;

/// <summary>
/// One run of the program: starts what the options ask for, waits, and stops it in the opposite order.
/// </summary>
internal sealed class LocalRun(CommandLine options) : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> started = new();
    private readonly List<(string Name, Task Exited, Func<string> LastLines)> children = [];

    /// <summary>Starts everything and says so; throws when something can't start.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var port = options.Port > 0 ? options.Port : FreePort();
        var url = $"http://{IPAddress.Loopback}:{port}";
        var azurite = options.Azurite ? StartAzuriteAsync(ct) : null;
        var sandbox = options.Sandbox is { } dll ? StartSandboxAsync(dll, url, ct) : null;
        await Task.WhenAll(new Task?[] { azurite, sandbox }.OfType<Task>());

        var settings = Settings(sandbox?.Result, azurite?.Result);
        var server = await LocalHostServer.StartAsync(
            new LocalHostSettings
            {
                Configuration = settings,
                Url = url,
                LoggerProvider = ConsoleLog(),
                MessageLease = MessageLease(settings),
                ConfigureServices = services => TestOrders.Apply(services, settings),
            },
            ct
        );
        started.Push(server);
        Console.WriteLine();
        Console.WriteLine(server.Banner());
        foreach (var key in SandboxUrls.Where(settings.ContainsKey))
        {
            Console.WriteLine($"  {key.Replace(':', ' ')}: {settings[key]}");
        }

        if (options.RunJson is { } runJson)
        {
            LocalFiles.WritePrivateJson(runJson, RunJson(server, settings));
            Console.WriteLine($"  Addresses and keys: {runJson}");
        }

        Console.WriteLine();
        if (settings.GetValueOrDefault("Sandbox:ControlUrl") is { } control)
        {
            Console.WriteLine(
                NextSteps.Text(
                    server.BaseAddress.ToString().TrimEnd('/'),
                    server.FunctionKeys.Default,
                    control,
                    options.OpenCrvs ?? "1",
                    settings.GetValueOrDefault("NationalId:System"),
                    settings.GetValueOrDefault("NationalId:ClientName")
                )
            );
            Console.WriteLine();
        }

        Console.WriteLine("Up. Ctrl-C stops everything.");
    }

    /// <summary>Waits for the end: ours by <paramref name="stop"/>, or of a child that should not have ended.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitAsync(Task stop)
    {
        var first = await Task.WhenAny([stop, .. children.Select(child => child.Exited)]);
        if (first == stop)
        {
            return 0;
        }

        var (name, _, lastLines) = children.First(child => child.Exited == first);
        await Console.Error.WriteLineAsync($"{name} has ended; so do we.{Environment.NewLine}{lastLines()}");
        return 1;
    }

    public async ValueTask DisposeAsync()
    {
        if (options.RunJson is { } runJson)
        {
            File.Delete(runJson);
        }

        while (started.TryPop(out var next))
        {
            await next.DisposeAsync();
        }
    }

    private static readonly string[] SandboxUrls =
    [
        "Sandbox:MosipUrl",
        "Sandbox:OpenCrvsUrl",
        "Sandbox:NationalIdSystemUrl",
        "Sandbox:ControlUrl",
    ];

    private async Task<AzuriteServer> StartAzuriteAsync(CancellationToken ct)
    {
        Console.WriteLine("Starting Azurite ...");
        var local = options.RunJson is { } runJson ? Path.GetDirectoryName(runJson)! : Repository.PathOf(".local");

        // A sandbox draws new keys at each start: what an earlier run left could not be delivered to it.
        var (folder, taken) = LocalFiles.TakeAzuriteFolder(local, empty: options.Sandbox is not null);
        Push(new AfterDispose(taken));
        var azurite = await AzuriteServer.StartAsync(folder, ct: ct);
        Push(azurite);
        AddChild("Azurite", azurite.Exited, () => azurite.LastLines);
        return azurite;
    }

    private async Task<SandboxProcess> StartSandboxAsync(string dll, string url, CancellationToken ct)
    {
        Console.WriteLine("Starting the sandbox (a MOSIP and an OpenCRVS) ...");
        var sandbox = await SandboxProcess.StartAsync(
            dll,
            url,
            options.Client,
            options.OpenCrvs,
            options.Mosip,
            options.System,
            line => Console.WriteLine($"sandbox | {line}"),
            ct
        );
        Push(sandbox);
        AddChild("The sandbox", sandbox.Exited, () => sandbox.LastLines);
        return sandbox;
    }

    private void AddChild(string name, Task exited, Func<string> lastLines)
    {
        lock (children)
        {
            children.Add((name, exited, lastLines));
        }
    }

    private void Push(IAsyncDisposable disposable)
    {
        lock (started)
        {
            started.Push(disposable);
        }
    }

    /// <summary>
    /// As Core Tools: local.settings.json, then environment variables; then what we started ourselves.
    /// </summary>
    private Dictionary<string, string?> Settings(SandboxProcess? sandbox, AzuriteServer? azurite)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var file = options.Settings ?? (sandbox is null ? Repository.PathOf("local.settings.json") : null);
        Add(file is null || (options.Settings is null && !File.Exists(file)) ? [] : LocalFiles.ReadLocalSettings(file));
        Add(
            Environment
                .GetEnvironmentVariables()
                .Cast<DictionaryEntry>()
                .Select(variable => KeyValuePair.Create((string)variable.Key, (string?)variable.Value))
        );
        Add(sandbox?.Settings ?? new Dictionary<string, string?>());
        if (azurite is not null)
        {
            settings["AzureWebJobsStorage"] = azurite.ConnectionString;
        }

        return settings;

        void Add(IEnumerable<KeyValuePair<string, string?>> values)
        {
            foreach (var (key, value) in values)
            {
                settings[key.Replace("__", ":", StringComparison.Ordinal)] = value;
            }
        }
    }

    /// <summary>
    /// <c>LocalHost__MessageLease</c>: for the crash test, which can't wait ten minutes for a killed host's messages.
    /// </summary>
    private static TimeSpan? MessageLease(Dictionary<string, string?> settings) =>
        settings.GetValueOrDefault("LocalHost:MessageLease") is { Length: > 0 } text
            ? TimeSpan.Parse(text, CultureInfo.InvariantCulture)
            : null;

    /// <summary>What other programs need to drive this run; keep the names, tests and the demo read them.</summary>
    private static Dictionary<string, object?> RunJson(LocalHostServer server, Dictionary<string, string?> settings) =>
        new()
        {
            ["baseUrl"] = server.BaseAddress.ToString().TrimEnd('/'),
            ["system"] = settings.GetValueOrDefault("NationalId:System"),
            ["clientName"] = settings.GetValueOrDefault("NationalId:ClientName"),
            ["openCrvsVersion"] = settings.GetValueOrDefault("NationalId:OpenCrvs:Version") ?? "1",
            ["functionKeys"] = new Dictionary<string, string>
            {
                ["default"] = server.FunctionKeys.Default,
                ["admin"] = server.FunctionKeys.Admin,
            },
            ["webhookSecret"] = settings.GetValueOrDefault(SecretNames.WebhookSecret.Replace('-', '_')),
            ["mosipUrl"] = settings.GetValueOrDefault("Sandbox:MosipUrl"),
            ["openCrvsUrl"] = settings.GetValueOrDefault("Sandbox:OpenCrvsUrl"),
            ["nationalIdSystemUrl"] = settings.GetValueOrDefault("Sandbox:NationalIdSystemUrl"),
            ["controlUrl"] = settings.GetValueOrDefault("Sandbox:ControlUrl"),
            ["storageConnection"] = settings.GetValueOrDefault("AzureWebJobsStorage"),
            ["processId"] = Environment.ProcessId,
        };

    private static ConsoleLoggerProvider ConsoleLog()
    {
        var services = new ServiceCollection()
            .AddLogging(logging =>
                logging.AddSimpleConsole(console =>
                {
                    console.SingleLine = true;
                    console.TimestampFormat = "HH:mm:ss ";
                    console.UseUtcTimestamp = true;
                })
            )
            .BuildServiceProvider();
        return (ConsoleLoggerProvider)services.GetRequiredService<ILoggerProvider>();
    }

    /// <summary>
    /// A port below those that outgoing connections take: nobody else gets it before we listen, save by a rare
    /// coincidence.
    /// </summary>
    internal static int FreePort()
    {
        for (var attempt = 0; ; attempt++)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException) when (attempt < 200)
            {
                // Taken: draw another.
            }
        }
    }

    private sealed class AfterDispose(IDisposable inner) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            inner.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
