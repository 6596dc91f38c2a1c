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
    [InlineData("1", "MOSIP", "IDA refused the second death's name", "AID ")]
    [InlineData("1", "Freedonia", "the number is invalid", "number ")]
    [InlineData("2.0", "Freedonia", "is recovered", "number ")]
    public async Task The_demonstration_shows_a_whole_life(string openCrvs, string client, string step, string lastLine)
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
                "--opencrvs",
                openCrvs,
                "--run-json",
                runJson,
            ]
        );
        await Eventually.TrueAsync(() => host.Exited.IsCompleted || File.Exists(runJson), TimeSpan.FromSeconds(120));
        Assert.True(File.Exists(runJson), host.LastLines);
        using (var run = JsonDocument.Parse(await File.ReadAllTextAsync(runJson)))
        {
            var names = openCrvs == "1" ? Names : [.. Names.Where(name => name != "webhookSecret")];
            Assert.All(names, name => Assert.NotEmpty(run.RootElement.GetProperty(name).GetString()!));
            var keys = run.RootElement.GetProperty("functionKeys");
            Assert.NotEmpty(keys.GetProperty("admin").GetString()!);
            var key = keys.GetProperty("default").GetString()!;
            Assert.NotEmpty(key);

            // Who has never seen it is told where to look next.
            var address = run.RootElement.GetProperty("baseUrl").GetString();
            var control = run.RootElement.GetProperty("controlUrl").GetString();
            await Eventually.TrueAsync(() => host.LastLines.Contains("Three commands", StringComparison.Ordinal));
            Assert.Contains($"{address}/api/ops    its key: {key}", host.LastLines);
            Assert.Contains($"curl -X POST {control}/{(openCrvs == "1" ? "births" : "registrations")}", host.LastLines);
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
