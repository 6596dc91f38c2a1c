using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;

namespace NationalId.Tests.EndToEnd;

/// <summary>How long a death waits for its link while IDA does not say.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class LinkPatienceTests
{
    [Theory]
    [InlineData("IDA-MLC-001")]
    [InlineData("IDA-MLC-018")]
    [InlineData("IDA-MLC-025")]
    public async Task IDA_saying_nothing_of_the_person_delays_the_link_and_does_not_lose_it(string code)
    {
        await using var world = await World.StartAsync();
        var (birth, person) = await DeathTests.LifeAsync(world);
        world.Sandbox.Mosip.Authentication.Set(Fault.ErrorsArray, 2, says: code);
        var row = await world.DeliveredAsync(
            await world.Sandbox.OpenCrvs.SendDeathAsync(DeathTests.DeathOf(person.Vid))
        );
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        Assert.Contains(row.Changes, step => step.Note == $"IDA can't authenticate now: {code}");
    }

    [Fact]
    public async Task A_death_does_not_wait_for_IDA_for_ever()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Delivery:LinkPatience"] = "00:00:03"
        );
        var (_, person) = await DeathTests.LifeAsync(world);
        world.Sandbox.Mosip.Authentication.Set(Fault.Status500);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathTests.DeathOf(person.Vid));
        var row = await world.DeliveredAsync(death);
        Assert.StartsWith("unlinked: IDA", row.Link);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(death.RegistrationNumber));
    }

    [Fact]
    public async Task MOSIP_and_IDA_away_together_for_longer_than_a_death_waits_for_IDA_lose_no_link()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Delivery:LinkPatience"] = "00:00:01"
        );
        var (birth, person) = await DeathTests.LifeAsync(world);
        world.Sandbox.Mosip.Authentication.Set(Fault.Status500);
        world.Sandbox.Mosip.Death.Set(Fault.Status500);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathTests.DeathOf(person.Vid));
        // It would have been sent without its link by now.
        await Eventually.TrueAsync(async () =>
            (await world.EventAsync(death.RegistrationNumber, EventKinds.Death, EventState.Waiting)).Changes.Any(step =>
                step.Note == "MOSIP answered 500."
            )
        );
        world.Sandbox.Mosip.Authentication.Clear();
        world.Sandbox.Mosip.Death.Clear();
        var row = await world.DeliveredAsync(death);
        Assert.Equal("linked", row.Link);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        Assert.True(Assert.Single(world.Sandbox.Mosip.ReceivedOf(death.RegistrationNumber)).Linked);
    }

    [Fact]
    public async Task A_death_that_is_old_when_its_delivery_begins_waits_for_IDA_too()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Delivery:LinkPatience"] = "00:00:04"
        );
        var (birth, person) = await DeathTests.LifeAsync(world);
        await world.Host.DisposeAsync();
        await world.StartHostAsync(runQueues: false);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathTests.DeathOf(person.Vid));
        var received = (
            await world.EventAsync(death.RegistrationNumber, EventKinds.Death, EventState.Received)
        ).ReceivedAt;
        await world.Host.DisposeAsync();
        await Eventually.TrueAsync(() => DateTimeOffset.UtcNow - received > TimeSpan.FromSeconds(4));
        world.Sandbox.Mosip.Authentication.Set(Fault.Status500, 3);
        await world.StartHostAsync();
        var row = await world.DeliveredAsync(death);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
    }
}
