using System.Text.Json;
using NationalId.LocalHost;

namespace NationalId.Tests.LocalHost;

/// <summary>
/// What <c>./run</c> starts: Azurite, the sandbox and the local host as processes, and the demonstration that drives
/// them by run.json alone.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class LocalRunTests
{
    private static readonly string[] Names =
    [
        "baseUrl",
        "clientName",
        "controlUrl",
        "mosipUrl",
        "nationalIdSystemUrl",
        "openCrvsUrl",
        "storageConnection",
        "webhookSecret",
    ];

    [Theory]
    [InlineData("MOSIP", "IDA refused the second death's name", "AID ")]
    [InlineData("Freedonia", "the number is invalid", "number ")]
    public async Task The_demonstration_shows_a_whole_life(string client, string step, string lastLine)
    {
        using var folder = new TemporaryFolder();
        var runJson = Path.Combine(folder.Path, "run.json");
        var sandbox = Program("NationalId.Sandbox");
        await using var host = await ChildProcess.StartAsync(
            "dotnet",
            [
                Program("NationalId.LocalHost"),
                "--azurite",
                "--sandbox",
                sandbox,
                "--client",
                client,
                "--run-json",
                runJson,
            ]
        );
        await Eventually.TrueAsync(() => host.Exited.IsCompleted || File.Exists(runJson), TimeSpan.FromSeconds(120));
        Assert.True(File.Exists(runJson), host.LastLines);
        using (var run = JsonDocument.Parse(await File.ReadAllTextAsync(runJson)))
        {
            Assert.All(Names, name => Assert.NotEmpty(run.RootElement.GetProperty(name).GetString()!));
            Assert.NotEmpty(run.RootElement.GetProperty("functionKeys").GetProperty("admin").GetString()!);
        }

        await using var demo = await ChildProcess.StartAsync("dotnet", [sandbox, "demo", "--run-json", runJson]);
        var code = await demo.Exited.WaitAsync(TimeSpan.FromSeconds(120));
        Assert.True(code == 0, $"{demo.LastLines}{Environment.NewLine}{host.LastLines}");
        var lines = demo.LastLines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Contains(lines, line => line.Contains(step, StringComparison.Ordinal));
        Assert.StartsWith(lastLine, lines[^1], StringComparison.Ordinal);

        // SIGINT, as Ctrl+C sends it: every process that was started ends, and every file with keys is deleted.
        await host.DisposeAsync();
        Assert.False(File.Exists(runJson));
    }

    private static string Program(string project) =>
        Repository.PathOf(project, "bin", "Debug", "net10.0", project + ".dll");
}
