using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Crash;

/// <summary>
/// The client dies at each step of a packet's way to MOSIP. In the end each registration has one registration id and
/// one packet, and no packet was written again when MOSIP worked on it.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class PacketCrashTests
{
    // "deliver.sent" comes three times for a death that also gives up the number: packet, packet, number.
    private static readonly string[] Boundaries =
    [
        "deliver.draw:1",
        "deliver.draw:2",
        "deliver.aid:1",
        "packet.written:1",
        "packet.written:2",
        "deliver.sent:1",
        "deliver.sent:2",
        "deliver.ended:1",
        "deliver.done:1",
        "deliver.saved:1",
    ];

    [Theory]
    [InlineData("packet+resident")]
    [InlineData("packet+idrepo")]
    public async Task Whenever_the_process_is_killed_each_registration_has_one_id_and_one_packet(string onDeath)
    {
        var storage = await TestAzurite.NewAccountAsync();
        await using var sandbox = await SandboxServer.StartAsync(
            new SandboxSettings { Keys = World.Keys.Value, MosipTakesPackets = true }
        );
        await using var host = new HostProcess(SettingsOf(sandbox, storage, onDeath));
        sandbox.ClientUrl = host.Url;
        List<SentEvent> sent = [];
        var deceased = new List<NationalId.Sandbox.Mosip.Person>();
        foreach (var boundary in Boundaries)
        {
            await host.StartAsync(boundary);
            var person = sandbox.Mosip.AddPerson($"Amina {boundary.Replace(':', ' ')}", "female", "1957-03-04");
            deceased.Add(person);
            sent.Add(await sandbox.OpenCrvs.SendBirthAsync());
            sent.Add(await sandbox.OpenCrvs.SendDeathAsync(Deceased.DeathOf(person)));
            Assert.Equal(137, await host.EndAsync(TimeSpan.FromSeconds(60)));
        }

        await host.StartAsync();
        foreach (var lost in sent.Where(one => one.Status is null).ToList())
        {
            // Killed before the answer: OpenCRVS sends again.
            await sandbox.OpenCrvs.ResendAsync(lost);
        }

        var ledger = new EventLedger(TestAzurite.ClientsOf(storage), TimeProvider.System);
        await Eventually.TrueAsync(
            async () =>
            {
                await host.SweepAsync();
                return await ledger.InStateAsync(EventState.Delivered, null, null, default).CountAsync() == sent.Count;
            },
            TimeSpan.FromMinutes(3),
            () => host.LastLines
        );

        var packets = sandbox.Mosip.Packets.Stored;
        Assert.All(packets, packet => Assert.False(packet.WrittenAfterStart));
        Assert.All(packets, packet => Assert.Equal("PROCESSED", packet.Status));
        Assert.All(
            sent.Where(one => one.Topic == EventKinds.Birth),
            birth =>
                Assert.Equal(
                    Assert.Single(sandbox.Mosip.Packets.OfNumber(birth.RegistrationNumber)).Id,
                    sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Aid
                )
        );
        Assert.All(
            deceased,
            person =>
            {
                Assert.False(person.Active);
                Assert.Equal(
                    onDeath == "packet+resident" ? 2 : 1,
                    packets.Count(packet => packet.Fields.GetValueOrDefault("UIN") == person.Uin)
                );
            }
        );
    }

    private static Dictionary<string, string?> SettingsOf(SandboxServer sandbox, string connection, string onDeath) =>
        new(sandbox.ClientSettings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)))
        {
            ["AzureWebJobsStorage"] = connection,
            ["NationalId:Mosip:OnDeath"] = onDeath,
            ["NationalId:Mosip:Packets:SaveRegistrationId"] = "true",
            ["NationalId:Delivery:FirstDelay"] = "00:00:01",
            ["NationalId:Delivery:LongestDelay"] = "00:00:03",
            ["NationalId:Mosip:Timeout"] = "00:00:05",
            ["NationalId:Delivery:LeaseFor"] = "00:00:06",
            ["NationalId:Delivery:StuckAfter"] = "00:00:10",
            ["NationalId:Delivery:OrphanAfter"] = "00:00:05",
            ["NationalId:Delivery:CircuitBreak"] = "00:00:01",
            ["LocalHost:MessageLease"] = "00:00:05",
            ["AzureFunctionsJobHost:extensions:queues:visibilityTimeout"] = "00:00:02",
        };
}
