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
/// Rows 1 to 3. BenchmarkDotNet tells times and allocations; the ratios come from rounds of processor time in turns, since openssl counts so.
/// </summary>
internal static class CryptoRun
{
    public static Task RunAsync(Report report, bool full)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(full ? 15 : 5).WithIterationTime(TimeInterval.FromMilliseconds(full ? 250 : 100));
        var config = ManualConfig.CreateEmpty().AddJob(job).AddColumnProvider(DefaultColumnProviders.Instance).AddDiagnoser(MemoryDiagnoser.Default)
            .WithOptions(ConfigOptions.DisableLogFile).WithArtifactsPath(Path.Combine(Path.GetTempPath(), "nationalid-bench"));
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
            report.Add($"signature check, {length / 1024:N0} KB ({subject.Expansion:0.00} × as long encoded)", $"{times[0] * 1e6:N0} µs, {allocated} B allocated", $"HMAC alone {times[1] * 1e6:N0} µs", $"{times[0] / times[1]:0.00} ×", "≤ 1.5 ×", times[0] / times[1] <= 1.5);
        }

        Messages(report, full ? 15 : 6, TimeSpan.FromSeconds(1));
        return Task.CompletedTask;
    }

    private static void Messages(Report report, int rounds, TimeSpan round)
    {
        var subject = new Subjects(5 * 1024);
        var (openssl, seal, ida, bare) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        ThreadClock.Measure(() => subject.Seal(), round);
        ThreadClock.Measure(() => subject.BuildIda(), round);
        for (var i = 0; i < rounds; i++)
        {
            openssl.Add(OpenSsl.SignsPerSecond(1));
            seal.Add(1 / ThreadClock.Measure(() => subject.Seal(), round));
            bare.Add(1 / ThreadClock.Measure(() => subject.SignAlone(), round));
            ida.Add(1 / ThreadClock.Measure(() => subject.BuildIda(), round));
        }

        var reference = ThreadClock.Median(openssl);
        Add("envelope sealed and signed, 5 KB", ThreadClock.Median(seal), 0.85);
        Add("IDA request built", ThreadClock.Median(ida), 0.8);
        Add("(for comparison) .NET's RSA signature alone", ThreadClock.Median(bare), null);

        void Add(string what, double perSecond, double? target) => report.Add(
            what, $"{perSecond:N0}/s", $"openssl speed rsa2048 {reference:N0} signs/s", $"{perSecond / reference:P0}",
            target is null ? "-" : $"≥ {target:P0}", target is null ? null : perSecond / reference >= target);
    }

    private static long Allocated(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
