namespace NationalId.Benchmarks.Load;

/// <summary>Row 6: what 50 MB events need in memory, in a process of their own, intake and delivery together.</summary>
internal static class MemoryRun
{
    private const int FiftyMegabytes = (50 * 1024 * 1024) - 6000;

    public static async Task RunAsync(Report report, bool full)
    {
        await using var rig = await Rig.StartAsync(inMemory: false, client: false);
        await using var child = await Child.StartAsync(Published.LocalHost(), rig.Settings);
        var post = (Webhook webhook) => rig.PostAsync(child.Address, webhook);

        // Warm: code is compiled, connections and token are there.
        await Parallel.ForEachAsync(
            await rig.BirthsAsync(200),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (webhook, _) => await post(webhook)
        );
        await WaitAsync(rig, 200);
        await Task.Delay(TimeSpan.FromSeconds(3));
        var idle = Linux.Megabytes(child.Id, "VmRSS");

        for (var round = 0; round < (full ? 3 : 1); round++)
        {
            var one = await rig.BirthsAsync(1, FiftyMegabytes);
            var peak = await PeakAsync(rig, child, () => Task.WhenAll(one.Select(post)), 1);
            report.Add(
                "one 50 MB event, webhook to MOSIP",
                $"{peak:N0} MB at most",
                $"idle {idle:N0} MB",
                $"+{peak - idle:N0} MB",
                "≤ 16 MB",
                peak - idle <= 16
            );
        }

        var events = await rig.BirthsAsync(16, FiftyMegabytes);
        var sixteen = await PeakAsync(rig, child, () => Task.WhenAll(events.Select(post)), events.Count);
        report.Add(
            "sixteen 50 MB events at a time, webhook to MOSIP",
            $"{sixteen:N0} MB at most",
            $"idle {idle:N0} MB",
            $"+{sixteen - idle:N0} MB",
            "≤ 64 MB",
            sixteen - idle <= 64
        );
    }

    /// <summary>The most that the child had while something ran, until MOSIP has the events.</summary>
    private static async Task<double> PeakAsync(Rig rig, Child child, Func<Task> work, int events)
    {
        var done = rig.Sandbox.Mosip.Received.Count + events;
        Linux.ResetPeak(child.Id);
        await work();
        var accepted = Linux.Megabytes(child.Id, "VmHWM");
        await WaitAsync(rig, done);
        var delivered = Linux.Megabytes(child.Id, "VmHWM");
        Console.WriteLine(
            $"   {accepted:N0} MB when accepted, {delivered:N0} MB when delivered, "
                + $"{Linux.Megabytes(child.Id, "VmRSS"):N0} MB then"
        );
        return delivered;
    }

    private static async Task WaitAsync(Rig rig, int events)
    {
        for (var until = DateTime.UtcNow.AddMinutes(5); rig.Sandbox.Mosip.Received.Count < events; await Task.Delay(50))
        {
            if (DateTime.UtcNow > until)
            {
                throw new InvalidOperationException(
                    $"{rig.Sandbox.Mosip.Received.Count} of {events} events have come; refused: "
                        + $"{rig.Sandbox.Mosip.Refused.Count}."
                );
            }
        }
    }
}
