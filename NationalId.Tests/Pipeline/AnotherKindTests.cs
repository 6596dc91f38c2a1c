using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Tests.Pipeline;

/// <summary>What another kind of event takes: a line in the table.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class AnotherKindTests
{
    private const string Corrected = "BIRTH_CERTIFIED";

    [Fact]
    public async Task Two_corrections_of_one_record_are_two_events_by_one_line_in_the_table()
    {
        await using var system = await LoopbackServer.StartAsync((202, ""));
        await using var world = await World.StartAsync(
            sandbox => sandbox.ClientName = "Freedonia",
            settings =>
            {
                settings["NationalId:DefaultSystem:BirthUrl"] = new Uri(system.Address, "/births").ToString();
                settings["NationalId:DefaultSystem:DeathUrl"] = new Uri(system.Address, "/deaths").ToString();
            },
            runQueues: false,
            services: services =>
                services.AddSingleton(
                    new EventKinds([
                        .. EventKinds.Standard,
                        EventKinds.Forwarded(
                            Corrected,
                            EventKinds.BirthQueue,
                            RegistrationKind.Birth,
                            KeyRule.RecordAndContent
                        ),
                    ])
                )
        );
        var openCrvs = world.Sandbox.OpenCrvs;
        var birth = await openCrvs.SendBirthAsync();
        byte[][] corrections = [Correction(birth.Body, "Ada"), Correction(birth.Body, "Eva")];

        // The first one comes twice, as OpenCRVS repeats.
        byte[][] messages = [.. corrections, corrections[0]];
        foreach (var body in messages)
        {
            Assert.Equal(202, (await openCrvs.SendRawAsync(body, openCrvs.Sign(body))).Status);
        }

        Assert.InRange(await world.WaitingAsync(EventKinds.BirthQueue), 3, 4);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.DeathQueue));
        Assert.Equal(0, await world.WaitingAsync(EventKinds.ReturnQueue));

        await world.Host.DisposeAsync();
        await world.StartHostAsync();
        await Eventually.TrueAsync(() => Task.FromResult(system.Seen.Count >= 3));
        Assert.Equal(
            messages[..2].Append(birth.Body).Select(Convert.ToHexString).Order(),
            system.Seen.Select(seen => Convert.ToHexString(seen.Body)).Order()
        );
        Assert.All(system.Seen, seen => Assert.Equal("/births", seen.Path));
        await world.EventAsync(birth.RegistrationNumber, Corrected, EventState.Delivered);
    }

    [Fact]
    public async Task A_kind_that_the_table_does_not_have_is_kept_and_flagged()
    {
        await using var world = await World.StartAsync();
        var openCrvs = world.Sandbox.OpenCrvs;
        var birth = await openCrvs.SendBirthAsync();
        await world.DeliveredAsync(birth);
        var body = Correction(birth.Body, "Ada");
        Assert.Equal(202, (await openCrvs.SendRawAsync(body, openCrvs.Sign(body))).Status);
        List<string> flagged = [];
        await foreach (var (key, _) in world.Ledger.InStateAsync(EventState.Flagged, null, null, default))
        {
            flagged.Add(key);
        }

        var row = await world.Ledger.GetAsync(Assert.Single(flagged), default);
        Assert.Equal("topic is not delivered", row!.Reason);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(birth.RegistrationNumber));
    }

    private static byte[] Correction(byte[] birth, string name) =>
        Encoding.UTF8.GetBytes(
            Encoding
                .UTF8.GetString(birth)
                .Replace("BIRTH_REGISTERED", Corrected, StringComparison.Ordinal)
                .Replace(
                    "\"type\":\"document\"",
                    $"\"type\":\"document\",\"note\":\"{name}\"",
                    StringComparison.Ordinal
                )
        );
}
