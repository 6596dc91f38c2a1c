using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NationalId.Benchmarks.Crypto;
using NationalId.LocalHost;

namespace NationalId.Benchmarks.Load;

/// <summary>
/// Row 7: from the start of the process to its first answer, against an app of the same kind with nothing in it.
/// </summary>
internal static class StartRun
{
    public static async Task RunAsync(Report report, bool full)
    {
        await using var rig = await Rig.StartAsync(client: false);
        var rounds = full ? 20 : 8;
        var folder = Directory.CreateTempSubdirectory("nationalid-bench-").FullName;
        var settings = Path.Combine(folder, "settings.json");
        LocalFiles.WritePrivateJson(settings, new { Values = rig.Settings });
        var (host, empty, port) = (Published.LocalHost(), Published.Empty(), 21_000 + Random.Shared.Next(5_000));
        var (ours, theirs) = await CompareAsync(
            rounds,
            () => AnswerAsync(rig, [host, "--settings", settings, "--port", $"{++port}"], port),
            () => AnswerAsync(rig, [empty, "--urls", $"http://127.0.0.1:{++port}"], port)
        );
        Directory.Delete(folder, recursive: true);
        var worker = Published.Worker();
        var environment = rig.Settings.ToDictionary(
            setting => setting.Key.Replace(":", "__", StringComparison.Ordinal),
            setting => setting.Value ?? ""
        );
        var emptyWorker = Published.EmptyWorker();
        var (us, they) = await CompareAsync(
            rounds,
            () => CallHostAsync(worker, environment),
            () => CallHostAsync(emptyWorker, environment)
        );
        var (total, emptyTotal) = (us.Wall + ours.First, they.Wall + theirs.First);
        report.Add(
            "start to the first answered request",
            $"{total * 1000:N0} ms",
            $"empty Functions worker {emptyTotal * 1000:N0} ms",
            $"{total / emptyTotal:0.00} ×",
            "≤ 1.3 ×",
            total / emptyTotal <= 1.3
        );
        report.Add(
            "- the deployed worker until it calls the Functions host",
            $"{us.Wall * 1000:N0} ms, {us.Processor * 1000:N0} ms of processor time",
            $"{they.Wall * 1000:N0} ms, {they.Processor * 1000:N0} ms",
            $"{us.Wall / they.Wall:0.00} ×"
        );

        report.Add(
            "- the first request, as LocalHost answers it",
            $"{ours.First * 1000:N0} ms",
            $"empty ASP.NET Core app {theirs.First * 1000:N0} ms",
            $"{ours.First / theirs.First:0.00} ×"
        );
        report.Add(
            "(for comparison) LocalHost, host and worker in one, to the first answered request",
            $"{ours.Wall * 1000:N0} ms, {ours.Processor * 1000:N0} ms of processor time",
            $"empty ASP.NET Core app {theirs.Wall * 1000:N0} ms, {theirs.Processor * 1000:N0} ms",
            $"{ours.Wall / theirs.Wall:0.00} ×"
        );
    }

    /// <summary>The usual figures of both, started in turns. The first start reads the files from disk.</summary>
    private static async Task<(Start Ours, Start Theirs)> CompareAsync(
        int rounds,
        Func<Task<Start>> ours,
        Func<Task<Start>> theirs
    )
    {
        var (us, they) = (new List<Start>(), new List<Start>());
        for (var i = 0; i <= rounds; i++)
        {
            us.Add(await ours());
            they.Add(await theirs());
        }

        return (Usual(us), Usual(they));

        static Start Usual(List<Start> starts) =>
            new(
                Median(starts, start => start.Wall),
                Median(starts, start => start.Processor),
                Median(starts, start => start.First)
            );

        static double Median(List<Start> starts, Func<Start, double> of) =>
            ThreadClock.Median([.. starts.Skip(1).Select(of)]);
    }

    /// <summary>Starts an app that answers by itself.</summary>
    private static async Task<Start> AnswerAsync(Rig rig, List<string> arguments, int port)
    {
        var address = new Uri(
            $"http://127.0.0.1:{port}/api/webhooks?mode=subscribe&challenge=YWJj&topic=BIRTH_REGISTERED"
        );
        var begin = Stopwatch.GetTimestamp();
        await using var process = await ChildProcess.StartAsync("dotnet", arguments);
        while (true)
        {
            var asked = Stopwatch.GetTimestamp();
            try
            {
                using var answer = await rig.Http.GetAsync(address);
                answer.EnsureSuccessStatusCode();
                return new(
                    Stopwatch.GetElapsedTime(begin).TotalSeconds,
                    Linux.ProcessorTime(process.Id),
                    Stopwatch.GetElapsedTime(asked).TotalSeconds
                );
            }
            catch (HttpRequestException)
                when (!process.Exited.IsCompleted && Stopwatch.GetElapsedTime(begin) < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(2);
            }
        }
    }

    /// <summary>Starts a worker as the Functions host does, and waits until it calls back.</summary>
    private static async Task<Start> CallHostAsync(string worker, Dictionary<string, string> environment)
    {
        using var host = new TcpListener(IPAddress.Loopback, 0);
        host.Start();
        var port = ((IPEndPoint)host.LocalEndpoint).Port;
        var begin = Stopwatch.GetTimestamp();
        await using var process = await ChildProcess.StartAsync(
            "dotnet",
            [
                worker,
                "--host",
                "127.0.0.1",
                "--port",
                $"{port}",
                "--workerId",
                "bench",
                "--requestId",
                "bench",
                "--grpcMaxMessageLength",
                "2147483647",
                "--functions-uri",
                $"http://127.0.0.1:{port}/",
                "--functions-worker-id",
                "bench",
                "--functions-request-id",
                "bench",
                "--functions-grpc-max-message-length",
                "2147483647",
            ],
            environment
        );
        using var called = await host.AcceptTcpClientAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return new(Stopwatch.GetElapsedTime(begin).TotalSeconds, Linux.ProcessorTime(process.Id), 0);
    }

    /// <summary>What a start took.</summary>
    /// <param name="Wall">Seconds.</param>
    /// <param name="Processor">Processor seconds of the process until then.</param>
    /// <param name="First">Seconds of the first request that was answered, of those in <paramref name="Wall"/>.</param>
    private sealed record Start(double Wall, double Processor, double First);
}
