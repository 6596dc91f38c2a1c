using System.Runtime.InteropServices;
using NationalId.Benchmarks.Crypto;
using NationalId.Benchmarks.Load;

namespace NationalId.Benchmarks;

/// <summary>All benchmarks in their order, and the table in the end.</summary>
internal static class Suite
{
    private const string Help = """
        ./bench [--full] [--only <names>]
          --full          more rounds, 100,000 events in the ledger and registrations in a run
          --only <names>  some of: crypto, accept, trigger, websub, deliver, packets, osia, memory,
                          start, ledger, reconcile (commas between)
        """;

    private static readonly (string Name, Func<Report, bool, Task> Run)[] All =
    [
        ("crypto", CryptoRun.RunAsync),
        ("accept", AcceptRun.RunAsync),
        ("trigger", TriggerRun.RunAsync),
        ("websub", WebSubRun.RunAsync),
        ("deliver", DeliverRun.RunAsync),
        ("packets", PacketRun.RunAsync),
        ("osia", OsiaRun.RunAsync),
        ("memory", MemoryRun.RunAsync),
        ("start", StartRun.RunAsync),
        ("ledger", LedgerRun.RunAsync),
        ("reconcile", ReconcileRun.RunAsync),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        var full = args.Contains("--full");
        var at = Array.IndexOf(args, "--only");
        var only = at >= 0 && at + 1 < args.Length ? args[at + 1].Split(',') : [.. All.Select(part => part.Name)];
        if (args.Contains("--help") || only.Except(All.Select(part => part.Name)).Any())
        {
            Console.WriteLine(Help);
            return 2;
        }

        Console.WriteLine($"{Machine()}; .NET {Environment.Version}; load {LoadAverage()}");
        var report = new Report();
        foreach (var (name, run) in All.Where(part => only.Contains(part.Name)))
        {
            Console.WriteLine($"{Environment.NewLine}== {name}");
            await run(report, full);
        }

        Console.WriteLine($"{Environment.NewLine}{report}");
        Console.WriteLine(
            $"load {LoadAverage()} on {Environment.ProcessorCount} cores: a load above that makes times, not "
                + "ratios, unsure."
        );
        return 0;
    }

    private static string Machine() =>
        $"{Environment.ProcessorCount} × {Processor() ?? "CPU"}, {RuntimeInformation.OSDescription}";

    private static string? Processor() =>
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(line => line.StartsWith("model name"))
                ?.Split(':')[1]
                .Trim()
            : null;

    private static string LoadAverage() =>
        File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?";
}
