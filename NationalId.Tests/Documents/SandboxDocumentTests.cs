using System.Text.RegularExpressions;
using NationalId.Sandbox;
using NationalId.Tests.Infra;

namespace NationalId.Tests.Documents;

/// <summary>docs/sandbox.md tells of each call and fault of the sandbox, and of no other.</summary>
public sealed class SandboxDocumentTests
{
    private static readonly string Document = File.ReadAllText(CompiledBicep.Path("docs/sandbox.md"));

    [Fact]
    public async Task It_has_every_call()
    {
        var code = await File.ReadAllTextAsync(CompiledBicep.Path("NationalId.Sandbox/Control/ControlApi.cs"));
        var calls = Regex
            .Matches(code, @"Map(Get|Post)\(\s*""([^""]+)""")
            .Select(one => $"{one.Groups[1].Value.ToUpperInvariant()} {one.Groups[2].Value}");
        var told = Regex.Matches(Table("Calls"), "`((?:GET|POST) /[^`]+)`").Select(one => one.Groups[1].Value);
        Assert.Equal(calls.Order(), told.Distinct().Order());
    }

    [Fact]
    public async Task It_has_every_fault_and_target()
    {
        await using var sandbox = await SandboxServer.StartAsync(new SandboxSettings { Keys = World.Keys.Value });
        var named = Regex.Matches(Table("Faults"), @"(?<=[|,] )`([\w-]+)`").Select(one => one.Groups[1].Value).ToList();
        Assert.Equal(
            sandbox.Faults.Keys.Concat(Enum.GetNames<Fault>()).Order(StringComparer.Ordinal),
            named.Distinct().Order(StringComparer.Ordinal)
        );
    }

    private static string Table(string heading)
    {
        var begin = Document.IndexOf($"## {heading}", StringComparison.Ordinal);
        var end = Document.IndexOf("\n## ", begin + 1, StringComparison.Ordinal);
        return string.Join(
            '\n',
            Document[begin..(end < 0 ? Document.Length : end)].Split('\n').Where(line => line.StartsWith('|'))
        );
    }
}
