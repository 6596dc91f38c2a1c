using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using NationalId.Core;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using Xunit.Abstractions;

namespace NationalId.Tests.Crash;

/// <summary>
/// The client dies again and again, at each step boundary and anywhere between; in the end nothing is lost and nothing
/// is twice.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class CrashTests(ITestOutputHelper output)
{
    private const string Mosip = NationalIdOptions.MosipClientName;

    // Every boundary that CrashPoint.Hit names.
    internal static readonly string[] Boundaries =
    [
        "intake.blob",
        "intake.message",
        "intake.row",
        "deliver.lease",
        "deliver.sent",
        "deliver.done",
        "deliver.again",
        "return.ledger",
        "return.saved",
    ];
    private static readonly string[] MosipBoundaries = [.. Boundaries, "deliver.draw", "deliver.aid", "deliver.saved"];

    [Theory]
    [InlineData(Mosip)]
    [InlineData("Freedonia")]
    public async Task Whenever_the_process_is_killed_every_event_arrives_with_one_AID_and_one_token(string client)
    {
        var soak = Environment.GetEnvironmentVariable("NATIONALID_SOAK") == "1";
        var plan =
            soak ? new Plan(client, Births: 1000, Deaths: 300, Rounds: 3, RandomKills: 24)
            : client == Mosip ? new Plan(client, Births: 30, Deaths: 10, Rounds: 1, RandomKills: 3)
            : new Plan(client, Births: 20, Deaths: 6, Rounds: 1, RandomKills: 1);
        var clock = Stopwatch.StartNew();

        await using var azurite = soak ? await AzuriteServer.StartAsync(inMemory: true) : null;
        var connection = azurite?.ConnectionString ?? await TestAzurite.NewAccountAsync();
        await using var sandbox = await SandboxServer.StartAsync(
            new SandboxSettings
            {
                ClientName = client,
                Keys = World.Keys.Value,
                TokenDelay = TimeSpan.Zero,
            }
        );
        await using var host = new HostProcess(SettingsOf(sandbox, connection));
        sandbox.ClientUrl = host.Url;
        await using var senders = new Senders(sandbox, atOnce: 4);

        var kills = await KillAgainAndAgainAsync(plan, host, sandbox, senders);
        var killing = clock.Elapsed;
        await host.StartAsync();
        await senders.FinishAsync();
        var ledger = new EventLedger(TestAzurite.ClientsOf(connection), TimeProvider.System);
        await AllDeliveredAsync(host, sandbox, ledger, senders.Accepted);

        Assert.Empty(senders.OtherAnswers);
        Assert.Equal(plan.Births + plan.Deaths, senders.Accepted.Count);
        Assert.Empty(sandbox.Mosip.Refused);
        Assert.Empty(sandbox.NationalIdSystem.Refused);
        var doubles = senders.Accepted.Sum(sent =>
            client == Mosip ? CheckMosip(sandbox, sent) : CheckDefaultSystem(sandbox, sent)
        );
        await AssertNothingInPoisonAsync(connection);

        var figures = new
        {
            events = senders.Accepted.Count,
            births = plan.Births,
            deaths = plan.Deaths,
            kills,
            restarts = host.Starts - 1,
            resentByClerk = senders.Resends,
            received = client == Mosip ? sandbox.Mosip.Received.Count : sandbox.NationalIdSystem.Received.Count,
            doubles,
            doubleShare = Math.Round((double)doubles / senders.Accepted.Count, 4),
            aidsDrawn = sandbox.Mosip.DrawnAids.Count,
            secondsOfKilling = Math.Round(killing.TotalSeconds),
            seconds = Math.Round(clock.Elapsed.TotalSeconds),
        };
        var text = JsonSerializer.Serialize(figures, new JsonSerializerOptions { WriteIndented = true });
        output.WriteLine(text);
        if (soak)
        {
            Directory.CreateDirectory(Repository.PathOf("TestResults"));
            await File.WriteAllTextAsync(Repository.PathOf("TestResults", $"soak-{client}.json"), text);
        }
    }

    /// <summary>
    /// Lives of the process, each with some events and one violent end; boundaries and random moments take turns.
    /// </summary>
    private static async Task<int> KillAgainAndAgainAsync(
        Plan plan,
        HostProcess host,
        SandboxServer sandbox,
        Senders senders
    )
    {
        var boundaries = plan.Client == Mosip ? MosipBoundaries : Boundaries;
        FaultSwitch[] receivers =
        [
            sandbox.Mosip.Birth,
            sandbox.Mosip.Death,
            sandbox.NationalIdSystem.Births,
            sandbox.NationalIdSystem.Deaths,
        ];
        string?[] ends =
        [
            .. Enumerable.Range(0, plan.Rounds).SelectMany(_ => boundaries),
            .. Enumerable.Repeat<string?>(null, plan.RandomKills),
        ];
        Random.Shared.Shuffle(ends);
        var waiting = new Queue<bool>(Shuffled(plan.Births, plan.Deaths));
        for (var life = 0; life < ends.Length; life++)
        {
            var share = waiting.Count / (ends.Length - life);
            sandbox.NationalIdSystem.Answer = life % 2 == 0 ? NumberAnswer.AtOnce : NumberAnswer.CallBack;
            if (ends[life] is { } boundary)
            {
                await host.StartAsync($"{boundary}:{Random.Shared.Next(1, plan.Rounds + 1)}");
                if (boundary == "deliver.again")
                {
                    Array.ForEach(receivers, receiver => receiver.Set(Fault.Status429, plan.Rounds + 1));
                }

                Release(share);
                var code = await host.EndAsync(TimeSpan.FromSeconds(60));
                Assert.True(
                    code == 137,
                    $"It ended with {code?.ToString() ?? "nothing"}, not at "
                        + $"{boundary}.{Environment.NewLine}{host.LastLines}"
                );
                Array.ForEach(receivers, receiver => receiver.Clear());
            }
            else
            {
                await host.StartAsync();
                Release(share);
                await Task.Delay(Random.Shared.Next(50, 2500));
                await host.KillAsync();
            }
        }

        Release(waiting.Count);
        return ends.Length;

        void Release(int count)
        {
            for (; count > 0; count--)
            {
                senders.Add(waiting.Dequeue());
            }
        }
    }

    private static async Task AllDeliveredAsync(
        HostProcess host,
        SandboxServer sandbox,
        EventLedger ledger,
        IReadOnlyCollection<SentEvent> accepted
    )
    {
        var births = accepted.Count(sent => sent.Topic == EventKinds.Birth);
        var swept = Stopwatch.StartNew();
        await host.SweepAsync();
        Dictionary<string, int> states = [];
        await Eventually.TrueAsync(
            async () =>
            {
                if (swept.Elapsed > TimeSpan.FromSeconds(4))
                {
                    Assert.True(await host.SweepAsync(), host.LastLines);
                    swept.Restart();
                }

                states = await StatesAsync(ledger);
                var tokens = accepted.Count(sent =>
                    sandbox.OpenCrvs.Find(sent.RegistrationNumber) is { UinToken: not null } or { NationalId: not null }
                );
                return tokens == births
                    && states.GetValueOrDefault(nameof(EventState.Delivered)) == accepted.Count + births
                    && states.Count == 1;
            },
            TimeSpan.FromMinutes(3),
            () =>
                $"Of {accepted.Count} events and {births} tokens are: "
                + $"{string.Join(", ", states)}.{Environment.NewLine}{host.LastLines}"
        );
    }

    private static async Task<Dictionary<string, int>> StatesAsync(EventLedger ledger)
    {
        var states = new Dictionary<string, int>();
        foreach (var state in Enum.GetValues<EventState>())
        {
            if (await ledger.InStateAsync(state, null, null, default).CountAsync() is > 0 and var count)
            {
                states[state.ToString()] = count;
            }
        }

        return states;
    }

    /// <returns>How often MOSIP received the event beyond once.</returns>
    private static int CheckMosip(SandboxServer sandbox, SentEvent sent)
    {
        var record = sandbox.OpenCrvs.Find(sent.RegistrationNumber)!;
        var received = sandbox.Mosip.ReceivedOf(sent.RegistrationNumber).ToList();
        Assert.NotEmpty(received);
        Assert.All(received, item => Assert.Equal(record.Aid, item.Aid));
        Assert.Single(
            record.Saves.Select(save => save.Fields.GetValueOrDefault("MOSIP_AID")).OfType<string>().Distinct()
        );
        if (sent.Topic == EventKinds.Birth)
        {
            Assert.Equal(sandbox.Mosip.FindByBirth(sent.RegistrationNumber)!.UinToken, record.UinToken);
            Assert.Single(
                record.Saves.Select(save => save.Fields.GetValueOrDefault("UINTOKEN")).OfType<string>().Distinct()
            );
        }

        return received.Count - 1;
    }

    /// <returns>How often the system received the event beyond once.</returns>
    private static int CheckDefaultSystem(SandboxServer sandbox, SentEvent sent)
    {
        var record = sandbox.OpenCrvs.Find(sent.RegistrationNumber)!;
        var received = sandbox
            .NationalIdSystem.Received.Where(notice => notice.RegistrationNumber == sent.RegistrationNumber)
            .ToList();
        Assert.NotEmpty(received);
        var saved = record.Saves.Select(save => save.Fields["NATIONAL_ID"]).Distinct();
        Assert.Equal(
            sent.Topic == EventKinds.Birth
                ? [sandbox.NationalIdSystem.FindByBirth(sent.RegistrationNumber)!.Number]
                : [],
            saved
        );
        return received.Count - 1;
    }

    private static async Task AssertNothingInPoisonAsync(string connection)
    {
        var storage = TestAzurite.ClientsOf(connection);
        foreach (var queue in EventKinds.Carried.Queues)
        {
            Assert.Equal(
                0,
                (await storage.Queues.GetQueueClient(queue + StorageClients.PoisonSuffix).GetPropertiesAsync())
                    .Value
                    .ApproximateMessagesCount
            );
        }
    }

    private static bool[] Shuffled(int births, int deaths)
    {
        bool[] kinds = [.. Enumerable.Repeat(true, births), .. Enumerable.Repeat(false, deaths)];
        Random.Shared.Shuffle(kinds);
        return kinds;
    }

    internal static Dictionary<string, string?> SettingsOf(SandboxServer sandbox, string connection) =>
        new(sandbox.ClientSettings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)))
        {
            ["AzureWebJobsStorage"] = connection,
            ["NationalId:Delivery:FirstDelay"] = "00:00:01",
            ["NationalId:Delivery:LongestDelay"] = "00:00:03",
            ["NationalId:Mosip:Timeout"] = "00:00:05",
            ["NationalId:DefaultSystem:Timeout"] = "00:00:05",
            ["NationalId:Delivery:LeaseFor"] = "00:00:06",
            ["NationalId:Delivery:StuckAfter"] = "00:00:10",
            ["NationalId:Delivery:OrphanAfter"] = "00:00:05",
            ["NationalId:Delivery:CircuitBreak"] = "00:00:01",
            ["LocalHost:MessageLease"] = "00:00:05",
            ["AzureFunctionsJobHost:extensions:queues:visibilityTimeout"] = "00:00:02",
        };

    private sealed record Plan(string Client, int Births, int Deaths, int Rounds, int RandomKills);
}
