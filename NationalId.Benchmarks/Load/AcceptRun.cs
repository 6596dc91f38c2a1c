using System.Diagnostics;
using System.Text;
using NationalId.Benchmarks.Crypto;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.OpenCrvs.Webhooks;

namespace NationalId.Benchmarks.Load;

/// <summary>Row 4: a webhook accepted, against the same server that only reads it; and where the time goes.</summary>
internal static class AcceptRun
{
    private const int Length = 20 * 1024;

    public static async Task RunAsync(Report report, bool full)
    {
        await using var rig = await Rig.StartAsync(queues: false);
        var (rounds, size) = (full ? 10 : 5, 40);
        var webhooks = await rig.BirthsAsync(2 * (rounds + 2) * size, Length - 5000);
        var next = 0;
        await OneByOneAsync(rig, rig.Client!.BaseAddress, webhooks[next..(next += size)]);
        await OneByOneAsync(rig, rig.SinkServer.BaseAddress, webhooks[..size]);
        await AtOnceAsync(rig, rig.Client.BaseAddress, webhooks[next..(next += size)]);

        using var watch = new StorageWatch(rig.Azurite);
        var (ours, bare, oursAtOnce, bareAtOnce) = (
            new List<double>(),
            new List<double>(),
            new List<double>(),
            new List<double>()
        );
        var (waits, calls) = (new List<double>(), new List<StorageCall>());
        for (var i = 0; i < rounds; i++)
        {
            watch.Take();
            ours.Add(await OneByOneAsync(rig, rig.Client.BaseAddress, webhooks[next..(next += size)]));
            var seen = watch.Take();
            waits.Add(StorageWatch.Union(seen) / size);
            calls.AddRange(seen);
            bare.Add(await OneByOneAsync(rig, rig.SinkServer.BaseAddress, webhooks[..size]));
            oursAtOnce.Add(await AtOnceAsync(rig, rig.Client.BaseAddress, webhooks[next..(next += size)]));
            bareAtOnce.Add(await AtOnceAsync(rig, rig.SinkServer.BaseAddress, webhooks[..size]));
        }

        var (us, they, wait) = (ThreadClock.Median(ours), ThreadClock.Median(bare), ThreadClock.Median(waits));
        report.Add(
            $"webhook accepted, {webhooks[0].Body.Length / 1024} KB, one at a time",
            Ms(us),
            $"only read {Ms(they)}",
            $"{us / they:0.0} ×"
        );
        report.Add("- of which at least one storage call is under way", Ms(wait), "", $"{wait / us:P0} of it");
        report.Add(
            "- the rest, without what reading alone takes",
            Ms(us - wait - they),
            "",
            $"{(us - wait - they) / us:P0} of it"
        );
        foreach (var group in calls.GroupBy(call => $"{call.Service} {call.Method}").OrderBy(group => group.Key))
        {
            report.Add(
                $"- {group.Key}: {(double)group.Count() / (rounds * size):0.#} a webhook",
                Ms(group.Average(call => call.End - call.Begin)),
                "",
                "each, side by side where they can be"
            );
        }

        var (key, body) = (Encoding.UTF8.GetBytes("secret"), webhooks[0].Body);
        WarmUp(() => Scan(body));
        var steps = ThreadClock.Compare(
            5,
            TimeSpan.FromMilliseconds(50),
            () =>
            {
                using var hmac = new JsUriHmac([key]);
                hmac.Append(body);
                hmac.Verify(default);
            },
            () => Scan(body)
        );
        report.Add("- verify the signature; scan the event", $"{Ms(steps[0])}; {Ms(steps[1])}", "", "processor time");
        report.Add(
            "webhooks accepted, 16 at a time",
            $"{1 / ThreadClock.Median(oursAtOnce):N0}/s",
            $"only read {1 / ThreadClock.Median(bareAtOnce):N0}/s",
            $"{ThreadClock.Median(oursAtOnce) / ThreadClock.Median(bareAtOnce):0.0} ×"
        );
    }

    private static void Scan(byte[] body)
    {
        using var scanner = new EventScanner();
        scanner.Append(body);
        scanner.Complete();
    }

    // Its many small methods are compiled for good only after some thousand bodies.
    private static void WarmUp(Action step)
    {
        for (var i = 0; i < 10_000; i++)
        {
            step();
        }
    }

    private static string Ms(double seconds) => $"{seconds * 1000:0.00} ms";

    /// <summary>The seconds of one webhook, on average.</summary>
    private static async Task<double> OneByOneAsync(Rig rig, Uri server, List<Webhook> webhooks) =>
        (await OneByOne.TimesAsync(webhooks, webhook => rig.PostAsync(server, webhook))).Average();

    /// <summary>Seconds for each webhook when sixteen are under way.</summary>
    private static async Task<double> AtOnceAsync(Rig rig, Uri server, List<Webhook> webhooks)
    {
        var begin = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            webhooks,
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (webhook, _) => await rig.PostAsync(server, webhook)
        );
        return Stopwatch.GetElapsedTime(begin).TotalSeconds / webhooks.Count;
    }
}
