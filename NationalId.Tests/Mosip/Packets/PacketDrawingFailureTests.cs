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
}
