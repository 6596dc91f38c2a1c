using NationalId.Core.Registry;
using NationalId.Sandbox;

namespace NationalId.Tests.Mosip.Packets;

/// <summary>Tokens or registration ids can't be had for a while: there is one packet all the same.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class PacketDrawingFailureTests
{
    [Theory]
    [InlineData("auth-manager", Fault.Status500)]
    [InlineData("auth-manager", Fault.ErrorsArray)]
    [InlineData("auth-manager", Fault.Html200)]
    [InlineData("rid", Fault.ErrorsArray)]
    [InlineData("rid", Fault.DownAfter)]
    public Task Whatever_fails_before_the_packet_is_repeated_until_there_is_one(string what, Fault fault) =>
        PacketFailureTests.OnePacketAsync(what, fault);

    [Fact]
    public async Task Two_records_never_have_one_registration_id_though_it_is_drawn_twice()
    {
        await using var world = await PacketWorld.StartAsync();
        var one = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(one);
        world.Packets().RepeatNext = 2;
        var other = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(other);
        Assert.Equal(0, world.Packets().RepeatNext);
        var packets = new[] { one, other }.Select(sent =>
            Assert.Single(world.Packets().OfNumber(sent.RegistrationNumber))
        );
        Assert.Equal(2, packets.Select(packet => packet.Id).Distinct().Count());
        Assert.All(packets, packet => Assert.Equal(1, packet.Writes));

        // Each leads back to its own: their credentials come under these ids.
        foreach (var sent in new[] { one, other })
        {
            var row = await world.Registrations.GetAsync(RegistrationKind.Birth, sent.RegistrationNumber, default);
            var found = await world.Registrations.FindByAidAsync(row!.Aid!, default);
            Assert.Equal(sent.RegistrationNumber, found!.Number);
        }
    }
}
