using NationalId.Core.Ledger;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Crash;

/// <summary>
/// The client dies at each step of a birth's way to an OSIA system. In the end each birth has one number, on its record
/// and in the registry, and no other number was told of it. NATIONALID_SOAK=1 dies at every step.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaCrashTests
{
    private static readonly string[] Short = ["deliver.draw:1", "deliver.sent:1"];

    private static readonly string[] Long =
    [
        "deliver.draw:2",
        "deliver.returned:1",
        "deliver.served:1",
        "deliver.written:1",
        "deliver.done:1",
        "return.ledger:1",
        "return.saved:1",
    ];

    private static IEnumerable<string> Boundaries =>
        Environment.GetEnvironmentVariable("NATIONALID_SOAK") == "1" ? [.. Short, .. Long] : Short;

    [Fact]
    public async Task Whenever_the_process_is_killed_each_birth_has_one_number_everywhere()
    {
        var storage = await TestAzurite.NewAccountAsync();
        await using var sandbox = await SandboxServer.StartAsync(
            new SandboxSettings
            {
                Keys = World.Keys.Value,
                SpeaksOsia = true,
                OsiaWrites = true,
                ClientName = "Freedonia",
            }
        );
        await using var host = new HostProcess(SettingsOf(sandbox, storage));
        sandbox.ClientUrl = host.Url;
        List<SentEvent> sent = [];
        foreach (var boundary in Boundaries)
        {
            await host.StartAsync(boundary);
            sent.Add(await sandbox.OpenCrvs.SendBirthAsync());
            sent.Add(await sandbox.OpenCrvs.SendBirthAsync());
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
                // Births, and their numbers on the way back.
                return await ledger.InStateAsync(EventState.Delivered, null, null, default).CountAsync()
                    == 2 * sent.Count;
            },
            TimeSpan.FromMinutes(2),
            () => host.LastLines
        );

        var numbers = sent.Select(birth => sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.NationalId!).ToList();
        Assert.Equal(sent.Count, numbers.Distinct().Count());
        Assert.Equal(
            numbers.Order(),
            sandbox.Osia.Engine.Published.Select(one => one.Message.Split("\"uin\":\"")[1][..10]).Distinct().Order()
        );
        Assert.All(numbers, number => Assert.NotNull(sandbox.Osia.Registry.Find(number)!.Attributes));
        Assert.Equal(sent.Count, sandbox.Osia.Registry.Persons.Count);
    }

    private static Dictionary<string, string?> SettingsOf(SandboxServer sandbox, string connection) =>
        new(sandbox.ClientSettings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)))
        {
            ["AzureWebJobsStorage"] = connection,
            ["NationalId:Delivery:FirstDelay"] = "00:00:01",
            ["NationalId:Delivery:LongestDelay"] = "00:00:03",
            ["NationalId:Osia:Timeout"] = "00:00:05",
            ["NationalId:Osia:FirstCheckAfter"] = "00:10:00",
            ["NationalId:Delivery:LeaseFor"] = "00:00:06",
            ["NationalId:Delivery:StuckAfter"] = "00:00:10",
            ["NationalId:Delivery:OrphanAfter"] = "00:00:05",
            ["NationalId:Delivery:CircuitBreak"] = "00:00:01",
            ["LocalHost:MessageLease"] = "00:00:05",
            ["AzureFunctionsJobHost:extensions:queues:visibilityTimeout"] = "00:00:02",
        };
}
