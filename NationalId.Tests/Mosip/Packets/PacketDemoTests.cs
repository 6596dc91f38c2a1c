using System.Text.Json;
using NationalId.Sandbox.Demo;

namespace NationalId.Tests.Mosip.Packets;

[Trait(Tier.Name, Tier.Whole)]
public sealed class PacketDemoTests
{
    [Fact]
    public async Task The_demonstration_shows_a_life_by_packets()
    {
        await using var world = await PacketWorld.StartAsync(settings =>
            settings["NationalId:Mosip:OnDeath"] = "packet+idrepo"
        );
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "run.json");
        await File.WriteAllTextAsync(
            file,
            JsonSerializer.Serialize(
                new
                {
                    baseUrl = world.Host.BaseAddress,
                    system = world.Setting("NationalId:System"),
                    clientName = "MOSIP",
                    controlUrl = world.Sandbox.ControlUrl,
                }
            )
        );
        Assert.Equal(0, await Demonstration.RunAsync(new() { ["run-json"] = file }));
        Assert.False(Assert.Single(world.Sandbox.Mosip.Persons).Active);
        Assert.Equal(["CRVS_DEATH", "CRVS_NEW"], world.Packets().Stored.Select(packet => packet.Process).Order());
    }
}
