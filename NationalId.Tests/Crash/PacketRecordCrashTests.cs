using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.OpenCrvs.Events;
using Xunit.Abstractions;

namespace NationalId.Tests.Crash;

/// <summary>
/// Registrars of OpenCRVS 2.0 register while the client, which brings packets to MOSIP and takes its credentials, dies
/// again and again. In the end no record is stuck, and each has one registration id and one number.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class PacketRecordCrashTests(ITestOutputHelper output)
{
    private static readonly string[] Boundaries =
    [
        "intake.message",
        "intake.trigger",
        "deliver.draw",
        "deliver.aid",
        "packet.written",
        "deliver.sent",
        "deliver.done",
        "return.ledger",
        "return.saved",
        "confirm.accepted",
        "confirm.row",
    ];

    [Fact]
    public async Task Whenever_the_process_is_killed_each_record_has_one_registration_id_and_one_number()
    {
        var soak = Environment.GetEnvironmentVariable("NATIONALID_SOAK") == "1";
        var (births, deaths) = soak ? (1000, 300) : (6, 2);
        // Repeats a run's kills and orders, as far as they are drawn: NATIONALID_SEED is what the run before wrote.
        var seed = int.TryParse(Environment.GetEnvironmentVariable("NATIONALID_SEED"), out var given)
            ? given
            : Random.Shared.Next();
        var random = new Random(seed);
        output.WriteLine($"NATIONALID_SEED={seed}");
        await using var azurite = soak ? await AzuriteServer.StartAsync(inMemory: true) : null;
        var connection = azurite?.ConnectionString ?? await TestAzurite.NewAccountAsync();
        await using var sandbox = await SandboxServer.StartAsync(
            new SandboxSettings
            {
                OpenCrvsVersion = OpenCrvsVersion.V20,
                MosipTakesPackets = true,
                HasHub = true,
                HubRetryDelay = TimeSpan.FromMilliseconds(200),
                Keys = World.Keys.Value,
            }
        );
        await using var host = new HostProcess(SettingsOf(sandbox, connection));
        sandbox.ClientUrl = host.Url;
        sandbox.Hub.Add(new Uri(host.Url, "api/websub/callback"), sandbox.Keys.HubSecret);
        var clock = Stopwatch.StartNew();
        var deceased = new ConcurrentDictionary<string, Person>();
        using var stop = new CancellationTokenSource();
        var issuing = IssueAsync(sandbox, stop.Token);

        // 1. Lives of the process, each with some registrations and one violent end.
        string?[] ends = soak
            ? [.. Boundaries, .. Boundaries, .. Enumerable.Repeat<string?>(null, 20)]
            : [Boundaries[random.Next(Boundaries.Length)]];
        random.Shuffle(ends);
        var orders = new Queue<RegistrationOrder>(Orders(sandbox, births, deaths, deceased, random));
        List<Task<RegistrarAnswer>> registrations = [];
        for (var life = 0; life < ends.Length; life++)
        {
            await host.StartAsync(ends[life] is { } boundary ? $"{boundary}:{random.Next(1, 3)}" : null);
            Release(orders.Count / (ends.Length - life + 1));
            if (await host.EndAsync(TimeSpan.FromSeconds(soak ? random.Next(1, 15) : 3)) is null)
            {
                await host.KillAsync();
                await host.EndAsync(TimeSpan.FromSeconds(20));
            }
        }

        await host.StartAsync();
        Release(orders.Count);
        List<RegistrarAnswer> answers = [.. await Task.WhenAll(registrations)];

        // 2. What is left is driven on by sweeps and retries.
        // NOTE: a sweep looks at all that is open. Sweeps that overlap make storage the slower, the more there is.
        var sweepEvery = TimeSpan.FromSeconds(soak ? 30 : 4);
        await AllInOrderAsync(host, sandbox, answers, deceased, sweepEvery, TimeSpan.FromMinutes(soak ? 20 : 1));
        await stop.CancelAsync();
        await issuing;
        await AssertDeliveredAsync(host, connection, sweepEvery);
        Assert.All(sandbox.Mosip.Packets.Stored, packet => Assert.False(packet.WrittenAfterStart));
        Report(sandbox, answers, seed, host.Starts - 1, clock.Elapsed, soak);

        void Release(int count)
        {
            while (count-- > 0)
            {
                var order = orders.Dequeue();
                registrations.Add(Task.Run(() => RegisterAsync(sandbox, order)));
            }
        }
    }

    /// <summary>A registrar registers, and once more where the client could not store it in time.</summary>
    private static async Task<RegistrarAnswer> RegisterAsync(SandboxServer sandbox, RegistrationOrder order)
    {
        var answer = await sandbox.Events.RegisterAsync(order);
        while (sandbox.Events.State(answer.EventId).Flags.Contains("register:rejected"))
        {
            await Task.Delay(1000);
            await sandbox.Events.PressAgainAsync(answer.EventId);
        }

        return answer;
    }

    private static IEnumerable<RegistrationOrder> Orders(
        SandboxServer sandbox,
        int births,
        int deaths,
        ConcurrentDictionary<string, Person> deceased,
        Random random
    )
    {
        bool[] kinds = [.. Enumerable.Repeat(true, births), .. Enumerable.Repeat(false, deaths)];
        random.Shuffle(kinds);
        for (var index = 0; index < kinds.Length; index++)
        {
            // Nobody is a duplicate of anybody: MOSIP would reject one.
            var name = new JsonObject { ["firstname"] = $"Ada {index}", ["surname"] = "Testperson" };
            if (kinds[index])
            {
                yield return new RegistrationOrder { Declaration = new JsonObject { ["child.name"] = name } };
                continue;
            }

            var person = sandbox.Mosip.AddPerson($"Ada {index} Testperson", "female", "1957-03-04");
            deceased[person.Uin] = person;
            yield return new RegistrationOrder
            {
                Type = "death",
                Declaration = new JsonObject
                {
                    ["deceased.name"] = name,
                    ["deceased.gender"] = "female",
                    ["deceased.dob"] = person.BirthDate,
                    ["deceased.nid"] = person.Uin,
                },
            };
        }
    }

    /// <summary>MOSIP issues each child's credential until the client has taken it.</summary>
    private static async Task IssueAsync(SandboxServer sandbox, CancellationToken stop)
    {
        HashSet<string> taken = [];
        while (!stop.IsCancellationRequested)
        {
            foreach (var person in sandbox.Mosip.Persons.ToList())
            {
                if (person is { BirthRegistrationNumber: { } number, Aid: not null } && !taken.Contains(number))
                {
                    var delivery = await sandbox.IssueCredentialAsync(number, ct: CancellationToken.None);
                    if (delivery.Status == 200)
                    {
                        taken.Add(number);
                    }
                }
            }

            await Task.WhenAny(Task.Delay(200, stop));
        }
    }

    private static async Task AllInOrderAsync(
        HostProcess host,
        SandboxServer sandbox,
        IReadOnlyList<RegistrarAnswer> answers,
        ConcurrentDictionary<string, Person> deceased,
        TimeSpan sweepEvery,
        TimeSpan patience
    )
    {
        var swept = Stopwatch.StartNew();
        await host.SweepAsync();
        List<string> open = [];
        await Eventually.TrueAsync(
            async () =>
            {
                if (swept.Elapsed > sweepEvery)
                {
                    Assert.True(await host.SweepAsync(), host.LastLines);
                    swept.Restart();
                }

                open = [.. answers.Select(answer => Wrong(sandbox, answer, deceased)).OfType<string>()];
                return open.Count == 0;
            },
            patience,
            () => $"{open.Count} of {answers.Count}, e.g. {open.FirstOrDefault()}{Environment.NewLine}{host.LastLines}"
        );
    }

    /// <summary>What is not as it must be in the end; null when all is.</summary>
    private static string? Wrong(
        SandboxServer sandbox,
        RegistrarAnswer answer,
        ConcurrentDictionary<string, Person> deceased
    )
    {
        var document = sandbox.Events.Find(answer.EventId)!;
        var number = World2.NumberOf(document);
        if (document.Registrations.Count != 1 || document.Pending.Count > 0)
        {
            return $"{document.Registrations.Count} acceptances, {document.Pending.Count} pending";
        }

        if (document.Registrations[0].RegistrationNumber != number)
        {
            return "another registration number";
        }

        if (!IsTaken(sandbox, answer))
        {
            return null;
        }

        var declared = sandbox.Events.State(answer.EventId).Declaration;
        if (document.Type == "death")
        {
            var person = deceased[(string)declared["deceased.nid"]!];
            var told = sandbox.Mosip.Packets.Stored.Count(one => one.Fields.GetValueOrDefault("UIN") == person.Uin);
            return told == 1 && person.DeathRegistrationNumber is not null ? null : $"{told} packets of a death";
        }

        var packets = sandbox.Mosip.Packets.OfNumber(number).ToList();
        return packets is not [{ Status: "PROCESSED" } packet] ? $"{packets.Count} packets of a birth"
            : sandbox.Mosip.FindByBirth(number) is not { } child || child.Aid != packet.Id ? "another registration id"
            : (string?)declared["child.nid"] != child.Uin ? "the number is not on the record"
            : null;
    }

    private static bool IsTaken(SandboxServer sandbox, RegistrarAnswer answer) =>
        sandbox.Events.Triggers.Any(trigger =>
            trigger.EventId == answer.EventId && trigger is { Action: "REGISTER", ClientStatus: 202 }
        );

    /// <summary>No event is left over, flagged or poisoned.</summary>
    private static async Task AssertDeliveredAsync(HostProcess host, string connection, TimeSpan sweepEvery)
    {
        var ledger = new EventLedger(TestAzurite.ClientsOf(connection), TimeProvider.System);
        var swept = Stopwatch.StartNew();
        List<string> left = [];
        await Eventually.TrueAsync(
            async () =>
            {
                // What was under way at the last kill is driven on by the sweep.
                if (swept.Elapsed > sweepEvery)
                {
                    Assert.True(await host.SweepAsync(), host.LastLines);
                    swept.Restart();
                }

                left.Clear();
                foreach (var state in Enum.GetValues<EventState>().Where(state => state != EventState.Delivered))
                {
                    await foreach (var (key, _) in ledger.InStateAsync(state, null, null, default))
                    {
                        var row = await ledger.GetAsync(key, default);
                        // What was refused when its message had gone is registered anew.
                        if (row?.Reason != "The payload was removed.")
                        {
                            left.Add($"{row?.Topic} {row?.Current} {row?.Reason}");
                        }
                    }
                }

                return left.Count == 0;
            },
            TimeSpan.FromMinutes(2) + (5 * sweepEvery),
            () => $"Not delivered: {string.Join("; ", left)}{Environment.NewLine}{host.LastLines}"
        );
    }

    private void Report(
        SandboxServer sandbox,
        IReadOnlyList<RegistrarAnswer> answers,
        int seed,
        int restarts,
        TimeSpan time,
        bool soak
    )
    {
        var figures = new
        {
            seed,
            records = answers.Count,
            taken = answers.Count(answer => IsTaken(sandbox, answer)),
            pressedAgain = sandbox.Events.Triggers.Count(one => one is { Action: "REGISTER", Status: 400 }),
            packets = sandbox.Mosip.Packets.Stored.Count,
            startedTwice = sandbox.Mosip.Packets.Workflow.StartedTwice,
            restarts,
            seconds = Math.Round(time.TotalSeconds),
        };
        var text = JsonSerializer.Serialize(figures, new JsonSerializerOptions { WriteIndented = true });
        output.WriteLine(text);
        if (soak)
        {
            Directory.CreateDirectory(Repository.PathOf("TestResults"));
            File.WriteAllText(Repository.PathOf("TestResults", "soak-packets.json"), text);
        }
    }

    private static Dictionary<string, string?> SettingsOf(SandboxServer sandbox, string connection) =>
        new(CrashTests.SettingsOf(sandbox, connection))
        {
            ["NationalId:Mosip:Packets:FirstStatusAfter"] = "00:00:01",
            ["NationalId:Mosip:WebSub:Timeout"] = "00:00:05",
            // The hub is told where we are by the test: it knows the port before the client has one.
            ["NationalId:Mosip:WebSub:CallbackUrl"] = "http://127.0.0.1:9/api/websub/callback",
        };
}
