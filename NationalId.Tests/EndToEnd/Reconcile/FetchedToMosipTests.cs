using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.EndToEnd.Reconcile;

/// <summary>What is fetched, towards MOSIP.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class FetchedToMosipTests
{
    [Fact]
    public async Task A_packet_of_a_record_that_was_fetched_says_that_nobody_signed_it()
    {
        await using var world = await ReconcileWorld.StartAsync(
            OpenCrvsVersion.V13,
            sandbox =>
            {
                sandbox.ClientName = "MOSIP";
                sandbox.MosipTakesPackets = true;
            }
        );
        var heard = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.Inner.DeliveredAsync(heard);
        var lost = await world.Inner.UnheardBirthAsync();
        await world.ReconcileAsync();
        await world.Inner.EventAsync(lost.RegistrationNumber, "BIRTH_REGISTERED", EventState.Delivered);
        Assert.Contains(EventOrigins.Unsigned, LabelsOf(lost.RegistrationNumber));
        Assert.DoesNotContain(EventOrigins.Unsigned, LabelsOf(heard.RegistrationNumber));

        string? LabelsOf(string number) => Assert.Single(world.Sandbox.Mosip.Packets.OfNumber(number)).Labels;
    }

    [Fact]
    public async Task AIDs_of_a_batch_are_drawn_when_it_is_released_and_some_a_minute()
    {
        await using var world = await ReconcileWorld.StartAsync(
            OpenCrvsVersion.V13,
            sandbox => sandbox.ClientName = "MOSIP",
            settings =>
            {
                settings["NationalId:Reconcile:ReleasePerMinute"] = "2";
                settings["NationalId:OpenCrvs:EligibleBelowAge"] = "18";
            }
        );
        var year = DateTimeOffset.UtcNow.AddDays(-300);
        var old = Enumerable.Range(0, 3).Select(i => world.Sandbox.OpenCrvs.Search.Add(registeredAt: year)).ToList();
        var tooOld = world.Sandbox.OpenCrvs.Search.Add(new BirthRecord { BirthDate = "1950-01-01" }, year);
        var order = new JsonObject { ["from"] = year.AddDays(-1).ToString("O"), ["probe"] = old[0].RegistrationNumber };
        var batch = await world.BatchAsync("api/ops/batches", new StringContent(order.ToJsonString()));
        var held = await world.BatchAsync(batch, "held");
        Assert.Equal((3, 1), ((int)held["missing"]!, (int)held["tooOld"]!));
        Assert.Empty(world.Sandbox.Mosip.DrawnAids);

        // Two in the first minute; the third waits for the next.
        await world.ReleaseAsync(batch);
        var released = await world.BatchAsync(batch, one => (int)one["sent"]! == 2 && one["nextAt"] is not null);
        Assert.Equal("released", (string?)released["state"]);
        Assert.True((DateTimeOffset)released["nextAt"]! > DateTimeOffset.UtcNow.AddSeconds(20));
        await Eventually.TrueAsync(() => world.Sandbox.Mosip.Received.Count == 2);
        Assert.Equal(2, world.Sandbox.Mosip.DrawnAids.Count);

        await world.PassMinuteAsync(batch);
        await world.BatchAsync(batch, "done");
        await Eventually.TrueAsync(() => world.Sandbox.Mosip.Received.Count == 3);
        Assert.Equal(3, world.Sandbox.Mosip.DrawnAids.Count);
        Assert.DoesNotContain(world.Sandbox.Mosip.Received, one => one.RegistrationNumber == tooOld.RegistrationNumber);
    }
}
