using NationalId.Sandbox;

namespace NationalId.Tests.EndToEnd;

/// <summary>IDA fails for a while: deaths keep their links.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class IdaFailureTests
{
    [Theory]
    [InlineData(Fault.Status500)]
    [InlineData(Fault.Hang)]
    [InlineData(Fault.Html200)]
    [InlineData(Fault.NullResponse)]
    [InlineData(Fault.Down)]
    [InlineData(Fault.Unauthorized)]
    public async Task IDA_failing_for_a_while_delays_the_link_and_does_not_lose_it(Fault fault)
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Mosip:Timeout"] = "00:00:02"
        );
        var (birth, person) = await DeathTests.LifeAsync(world);
        world.Sandbox.Mosip.Authentication.Set(fault, fault == Fault.Unauthorized ? 1 : 4);
        var row = await world.DeliveredAsync(
            await world.Sandbox.OpenCrvs.SendDeathAsync(DeathTests.DeathOf(person.Vid))
        );
        Assert.Equal("linked", row.Link);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
    }
}
