using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Events;
using Xunit.Abstractions;

namespace NationalId.Tests.Crash;

/// <summary>
/// The client dies at each step of a revocation's, reinstatement's or correction's way. In the end the number is as the
/// table of docs/protocols.md, "Revocations", says. NATIONALID_SOAK=1 dies at every step, else at one that is drawn.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ChangeCrashTests(ITestOutputHelper output)
{
    // "change.…": the registration is taken, what was said is noted, the National ID system is told.
    private static readonly string[] Boundaries =
    [
        "intake.blob",
        "intake.message",
        "intake.row",
        "deliver.lease",
        "change.taken",
        "change.noted",
        "deliver.sent",
        "change.told",
        "deliver.done",
        "deliver.again",
    ];

    private static readonly string[] PacketBoundaries =
    [
        "change.taken",
        "change.noted",
        "deliver.draw",
        "deliver.aid",
        "packet.written",
        "deliver.sent:1",
        "deliver.sent:2",
        "change.told",
        "deliver.done",
    ];

    private static bool IsSoak => Environment.GetEnvironmentVariable("NATIONALID_SOAK") == "1";

    [Fact]
    public async Task Whenever_the_process_is_killed_the_newest_words_of_a_birth_and_a_death_count()
    {
        var random = Drawn();
        var boundaries = Boundaries.ToArray();
        random.Shuffle(boundaries);
        var storage = await TestAzurite.NewAccountAsync();
        var settings = new SandboxSettings
        {
            OpenCrvsVersion = OpenCrvsVersion.V20,
            ClientName = "Freedonia",
            Keys = World.Keys.Value,
            KeepPayloads = true,
        };
        settings.Events.ForwardsChanges = true;
        await using var sandbox = await SandboxServer.StartAsync(settings);
        await using var host = new HostProcess(SettingsOf(sandbox, storage));
        sandbox.ClientUrl = host.Url;
        var system = sandbox.NationalIdSystem;
        system.Answer = NumberAnswer.AtOnce;

        // 1. Somebody was born, has a number and died. Others are corrected: who is refused once can't be again.
        await host.StartAsync();
        var lives = IsSoak ? boundaries.Length : 1;
        var births = await Task.WhenAll(Enumerable.Range(0, lives).Select(_ => sandbox.Events.RegisterAsync()));
        await Eventually.TrueAsync(() =>
            births.All(birth => sandbox.Events.Find(birth.EventId)!.Registrations.Count > 0)
        );
        var brn = World2.NumberOf(sandbox.Events.Find(births[0].EventId)!);
        var number = system.FindByBirth(brn)!;
        var death = await sandbox.Events.RegisterAsync(
            new RegistrationOrder
            {
                Type = "death",
                Declaration = new JsonObject { ["deceased.nid"] = number.Number },
            }
        );
        var drn = World2.NumberOf(sandbox.Events.Find(death.EventId)!);
        await Eventually.TrueAsync(() => number.DeathRegistrationNumber == drn);
        await EndAsync(host);

        // 2. Lives of the process, each with some words and one violent end.
        var words = new Words(sandbox);
        List<string> corrections = [];
        for (var life = 0; life < lives; life++)
        {
            var boundary = boundaries[life];
            await host.StartAsync(boundary);
            if (boundary == "deliver.again")
            {
                system.Births.Set(Fault.Status503, 2);
                system.Deaths.Set(Fault.Status503, 2);
            }

            // Nobody repeats a correction that was lost at the door.
            if (!boundary.StartsWith("intake", StringComparison.Ordinal))
            {
                var surname = $"Corrected-{life}-";
                if (await IsCorrectedAsync(sandbox, births[life].EventId, surname))
                {
                    corrections.Add(surname);
                }
            }

            await words.SayAsync(new Revocation(brn, "birth", Action(random)), random);
            await words.SayAsync(new Revocation(drn, "death", Action(random)), random);
            await AssertKilledAsync(host, boundary);
            system.Births.Clear();
            system.Deaths.Clear();
        }

        // 3. All are through, and the newest count.
        await host.StartAsync();
        await words.RepeatLostAsync();
        await words.AllDeliveredAsync(host, storage);
        Assert.Equal(words.IsRevoked("birth"), number.BirthRevoked);
        Assert.Equal(words.IsRevoked("death"), number.DeathRevoked);
        Assert.Equal(!words.IsRevoked("birth") && words.IsRevoked("death"), number.Valid);
        Assert.Empty(system.Refused);

        // One that OpenCRVS heard no answer of may have come all the same.
        await Eventually.TrueAsync(
            () => Task.FromResult(corrections.All(IsTold)),
            instead: () => $"Of {string.Join(", ", corrections)} some were not told.{host.LastLines}"
        );

        bool IsTold(string surname) =>
            system
                .Received.Where(notice => notice.Action == "correct")
                .Any(notice => Encoding.UTF8.GetString(notice.Payload!).Contains(surname));
    }

    [SkippableTheory]
    [InlineData("resident")]
    [InlineData("idrepo")]
    public async Task Whenever_the_process_is_killed_MOSIP_has_the_number_as_the_newest_word_says(string way)
    {
        Skip.IfNot(IsSoak, "It takes long: NATIONALID_SOAK=1.");
        var random = Drawn();
        var storage = await TestAzurite.NewAccountAsync();
        await using var sandbox = await SandboxServer.StartAsync(
            new SandboxSettings { Keys = World.Keys.Value, MosipTakesPackets = true }
        );
        var settings = SettingsOf(sandbox, storage);
        settings["NationalId:Mosip:OnDeath"] = "packet+" + way;
        settings["NationalId:Mosip:OnRevocation"] = way;
        await using var host = new HostProcess(settings);
        sandbox.ClientUrl = host.Url;
        await host.StartAsync();
        var person = sandbox.Mosip.AddPerson("Amina Diallo", "female", "1957-03-04");
        var death = await sandbox.OpenCrvs.SendDeathAsync(Deceased.DeathOf(person));
        await Eventually.TrueAsync(() => !person.Active);
        await EndAsync(host);
        var words = new Words(sandbox);
        // Only a packet is drawn and written.
        var boundaries = PacketBoundaries
            .Where(one => way == "resident" || !(one.StartsWith("packet") || one is "deliver.aid" or "deliver.sent:2"))
            .ToArray();
        random.Shuffle(boundaries);
        foreach (var boundary in boundaries)
        {
            await host.StartAsync(boundary);
            await words.SayAsync(new Revocation(death.RegistrationNumber, "death", Action(random)), random);
            await AssertKilledAsync(host, boundary);
        }

        await host.StartAsync();
        await words.RepeatLostAsync();
        await words.AllDeliveredAsync(host, storage);
        await Eventually.TrueAsync(() => person.Active == words.IsRevoked("death"));
        Assert.All(sandbox.Mosip.Packets.Stored, packet => Assert.False(packet.WrittenAfterStart));
        Assert.All(sandbox.Mosip.Packets.Stored, packet => Assert.Equal("PROCESSED", packet.Status));
    }

    private Random Drawn()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"The seed is {seed}.");
        return new Random(seed);
    }

    private static string Action(Random random) => random.Next(2) == 0 ? "revoke" : "reinstate";

    private static async Task EndAsync(HostProcess host)
    {
        await host.KillAsync();
        await host.EndAsync(TimeSpan.FromSeconds(20));
    }

    private static async Task AssertKilledAsync(HostProcess host, string boundary)
    {
        var code = await host.EndAsync(TimeSpan.FromSeconds(60));
        Assert.True(code == 137, $"It ended with {code}, not at {boundary}.{Environment.NewLine}{host.LastLines}");
    }

    /// <summary>Whether OpenCRVS heard that the correction was taken.</summary>
    private static async Task<bool> IsCorrectedAsync(SandboxServer sandbox, string eventId, string surname)
    {
        await sandbox.Events.CorrectAsync(
            eventId,
            new JsonObject { ["child.name"] = new JsonObject { ["surname"] = surname } }
        );
        return sandbox.Events.Triggers.Last() is { Action: "APPROVE_CORRECTION", ClientStatus: 200 };
    }

    private static Dictionary<string, string?> SettingsOf(SandboxServer sandbox, string connection)
    {
        var settings = CrashTests.SettingsOf(sandbox, connection);
        // From 2.0 on there are no webhooks: the secret is for revocations alone.
        settings["OPENCRVS_SHA_SECRET"] = sandbox.OpenCrvs.WebhookSecret;
        settings["NationalId:Mosip:Timeout"] = "00:00:03";
        settings["NationalId:DefaultSystem:Timeout"] = "00:00:03";
        settings["NationalId:Delivery:LeaseFor"] = "00:00:04";
        settings["LocalHost:MessageLease"] = "00:00:03";
        return settings;
    }

    /// <summary>What a country configuration says: it repeats until it hears that it was taken.</summary>
    private sealed class Words(SandboxServer sandbox)
    {
        private readonly DateTimeOffset begin = DateTimeOffset.UtcNow.AddHours(-1);
        private readonly List<Revocation> said = [];
        private readonly List<Revocation> lost = [];

        /// <summary>Says something. Now and then it comes late: something newer was said before.</summary>
        public async Task SayAsync(Revocation word, Random random)
        {
            await RepeatLostAsync();
            var at = begin.AddMinutes(said.Count - (random.Next(4) == 0 ? 2.5 : 0));
            word = word with { At = at };
            said.Add(word);
            if (await sandbox.OpenCrvs.SendRevocationAsync(word) != 202)
            {
                lost.Add(word);
            }
        }

        public async Task RepeatLostAsync()
        {
            foreach (var word in lost.ToList())
            {
                if (await sandbox.OpenCrvs.SendRevocationAsync(word) == 202)
                {
                    lost.Remove(word);
                }
            }
        }

        public bool IsRevoked(string kind) =>
            said.Where(word => word.Kind == kind).MaxBy(word => word.At)!.Action == "revoke";

        public async Task AllDeliveredAsync(HostProcess host, string connection)
        {
            Assert.Empty(lost);
            var ledger = new EventLedger(TestAzurite.ClientsOf(connection), TimeProvider.System);
            await Eventually.TrueAsync(
                async () =>
                {
                    await host.SweepAsync();
                    foreach (var word in said)
                    {
                        var key = EventKinds.Carried.Get(EventKinds.BirthRevoked).KeyOf(word.Id, null, null);
                        if (await ledger.GetAsync(key, default) is not { Current: EventState.Delivered })
                        {
                            return false;
                        }
                    }

                    return true;
                },
                TimeSpan.FromMinutes(2),
                () => host.LastLines
            );
        }
    }
}
