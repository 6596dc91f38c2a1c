using System.Globalization;
using System.Text.RegularExpressions;
using NationalId.Sandbox;

namespace NationalId.Benchmarks.Load;

/// <summary>
/// From the webhook until MOSIP works on the packet and the record has its registration id, against the calls of it
/// that nobody can save: the client's own, recorded of one birth and told again.
/// </summary>
internal static partial class PacketRun
{
    private const int Events = 1000;

    private static readonly TimeSpan Answer = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(Report report, bool full)
    {
        await using var rig = await Rig.StartAsync(client: false, change: one => one.MosipTakesPackets = true);
        using var watch = new StorageWatch(rig.Azurite);
        var settings = rig.Settings;
        settings["NationalId:Mosip:Packets:SaveRegistrationId"] = "true";
        var bare = await BareAsync(rig, watch, settings);
        await rig.StartClientAsync(queues: true, settings);
        await DeliverAsync();
        await bare();
        await CompareAsync("webhook to MOSIP's packet manager, which answers at once", full ? 5 : 3, null);

        // NOTE: Nothing is computed for these calls: beside a MOSIP that takes no time for them there is nothing to
        // hold a birth against. A real one takes longer than this.
        var mosip = rig.Sandbox.Mosip.Packets;
        foreach (var call in (FaultSwitch[])[mosip.Rid, mosip.Manager.Writer, mosip.Workflow.Start])
        {
            call.Set(Fault.Slow, delay: Answer);
        }

        await CompareAsync(
            $"webhook to MOSIP's packet manager, which takes {Answer.TotalMilliseconds} ms a call",
            full ? 3 : 1,
            1.3
        );

        Task<Spent> DeliverAsync() => DeliverRun.DeliverAsync(rig, watch, Events, () => Started(rig));

        Task CompareAsync(string what, int rounds, double? most) =>
            DeliverRun.CompareAsync(report, what, "a birth", rounds, DeliverAsync, bare, most);
    }

    /// <summary>What tells the partners of 1,000 births what the client tells them.</summary>
    private static async Task<Func<Task<Spent>>> BareAsync(
        Rig rig,
        StorageWatch watch,
        Dictionary<string, string?> settings
    )
    {
        var kept = new PartnerCalls();
        await rig.StartClientAsync(queues: true, settings, kept.Keep);
        await DeliverRun.DeliverAsync(rig, watch, 1, () => Started(rig));
        var packet = rig.Sandbox.Mosip.Packets.Stored.Single();
        var (id, number) = (packet.Id, rig.Sandbox.OpenCrvs.Records.Single(record => record.Value.Aid is not null).Key);
        var calls = kept.All.Where(call => call.Answer.Contains(id) || (call.Body?.Contains(id) ?? false)).ToList();
        foreach (var call in calls)
        {
            Console.WriteLine(
                $"   of each birth: {call.Method} {call.Address.AbsolutePath}, {call.Body?.Length ?? 0} B"
            );
        }

        return async () =>
        {
            var webhooks = await rig.BirthsAsync(Events);
            var next = 0;
            var timer = new SpentTimer(rig);
            await Parallel.ForEachAsync(
                webhooks,
                new ParallelOptions { MaxDegreeOfParallelism = DeliverRun.Concurrency },
                async (webhook, _) =>
                {
                    // Where MOSIP draws no id, it is one of our own.
                    var own = Interlocked.Increment(ref next).ToString("D5", CultureInfo.InvariantCulture);
                    var drawn = id[..10] + own + DateTime.UtcNow.ToString("yyyyMMddHHmmss", null);
                    foreach (var call in calls)
                    {
                        var answer = await PartnerCalls.RepeatAsync(
                            rig.Http,
                            call,
                            (id, drawn),
                            (number, webhook.Event.RegistrationNumber)
                        );
                        drawn = call.Body is null && Drawn.Match(answer) is { Success: true } one ? one.Value : drawn;
                    }
                }
            );
            return timer.Stop(0);
        };
    }

    private static int Started(Rig rig) => rig.Sandbox.Mosip.Packets.Stored.Count(packet => packet.Started);

    [GeneratedRegex("[0-9]{29}")]
    private static partial Regex Drawn { get; }
}
