using Microsoft.Extensions.DependencyInjection;
using NationalId.Sandbox;

namespace NationalId.Tests.Outage;

/// <summary>A trigger whose token can't be kept.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class RecordTokenOutageTests
{
    [Fact]
    public async Task While_the_vault_is_away_at_a_cold_start_nothing_waits_to_be_accepted_without_its_token()
    {
        await using var vault = await TestVault.StartAsync();
        vault.Fault = 503;
        await using var world = await World2.StartAsync(
            OpenCrvsVersion.V19,
            client: settings => vault.Take(settings, "00:00:00.200"),
            services: services => services.AddSingleton(vault.Client())
        );
        var refused = await world.Events.RegisterAsync();
        Assert.NotEqual(202, world.Events.Triggers.Last(one => one.EventId == refused.EventId).ClientStatus);
        Assert.Empty(await world.WaitingAsync());
    }
}
