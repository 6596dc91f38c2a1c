using System.Text.Json;
using NationalId.Sandbox.Demo;

namespace NationalId.Tests.Osia;

[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaDemoTests
{
    [Fact]
    public async Task The_demonstration_shows_a_life_by_OSIA()
    {
        await using var world = await OsiaWorld.StartAsync();
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "run.json");
        await File.WriteAllTextAsync(
            file,
            JsonSerializer.Serialize(
                new
                {
                    baseUrl = world.Host.BaseAddress,
                    system = world.Setting("NationalId:System"),
                    clientName = "Freedonia",
                    controlUrl = world.Sandbox.ControlUrl,
                }
            )
        );
        Assert.Equal(0, await Demonstration.RunAsync(new() { ["run-json"] = file }));
        Assert.Equal("DEAD", Assert.Single(world.Osia().Registry.Persons).PhysicalStatus);
    }
}
