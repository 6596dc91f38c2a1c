using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.Sandbox;

namespace NationalId.Tests.EndToEnd;

/// <summary>What MOSIP fails at delays a birth or a death and loses nothing.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class MosipFailureTests
{
    [Theory]
    [InlineData(Fault.Status500)]
    [InlineData(Fault.Status503)]
    [InlineData(Fault.Status429)]
    [InlineData(Fault.Hang)]
    [InlineData(Fault.Slow)]
    public Task MOSIP_failing_at_each_of_its_endpoints_delays_a_birth_and_does_not_lose_it(Fault fault) =>
        DelaysABirthAsync(fault);

    [Fact]
    public async Task What_MOSIP_refuses_for_good_is_poison_with_its_reason_and_the_AID_is_saved_all_the_same()
    {
        await using var world = await World.StartAsync();
        world.Sandbox.Mosip.Birth.Set(Fault.Status400);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Poisoned);
        Assert.Equal("MOSIP answered 400.", row.Reason);
        Assert.Equal(1, await world.WaitingAsync(EventKinds.BirthQueue + StorageClients.PoisonSuffix));
        Assert.NotNull(world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Aid);
    }

    [Fact]
    public async Task What_MOSIP_s_mediator_refuses_for_now_only_delays_a_birth_and_a_draw_of_its_AID()
    {
        await using var world = await World.StartAsync();
        world.Sandbox.Mosip.Aid.Set(Fault.Status400, 1, says: Refusal("OPN-CRVS-005"));
        world.Sandbox.Mosip.Birth.Set(Fault.Status400, says: Refusal("OPN-CRVS-011"));
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await Eventually.TrueAsync(async () =>
            (await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Waiting)).Reason
            == "MOSIP answered 400: OPN-CRVS-011."
        );
        world.Sandbox.Mosip.Birth.Clear();
        var row = await world.DeliveredAsync(birth);
        Assert.Contains(
            row.Changes,
            step => step is { State: EventState.Waiting, Note: "MOSIP answered 400: OPN-CRVS-005." }
        );
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(birth.RegistrationNumber));
    }

    [Fact]
    public async Task A_death_that_MOSIP_can_t_take_without_a_national_id_is_flagged_and_its_AID_is_saved_all_the_same()
    {
        await using var world = await World.StartAsync();
        world.Sandbox.Mosip.Death.Set(Fault.Status400, says: Refusal("OPN-CRVS-029"));
        world.Sandbox.OpenCrvs.Mediator.Set(Fault.Status500, 4);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathTests.DeathOf(null));
        var row = await world.EventAsync(death.RegistrationNumber, EventKinds.Death, EventState.Flagged);
        Assert.Equal("MOSIP answered 400: OPN-CRVS-029.", row.Reason);
        Assert.NotNull(world.Sandbox.OpenCrvs.Find(death.RegistrationNumber)!.Aid);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.DeathQueue + StorageClients.PoisonSuffix));
    }

    internal static async Task DelaysABirthAsync(Fault fault)
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Mosip:Timeout"] = "00:00:02"
        );
        foreach (
            var endpoint in new[] { world.Sandbox.Mosip.Token, world.Sandbox.Mosip.Aid, world.Sandbox.Mosip.Birth }
        )
        {
            endpoint.Set(fault, 2);
        }

        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(birth);
        Assert.Equal(
            Assert.Single(world.Sandbox.Mosip.ReceivedOf(birth.RegistrationNumber)).Aid,
            world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Aid
        );
    }

    private static string Refusal(string code) => $$"""{"errors":[{"errorCode":"{{code}}","message":"no"}]}""";
}
