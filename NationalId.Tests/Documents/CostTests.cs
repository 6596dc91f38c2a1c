using System.Diagnostics;
using NationalId.Tests.Infra;

namespace NationalId.Tests.Documents;

/// <summary>docs/cost.md has what scripts/cost.mjs prints, and both the storage calls that were measured.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class CostTests
{
    [Fact]
    public async Task The_table_is_the_programs()
    {
        var (code, said) = await RunAsync();
        Assert.Equal(0, code);
        Assert.Contains(said, await File.ReadAllTextAsync(CompiledBicep.Path("docs/cost.md")));
    }

    [Fact]
    public async Task Own_figures_count_and_unknown_ones_are_refused()
    {
        Assert.Contains("| always-ready instances | $42.05 |", (await RunAsync("250000", "alwaysReady=2")).Said);
        Assert.Equal(2, (await RunAsync("alwaysready=2")).Code);
    }

    [Fact]
    public async Task The_alert_rules_are_those_of_infra()
    {
        var bicep = await File.ReadAllTextAsync(CompiledBicep.Path("infra/modules/alerts.bicep"));
        var rules = bicep.Split("\nvar rules = [")[1].Split("\n]")[0].Split("\n    name: '").Length - 1;
        var script = await File.ReadAllTextAsync(CompiledBicep.Path("scripts/cost.mjs"));
        Assert.Contains($"alertRules: {rules},", script);
    }

    [Fact]
    public async Task The_storage_calls_are_those_of_performance_md()
    {
        var script = await File.ReadAllTextAsync(CompiledBicep.Path("scripts/cost.mjs"));
        var calls = System.Text.RegularExpressions.Regex.Match(script, @"storageCalls: ([\d.]+)").Groups[1].Value;
        var performance = await File.ReadAllTextAsync(CompiledBicep.Path("docs/performance.md"));
        // The newest run stands last.
        var newest = System.Text.RegularExpressions.Regex.Matches(performance, @"([\d.]+) storage calls an event \|");
        // Storage is little of the whole: a run that says a quarter more needs no new table.
        var measured = Number(newest[^1].Groups[1].Value);
        Assert.InRange(Number(calls), measured * 0.75, measured * 1.25);

        static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<(int Code, string Said)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [CompiledBicep.Path("scripts/cost.mjs"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        await errors;
        return (process.ExitCode, said);
    }
}
