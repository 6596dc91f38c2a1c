using NationalId.Sandbox;

namespace NationalId.Tests.Mosip.Packets;

/// <summary>The packet manager and the workflow fail: there is one packet all the same.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class PacketFailureTests
{
    [Theory]
    [InlineData("packet", Fault.NullResponse)]
    [InlineData("packet", Fault.DownAfter)]
    [InlineData("packet", Fault.Status400)]
    [InlineData("workflow", Fault.DownAfter)]
    [InlineData("workflow", Fault.NullResponse)]
    [InlineData("workflow", Fault.Html200)]
    public Task Whatever_fails_is_repeated_until_there_is_one_packet_that_is_started_once(string what, Fault fault) =>
        OnePacketAsync(what, fault);

    internal static async Task OnePacketAsync(string what, Fault fault)
    {
        await using var world = await PacketWorld.StartAsync();
        world.Sandbox.Faults[what].Set(fault, 4);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        Assert.Equal(202, Assert.Single(sent.Attempts).Status);
        await world.DeliveredAsync(sent);

        var packet = Assert.Single(world.Packets().Stored);
        Assert.Equal("PROCESSED", packet.Status);
        Assert.False(packet.WrittenAfterStart);
        Assert.Empty(world.Packets().Manager.Swallowed);
        Assert.Equal(4, world.Sandbox.Faults[what].Failed);
    }
}
