using System.Diagnostics;
using System.Text.Json;
using NationalId.Tests.Infra;

namespace NationalId.Tests.Documents;

/// <summary>requests.http: each curl in it runs as it stands, over a client that runs.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class RequestsTests
{
    private static readonly (string Title, string Says)[] Requests =
    [
        ("Whether what the client needs can be reached", "\"storage\":\"healthy\""),
        ("A birth, signed as OpenCRVS 1.x signs it: 202 with the event's key", "\"outcome\":\"new\""),
        ("The same, signed with another secret: 401", "\"status\":401"),
        ("The operators' summary", "\"states\":["),
        ("The last events", "\"topic\":\"BIRTH_REGISTERED\""),
        ("Subscribe at OpenCRVS. Each POST of an operator says X-Requested-With, which no other site's page can", "[{"),
    ];

    [Fact]
    public async Task Each_curl_runs_as_it_stands()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:OpenCrvs:CallbackUrl"] = "http://127.0.0.1:9/api/webhooks"
        );
        var folder = Directory.CreateTempSubdirectory("requests-");
        try
        {
            Directory.CreateSymbolicLink(
                Path.Combine(folder.FullName, "NationalId.Tests"),
                CompiledBicep.Path("NationalId.Tests")
            );
            await File.WriteAllTextAsync(
                Path.Combine(folder.CreateSubdirectory(".local").FullName, "run.json"),
                JsonSerializer.Serialize(
                    new
                    {
                        baseUrl = world.Host.BaseAddress.ToString().TrimEnd('/'),
                        webhookSecret = world.Setting("OPENCRVS_SHA_SECRET"),
                        functionKeys = new { @default = world.Host.FunctionKeys.Default },
                    }
                )
            );
            var commands = Commands(await File.ReadAllLinesAsync(CompiledBicep.Path("requests.http")));
            Assert.Equal(Requests.Select(request => request.Title), commands.Select(command => command.Title));
            foreach (var ((title, command), (_, says)) in commands.Zip(Requests))
            {
                var said = await RunAsync(command, folder.FullName);
                Assert.True(said.Contains(says, StringComparison.Ordinal), $"{title}: {said}");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static List<(string Title, string Command)> Commands(IReadOnlyList<string> lines) =>
        [
            .. lines
                .Select((line, i) => (Line: line, Index: i))
                .Where(one => one.Line.StartsWith("### ", StringComparison.Ordinal))
                .Select(one =>
                    (
                        one.Line[4..],
                        string.Join(
                            '\n',
                            lines
                                .Skip(one.Index + 2)
                                .TakeWhile(line => line.StartsWith("#   ", StringComparison.Ordinal))
                                .Select(line => line[4..])
                        )
                    )
                ),
        ];

    private static async Task<string> RunAsync(string command, string folder)
    {
        var start = new ProcessStartInfo("bash", ["-euc", command])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await said : errors;
    }
}
