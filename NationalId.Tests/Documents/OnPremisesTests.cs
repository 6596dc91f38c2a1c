using System.Diagnostics;
using System.Net;
using NationalId.LocalHost;
using NationalId.Tests.Infra;

namespace NationalId.Tests.Documents;

/// <summary>
/// docs/on-premises.md: its commands, as they stand. What needs Docker, Core Tools or a network is left out; ports are
/// free ones, and nothing is built again.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OnPremisesTests : IDisposable
{
    private static readonly string[] Blocks = ReadBlocks();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("on-premises-");
    private readonly List<Process> started = [];

    public OnPremisesTests()
    {
        foreach (var entry in new DirectoryInfo(CompiledBicep.Root).EnumerateFileSystemInfos())
        {
            if (entry.Name is not (".git" or ".local" or "local.settings.json"))
            {
                File.CreateSymbolicLink(Path.Combine(folder.FullName, entry.Name), entry.FullName);
            }
        }
    }

    public void Dispose()
    {
        foreach (var process in started)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        // The links alone: what they lead to is the repository.
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is not null || entry is FileInfo)
            {
                entry.Delete();
            }
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_sandbox_the_settings_and_LocalHost_come_up_as_it_says()
    {
        var port = LocalRun.FreePort().ToString(System.Globalization.CultureInfo.InvariantCulture);
        await RunAsync(Prepared(Block("NationalId.Sandbox -- --settings-out"), port));
        Assert.True(File.Exists(Path.Combine(folder.FullName, "local.settings.json")));
        var host = Run(Prepared(Block("NationalId.LocalHost -- --settings").Replace("npm ci\n", ""), port));

        using var http = new HttpClient();
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.False(host.HasExited, "LocalHost has ended.");
                try
                {
                    using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/api/health"));
                    return answer.StatusCode == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(60)
        );
    }

    [Fact]
    public async Task The_containers_settings_are_made_as_it_says()
    {
        var block = string.Join(
            '\n',
            Block("docker compose up").Split('\n').Where(line => !line.StartsWith("docker") && !line.StartsWith("curl"))
        );
        await RunAsync(block);
        var settings = await File.ReadAllLinesAsync(Path.Combine(folder.FullName, "nid.env"));
        Assert.Contains("AzureWebJobsSecretStorageType=files", settings);
        Assert.Contains("FUNCTIONS_WORKER_RUNTIME=dotnet-isolated", settings);
        var storage = Assert.Single(
            settings,
            line => line.StartsWith("AzureWebJobsStorage=", StringComparison.Ordinal)
        );
        var account = (await File.ReadAllTextAsync(Path.Combine(folder.FullName, "azurite.env"))).Trim();
        var (name, key) = (account.Split(['=', ':'])[1], account[(account.IndexOf(':') + 1)..]);
        Assert.Contains($"AccountName={name};AccountKey={key};", storage);
        Assert.False(File.Exists(Path.Combine(folder.FullName, "nid.json")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite,
                File.GetUnixFileMode(Path.Combine(folder.FullName, "nid.env"))
            );
        }
    }

    private static string Prepared(string block, string port) =>
        block
            .Replace("dotnet run ", "dotnet run --no-build ", StringComparison.Ordinal)
            .Replace("7071", port, StringComparison.Ordinal);

    private static string Block(string with) =>
        Assert.Single(Blocks, block => block.Contains(with, StringComparison.Ordinal));

    private static string[] ReadBlocks() =>
        [
            .. File.ReadAllText(CompiledBicep.Path("docs/on-premises.md"))
                .Split("```sh\n")
                .Skip(1)
                .Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)]),
        ];

    private Process Run(string script)
    {
        var process = Process.Start(
            new ProcessStartInfo("bash", ["-euc", script]) { WorkingDirectory = folder.FullName }
        )!;
        started.Add(process);
        return process;
    }

    /// <summary>Runs a block to its end. What it leaves in the background is ended with the shell that waits for it.
    /// </summary>
    private async Task RunAsync(string script)
    {
        var done = Path.Combine(folder.FullName, ".done");
        var process = Run($"{script}\ntouch '{done}'\nwait");
        await Eventually.TrueAsync(
            () => File.Exists(done) || (process.HasExited && process.ExitCode != 0),
            TimeSpan.FromSeconds(60)
        );
        Assert.True(File.Exists(done), $"It failed:\n{script}");
        File.Delete(done);
    }
}
