using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;

namespace NationalId.Tests.Osia;

/// <summary>Registered records that a registrar corrects, and a registry that reads from us.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaCorrectionTests
{
    [Fact]
    public async Task The_registry_reads_what_was_corrected_and_is_not_told_of_the_rest()
    {
        await using var world = await World2.StartAsync(
            OpenCrvsVersion.V20,
            sandbox =>
            {
                sandbox.SpeaksOsia = true;
                sandbox.Events.ForwardsChanges = true;
            }
        );
        var birth = await world.RegisterAsync();
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        await world.ConfirmedAsync(birth);
        var uin = Assert.Single(world.Sandbox.Osia.Uins.Drawn);
        await world.WrittenAsync(birth, "child.nid", uin);
        await world.DeliveredAsync(birth);

        await world.Events.CorrectAsync(
            birth.EventId,
            new JsonObject { ["child.name"] = new JsonObject { ["surname"] = "Corrected" } }
        );
        await world.Inner.EventAsync(number, EventKinds.BirthCorrected, EventState.Delivered);
        Assert.Single(world.Inner.Published("updatePerson"));
        Assert.Equal("Corrected", world.Sandbox.Osia.Registry.Find(uin)!.Attributes!["lastName"]);

        await world.Events.CorrectAsync(birth.EventId, new JsonObject { ["informant.relation"] = "FATHER" });
        await Eventually.TrueAsync(async () =>
        {
            foreach (var key in await world.Inner.Ledger.FindAsync(number, default))
            {
                if ((await world.Inner.Ledger.GetAsync(key, default))?.Reason?.Contains("Nothing that") == true)
                {
                    return true;
                }
            }

            return false;
        });
        Assert.Single(world.Inner.Published("updatePerson"));
    }
}
