using System.Net;
using System.Security.Cryptography;

namespace NationalId.LocalHost;

/// <summary>
/// Azurite (blob, queue and table on free loopback ports) as a child process that never outlives us. The account key is
/// drawn at each start.
/// </summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);

    private readonly string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
    private readonly int accounts;
    private readonly string? dataDirectory;
    private readonly bool deleteData;
    private readonly int[] ports = [0, 0, 0];
    private ChildProcess? child;

    private AzuriteServer(string? dataDirectory, bool inMemory, int accounts)
    {
        this.accounts = accounts;
        deleteData = dataDirectory is null && !inMemory;
        this.dataDirectory = inMemory ? null : dataDirectory ?? Directory.CreateTempSubdirectory("azurite-").FullName;
    }

    /// <summary>The first account's connection string; the same after <see cref="RestartAsync"/>.</summary>
    public string ConnectionString => ConnectionStringOf(1);

    /// <summary>The process that runs now.</summary>
    internal int ProcessId => child?.Id ?? 0;

    /// <summary>Completes when the process that runs now ends.</summary>
    internal Task Exited => child?.Exited ?? Task.CompletedTask;

    internal string LastLines => child?.LastLines ?? "";

    /// <summary>Starts Azurite and waits until all three services listen.</summary>
    /// <param name="dataDirectory">Where data is kept; absent: a temporary folder, deleted in the end.</param>
    /// <param name="inMemory">Keeps data in memory only: fast, and lost when it stops.</param>
    /// <param name="accounts">How many accounts there are: each is a world of its own.</param>
    /// <param name="ct">Gives up starting.</param>
    /// <exception cref="InvalidOperationException">Azurite is not installed or did not start.</exception>
    public static async Task<AzuriteServer> StartAsync(
        string? dataDirectory = null,
        bool inMemory = false,
        int accounts = 1,
        CancellationToken ct = default
    )
    {
        var server = new AzuriteServer(dataDirectory, inMemory, accounts);
        try
        {
            await server.LaunchAsync(ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>An account's connection string.</summary>
    /// <param name="account">Its number, from 1.</param>
    public string ConnectionStringOf(int account)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(account);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(account, accounts);
        var name = AccountName(account);
        return $"DefaultEndpointsProtocol=http;AccountName={name};AccountKey={key};BlobEndpoint={Endpoint(0)};"
            + $"QueueEndpoint={Endpoint(1)};TableEndpoint={Endpoint(2)};";

        string Endpoint(int service) => $"http://{IPAddress.Loopback}:{ports[service]}/{name}";
    }

    /// <summary>Stops Azurite; what it holds on disk stays for <see cref="RestartAsync"/>.</summary>
    public async Task StopAsync()
    {
        if (child is { } running)
        {
            await running.DisposeAsync();
            child = null;
        }
    }

    /// <summary>Kills Azurite, as an outage would; it may forget the last seconds' writes.</summary>
    public async Task KillAsync()
    {
        if (child is { } running)
        {
            await running.KillAsync();
            await StopAsync();
        }
    }

    /// <summary>Starts Azurite again on the same ports, stopping it first when it runs.</summary>
    public async Task RestartAsync(CancellationToken ct = default)
    {
        await StopAsync();
        await LaunchAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (deleteData && Directory.Exists(dataDirectory))
        {
            Directory.Delete(dataDirectory, recursive: true);
        }
    }

    private static string AccountName(int account) => $"devstoreaccount{account}";

    private async Task LaunchAsync(CancellationToken ct)
    {
        var script = Repository.PathOf("node_modules", "azurite", "dist", "src", "azurite.js");
        if (!File.Exists(script))
        {
            throw new InvalidOperationException("Azurite is not installed: run ./run or ./test once, or npm ci.");
        }

        // Port 0 lets the kernel choose: nobody can take the port between choosing and listening.
        List<string> arguments =
        [
            "--require",
            Repository.PathOf("scripts", "azurite.cjs"),
            script,
            "--silent",
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--blobPort",
            $"{ports[0]}",
            "--queuePort",
            $"{ports[1]}",
            "--tablePort",
            $"{ports[2]}",
        ];
        if (dataDirectory is null)
        {
            arguments.Add("--inMemoryPersistence");
        }
        else
        {
            Directory.CreateDirectory(dataDirectory);
            arguments.AddRange(["--location", dataDirectory]);
        }

        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = 3;
        var started = await ChildProcess.StartAsync(
            "node",
            arguments,
            new Dictionary<string, string>
            {
                ["AZURITE_ACCOUNTS"] = string.Join(
                    ';',
                    Enumerable.Range(1, accounts).Select(n => $"{AccountName(n)}:{key}")
                ),
            },
            ReadLine
        );
        child = started;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(StartPatience);
        await Task.WhenAny(listening.Task, started.Exited, Task.Delay(Timeout.Infinite, patience.Token));
        if (!listening.Task.IsCompletedSuccessfully)
        {
            ct.ThrowIfCancellationRequested();
            throw new InvalidOperationException($"Azurite did not start.{Environment.NewLine}{started.LastLines}");
        }

        // Azurite says: "Azurite Blob service is successfully listening at http://127.0.0.1:42909".
        void ReadLine(string line)
        {
            var service = Array.FindIndex(
                Services,
                name => line.StartsWith($"Azurite {name} service is successfully listening", StringComparison.Ordinal)
            );
            if (service >= 0 && Uri.TryCreate(line[(line.LastIndexOf(' ') + 1)..], UriKind.Absolute, out var address))
            {
                ports[service] = address.Port;
                if (Interlocked.Decrement(ref left) == 0)
                {
                    listening.TrySetResult();
                }
            }
        }
    }

    private static readonly string[] Services = ["Blob", "Queue", "Table"];
}
