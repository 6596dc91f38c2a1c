using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace NationalId.Benchmarks.Crypto;

/// <summary>
/// Rows 1 to 3. BenchmarkDotNet tells times and allocations; the ratios come from rounds of processor time in turns,
/// since openssl counts so.
/// </summary>
internal static class CryptoRun
{
    public static Task RunAsync(Report report, bool full)
    {
        var job = Job
            .Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(3)
            .WithIterationCount(full ? 15 : 5)
            .WithIterationTime(TimeInterval.FromMilliseconds(full ? 250 : 100));
        var config = ManualConfig
            .CreateEmpty()
            .AddJob(job)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "nationalid-bench"));
        foreach (var type in (Type[])[typeof(SignatureBenchmarks), typeof(MessageBenchmarks)])
        {
            MarkdownExporter.Console.ExportToLog(BenchmarkRunner.Run(type, config), ConsoleLogger.Default);
        }

        var (rounds, round) = (full ? 25 : 9, TimeSpan.FromMilliseconds(200));
        foreach (var length in (int[])[20 * 1024, 1024 * 1024])
        {
            var subject = new Subjects(length);
            var times = ThreadClock.Compare(rounds, round, () => subject.Verify(), subject.HmacAlone);
            var allocated = Allocated(() => subject.Verify());
            report.Add(
                $"signature check, {length / 1024:N0} KB ({subject.Expansion:0.00} × as long encoded)",
                $"{times[0] * 1e6:N0} µs, {allocated} B allocated",
                $"HMAC alone {times[1] * 1e6:N0} µs",
                $"{times[0] / times[1]:0.00} ×",
                "≤ 1.5 ×",
                times[0] / times[1] <= 1.5
            );
        }

        Messages(report, full ? 31 : 12);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Neighbours on the same hardware slow both down, and us more than openssl's loop, which stays in the first-level
    /// cache. So openssl says which rounds were disturbed: those in which itself it fell below 95 % of its best. They
    /// are told, but don't count unless there is no other.
    /// </summary>
    private static void Messages(Report report, int rounds)
    {
        var (credential, small, birth) = (new Subjects(1024), new Subjects(5 * 1024), new Subjects(20 * 1024));
        (string What, Action Run, double? Target, List<(double Calls, double Signs)> Rounds)[] candidates =
        [
            ("message to MOSIP: sealed, signed, base64, 1 KB", () => credential.Seal(), 0.85, []),
            ("- the same, 5 KB", () => small.Seal(), null, []),
            ("- the same, 20 KB", () => birth.Seal(), null, []),
            ("IDA request built", () => credential.BuildIda(), 0.8, []),
            ("(for comparison) .NET's RSA signature alone", () => credential.SignAlone(), null, []),
        ];
        foreach (var candidate in candidates)
        {
            ThreadClock.Measure(candidate.Run, TimeSpan.FromSeconds(1));
        }

        for (var i = 0; i < rounds; i++)
        {
            foreach (var candidate in candidates)
            {
                candidate.Rounds.Add(OpenSsl.Beside(candidate.Run, 3));
            }
        }

        var best = candidates.Max(candidate => candidate.Rounds.Max(round => round.Signs));
        foreach (var (what, _, target, all) in candidates)
        {
            var quiet = all.Where(round => round.Signs >= 0.95 * best).ToList();
            var counted = quiet.Count > 0 ? quiet : all;
            var (figure, reference) = (
                ThreadClock.Median([.. counted.Select(round => round.Calls)]),
                ThreadClock.Median([.. counted.Select(round => round.Signs)])
            );
            var ratio = ThreadClock.Median([.. counted.Select(Ratio)]);
            report.Add(
                what,
                $"{figure:N0}/s",
                $"openssl speed rsa2048 {reference:N0} signs/s",
                $"{ratio:P0} in {quiet.Count} undisturbed rounds of {rounds} ({all.Min(Ratio):P0} to "
                    + $"{all.Max(Ratio):P0} in all)",
                target is null ? "-" : $"≥ {target:P0}",
                target is null ? null : ratio >= target
            );
        }

        static double Ratio((double Calls, double Signs) round) => round.Calls / round.Signs;

        foreach (var length in (int[])[1, 5, 20])
        {
            var bare = OpenSsl.EnvelopesPerSecond(length * 1024, out var signs);
            report.Add(
                $"(for comparison) openssl's own four operations in a row, {length} KB",
                $"{bare:N0}/s",
                $"openssl speed rsa2048 {signs:N0} signs/s",
                $"{bare / signs:P0}"
            );
        }
    }

    private static long Allocated(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
