using System.Globalization;
using NationalId.LocalHost;
using Xunit.Abstractions;

namespace NationalId.Tests.Endurance;

/// <summary>
/// Everything at once, for long: registrations by every way that a National ID system can have, corrections,
/// revocations, contradictions, while the process is killed, storage hangs and goes, partners fail in each way, secrets
/// are rotated and the clock jumps. In the end nothing is lost or stuck, every record has one id and one number, each
/// contradiction is flagged, no log has personal data, and memory and handles have not grown.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class EnduranceTests(ITestOutputHelper output)
{
    private static readonly string? Minutes = Environment.GetEnvironmentVariable("NATIONALID_ENDURANCE_MINUTES");

    /// <summary>The short form: MOSIP's mediator, or the system that the seed says.</summary>
    [Fact]
    public Task A_minute_of_all_of_it_loses_nothing_and_leaves_nothing_stuck()
    {
        // The same draws each time, so that a change that is tested is not blamed for another day's.
        var seed = Seed() ?? 101;
        var system = EnduranceSystem.All[seed % EnduranceSystem.All.Count];
        return RunAsync(
            system,
            new EndurancePlan(
                Births: 44,
                Deaths: 12,
                Span: TimeSpan.FromSeconds(36),
                Killing: TimeSpan.FromSeconds(24),
                Pace: TimeSpan.FromSeconds(3),
                Seed: seed
            )
        );
    }

    /// <summary>
    /// The long form, with NATIONALID_SOAK=1: a quarter of an hour each; NATIONALID_ENDURANCE_MINUTES
    /// is another length.
    /// </summary>
    [SkippableTheory]
    [InlineData("mosip-packets", 2000, 600)]
    [InlineData("mosip-mediator", 1000, 300)]
    [InlineData("osia", 1000, 300)]
    [InlineData("any", 1000, 300)]
    public Task An_hour_of_all_of_it_loses_nothing_and_needs_no_more_in_the_end(string system, int births, int deaths)
    {
        Skip.If(Minutes is null && Environment.GetEnvironmentVariable("NATIONALID_SOAK") != "1", "Long.");
        var minutes = double.Parse(Minutes ?? "15", CultureInfo.InvariantCulture);
        return RunAsync(
            EnduranceSystem.All.Single(one => one.Name == system),
            new EndurancePlan(
                Births: (int)(births * minutes / 15),
                Deaths: (int)(deaths * minutes / 15),
                Span: TimeSpan.FromMinutes(minutes),
                // The rest is one life, in which memory and handles are looked at.
                Killing: TimeSpan.FromMinutes(minutes * 0.6),
                Pace: TimeSpan.FromSeconds(12),
                Seed: Seed() ?? Random.Shared.Next()
            )
        );
    }

    /// <summary>Repeats a run as far as it is drawn; what an earlier run wrote.</summary>
    private static int? Seed() =>
        int.TryParse(Environment.GetEnvironmentVariable("NATIONALID_SEED"), out var given) ? given : null;

    private async Task RunAsync(EnduranceSystem system, EndurancePlan plan)
    {
        // One can follow a long run there: the test's own output comes when it has ended.
        var folder = Directory.CreateDirectory(Repository.PathOf("TestResults"));
        var file = Path.Combine(folder.FullName, $"endurance-{system.Name}.log");
        await using var log = new StreamWriter(file) { AutoFlush = true };
        Say($"{system.Name}, NATIONALID_SEED={plan.Seed}, {plan.Births} births, {plan.Deaths} deaths, {plan.Span}");
        await using var run = new EnduranceRun(system, plan, Say);
        Say(await run.RunAsync());

        void Say(string line)
        {
            output.WriteLine(line);
            log.WriteLine(line);
        }
    }
}
