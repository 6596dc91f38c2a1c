using System.Diagnostics;
using NationalId.Benchmarks.Crypto;
using NationalId.LocalHost;

namespace NationalId.Benchmarks.Load;

/// <summary>Row 7: from the start of the process to its first answer, against an app with nothing in it.</summary>
internal static class StartRun
{
    public static async Task RunAsync(Report report, bool full)
    {
        await using var rig = await Rig.StartAsync(client: false);
        var (host, empty) = (Published.LocalHost(), Published.Empty());
        var folder = Directory.CreateTempSubdirectory("nationalid-bench-").FullName;
        var settings = Path.Combine(folder, "settings.json");
        LocalFiles.WritePrivateJson(settings, new { Values = rig.Settings });
        var port = 21_000 + Random.Shared.Next(5_000);
        var (ours, theirs) = (new List<(double Wall, double Processor)>(), new List<(double Wall, double Processor)>());
        for (var i = 0; i <= (full ? 20 : 8); i++)
        {
            ours.Add(await StartAsync(rig, [host, "--settings", settings, "--port", $"{++port}"], port));
            theirs.Add(await StartAsync(rig, [empty, "--urls", $"http://127.0.0.1:{++port}"], port));
        }

        Directory.Delete(folder, recursive: true);
        var (wall, emptyWall) = (Median(ours, run => run.Wall), Median(theirs, run => run.Wall));
        var (cpu, emptyCpu) = (Median(ours, run => run.Processor), Median(theirs, run => run.Processor));
        report.Add("start to the first answered request", $"{wall * 1000:N0} ms", $"empty ASP.NET Core app {emptyWall * 1000:N0} ms", $"{wall / emptyWall:0.00} ×", "≤ 1.3 ×", wall / emptyWall <= 1.3);
        report.Add("- processor time until then", $"{cpu * 1000:N0} ms", $"{emptyCpu * 1000:N0} ms", $"{cpu / emptyCpu:0.00} ×");
    }

    // The first start reads the files from disk.
    private static double Median(List<(double Wall, double Processor)> runs, Func<(double Wall, double Processor), double> of) => ThreadClock.Median([.. runs.Skip(1).Select(of)]);

    private static async Task<(double Wall, double Processor)> StartAsync(Rig rig, List<string> arguments, int port)
    {
        var address = new Uri($"http://127.0.0.1:{port}/api/webhooks?mode=subscribe&challenge=YWJj&topic=BIRTH_REGISTERED");
        var begin = Stopwatch.GetTimestamp();
        await using var process = await ChildProcess.StartAsync("dotnet", arguments);
        while (true)
        {
            try
            {
                using var answer = await rig.Http.GetAsync(address);
                answer.EnsureSuccessStatusCode();
                return (Stopwatch.GetElapsedTime(begin).TotalSeconds, Linux.ProcessorTime(process.Id));
            }
            catch (HttpRequestException) when (!process.Exited.IsCompleted && Stopwatch.GetElapsedTime(begin) < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(2);
            }
        }
    }
}
