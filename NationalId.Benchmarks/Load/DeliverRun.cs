using System.Diagnostics;
using System.Text.Json;
using NationalId.Benchmarks.Crypto;
using NationalId.Core.Mosip.Mediator;

namespace NationalId.Benchmarks.Load;

/// <summary>What a run took.</summary>
/// <param name="Wall">Seconds.</param>
/// <param name="Ours">Processor seconds of this process: client and sandbox.</param>
/// <param name="Azurite">Processor seconds of Azurite, which has one thread.</param>
/// <param name="Calls">Calls to storage.</param>
internal sealed record Spent(double Wall, double Ours, double Azurite, int Calls);

/// <summary>Row 5: from the webhook to MOSIP, against the calls to the sandbox that nobody can save.</summary>
internal static class DeliverRun
{
    public const int Concurrency = 16;

    public static async Task RunAsync(Report report, bool full)
    {
        await using var rig = await Rig.StartAsync();
        using var watch = new StorageWatch(rig.Azurite);
        await DeliverAsync(rig, watch, 1000);
        await BareAsync(rig, 1000);
        await CompareAsync(
            report,
            "webhook to MOSIP",
            "an event",
            full ? 5 : 3,
            () => DeliverAsync(rig, watch, 1000),
            () => BareAsync(rig, 1000),
            1.3
        );
    }

    /// <summary>Holds 1,000 events that go all the way against the partners' calls of it, in turns.</summary>
    /// <param name="report">The table.</param>
    /// <param name="what">Which way.</param>
    /// <param name="each">What one of them is called.</param>
    /// <param name="rounds">How many turns.</param>
    /// <param name="deliver">Has them delivered.</param>
    /// <param name="bare">Makes the calls alone.</param>
    /// <param name="most">How many times as long ours may take apart from Azurite's time; null: no matter.</param>
    public static async Task CompareAsync(
        Report report,
        string what,
        string each,
        int rounds,
        Func<Task<Spent>> deliver,
        Func<Task<Spent>> bare,
        double? most
    )
    {
        var (ours, theirs) = (new List<Spent>(), new List<Spent>());
        for (var i = 0; i < rounds; i++)
        {
            ours.Add(await deliver());
            theirs.Add(await bare());
            Console.WriteLine($"   {ours[^1]} against {theirs[^1]}");
        }

        Add(report, what, each, Median(ours), Median(theirs), most);
    }

    private static void Add(Report report, string what, string each, Spent us, Spent they, double? most)
    {
        var apart = (us.Wall - us.Azurite) / they.Wall;
        report.Add(
            $"{what}, 1,000 events",
            $"{us.Wall:0.0} s",
            $"bare sandbox calls, {Concurrency} at a time, {they.Wall:0.0} s",
            $"{us.Wall / they.Wall:0.00} ×"
        );
        report.Add(
            "- Azurite's own time in it",
            $"{us.Azurite:0.0} s",
            $"{us.Calls / 1000.0:0.0} storage calls {each}",
            $"{us.Azurite / us.Wall:P0} of it"
        );
        report.Add(
            "- apart from Azurite's own time",
            $"{us.Wall - us.Azurite:0.0} s",
            $"{they.Wall:0.0} s",
            $"{apart:0.00} ×",
            most is null ? "-" : $"≤ {most} ×",
            most is null ? null : apart <= most
        );
        report.Add(
            $"- processor time of client and sandbox {each}",
            $"{us.Ours:0.0} ms",
            $"{they.Ours:0.0} ms",
            $"{us.Ours / they.Ours:0.00} ×"
        );
    }

    /// <summary>Sends births and waits until MOSIP has them and OpenCRVS their AIDs.</summary>
    public static Task<Spent> DeliverAsync(Rig rig, StorageWatch watch, int count) =>
        DeliverAsync(rig, watch, count, () => rig.Sandbox.Mosip.Received.Count);

    /// <summary>The same where MOSIP takes them another way.</summary>
    /// <param name="rig">What runs.</param>
    /// <param name="watch">Counts the calls to storage.</param>
    /// <param name="count">How many births.</param>
    /// <param name="taken">How many MOSIP has taken.</param>
    public static async Task<Spent> DeliverAsync(Rig rig, StorageWatch watch, int count, Func<int> taken)
    {
        var webhooks = await rig.BirthsAsync(count);
        watch.Take();
        var done = taken() + count;
        var timer = new SpentTimer(rig);
        await Parallel.ForEachAsync(
            webhooks,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency },
            async (webhook, _) => await rig.PostAsync(rig.Client!.BaseAddress, webhook)
        );
        var until = DateTime.UtcNow.AddMinutes(10);
        while (
            taken() < done
            || webhooks.Any(webhook => rig.Sandbox.OpenCrvs.Find(webhook.Event.RegistrationNumber)!.Aid is null)
        )
        {
            if (DateTime.UtcNow > until)
            {
                throw new InvalidOperationException(
                    $"{taken()} of {done} events have come; refused: {rig.Sandbox.Mosip.Refused.Count}."
                );
            }

            await Task.Delay(20);
        }

        return timer.Stop(watch.Take().Count);
    }

    private static async Task<Spent> BareAsync(Rig rig, int count)
    {
        var webhooks = await rig.BirthsAsync(count);
        var keys = rig.Sandbox.Keys;
        var (mosip, openCrvs) = (rig.Sandbox.MosipUrl, rig.Sandbox.OpenCrvsUrl);
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["client_id"] = keys.MosipClientId,
                ["client_secret"] = keys.MosipClientSecret,
                ["username"] = keys.MosipUser,
                ["password"] = keys.MosipPassword,
                ["grant_type"] = "password",
            }
        );
        using var answer = await rig.Http.PostAsync(new Uri(mosip, "/token"), form);
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
        var bearer = rig.Sandbox.OpenCrvs.IssueToken();
        var timer = new SpentTimer(rig);
        await Parallel.ForEachAsync(
            webhooks,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency },
            async (webhook, _) =>
            {
                var aid = await (
                    await CallAsync(HttpMethod.Get, new Uri(mosip, "/aid"), null)
                ).ReadFromJsonAsync<string>();

                // The AID has to be inside the envelope: no message to MOSIP without its seal and signature.
                var body = System.Text.Encoding.UTF8.GetString(webhook.Body);
                var mark =
                    body.IndexOf(
                        "\"identifier\":[{\"value\":\"" + webhook.Event.RegistrationNumber,
                        StringComparison.Ordinal
                    ) + "\"identifier\":[".Length;
                body = body.Insert(
                    mark,
                    $"{{\"type\":{{\"coding\":[{{\"system\":\"http://opencrvs.org/specs/identifier-type\","
                        + $"\"code\":\"MOSIP_AID\"}}]}},\"value\":\"{aid}\"}},"
                );
                var message = Envelope.Seal(System.Text.Encoding.UTF8.GetBytes(body), keys.Mosip, keys.Client);
                await CallAsync(
                    HttpMethod.Post,
                    new Uri(mosip, "/birth"),
                    JsonContent.Create(
                        new
                        {
                            id = webhook.Event.CompositionId,
                            requestTime = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
                            data = Convert.ToBase64String(message.Data),
                            signature = Convert.ToBase64String(message.Signature),
                        }
                    )
                );
                await CallAsync(
                    HttpMethod.Post,
                    new Uri(openCrvs, "/mediator"),
                    JsonContent.Create(
                        new Dictionary<string, string?>
                        {
                            ["BRN"] = webhook.Event.RegistrationNumber,
                            ["MOSIP_AID"] = aid,
                        }
                    )
                );
            }
        );
        return timer.Stop(0);

        async Task<HttpContent> CallAsync(HttpMethod method, Uri url, HttpContent? content)
        {
            using var request = new HttpRequestMessage(method, url) { Content = content };
            if (content is not null)
            {
                await content.LoadIntoBufferAsync();
            }

            request.Headers.TryAddWithoutValidation("Cookie", "Authorization=" + token);
            request.Headers.Authorization = new("Bearer", bearer);
            var response = await rig.Http.SendAsync(request);
            return response.EnsureSuccessStatusCode().Content;
        }
    }

    /// <summary>Of each figure the usual one: now and then Azurite takes twenty seconds for itself.</summary>
    public static Spent Median(List<Spent> runs)
    {
        return new(Of(run => run.Wall), Of(run => run.Ours), Of(run => run.Azurite), (int)Of(run => run.Calls));

        double Of(Func<Spent, double> figure) => ThreadClock.Median([.. runs.Select(figure)]);
    }
}

/// <summary>Measures what a run takes.</summary>
internal sealed class SpentTimer(Rig rig)
{
    private readonly long begin = Stopwatch.GetTimestamp();
    private readonly double ours = Linux.ProcessorTime(Environment.ProcessId);
    private readonly double azurite = Linux.ProcessorTime(rig.Azurite.ProcessId);

    public Spent Stop(int calls) =>
        new(
            Stopwatch.GetElapsedTime(begin).TotalSeconds,
            Linux.ProcessorTime(Environment.ProcessId) - ours,
            Linux.ProcessorTime(rig.Azurite.ProcessId) - azurite,
            calls
        );
}
