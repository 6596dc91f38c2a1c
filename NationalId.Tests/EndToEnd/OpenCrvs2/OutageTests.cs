using Microsoft.Extensions.DependencyInjection;
using NationalId.Sandbox.OpenCrvs.Events;
using NationalId.Tests.Outage;

namespace NationalId.Tests.EndToEnd.OpenCrvs2;

/// <summary>Storage, keys and services that fail while registrars of OpenCRVS 2.0 work cost no record.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OutageTests
{
    [Fact]
    public async Task While_storage_is_away_a_registrar_is_sent_back_and_the_next_click_goes_through()
    {
        await using var storage = new StorageProxy(await TestAzurite.NewAccountAsync());
        await using var world = await World2.StartAsync(client: client =>
        {
            client["AzureWebJobsStorage"] = storage.ConnectionString;
            client["NationalId:OpenCrvs:AnswerWithin"] = "00:00:04";
        });
        storage.Refuse();
        var refused = await world.Events.RegisterAsync(new RegistrationOrder { Type = "death" });
        Assert.Equal(400, world.Events.Triggers.Last().ClientStatus);
        Assert.Empty(world.Events.Find(refused.EventId)!.Pending);

        // Four seconds may be too short for a click on a loaded machine, as they may be for a country: then one more.
        storage.Allow();
        var again = refused;
        await Eventually.TrueAsync(async () =>
        {
            again = await world.Events.PressAgainAsync(refused.EventId);
            return world.Events.Triggers.Last().ClientStatus == 202;
        });
        await world.ConfirmedAsync(again);
        await world.DeliveredAsync(again);
        Assert.Single(world.Sandbox.NationalIdSystem.Received);
    }

    [Fact]
    public async Task A_new_key_of_OpenCRVS_counts_with_the_first_trigger_that_it_signed()
    {
        var clock = new WrongClock();
        await using var world = await World2.StartAsync(services: services =>
            services.AddSingleton<TimeProvider>(clock)
        );
        await world.ConfirmedAsync(await world.RegisterAsync());
        world.Sandbox.OpenCrvs.RotateKey();
        // The keys came a moment ago: who forges tokens does not have them fetched with each.
        var refused = await world.Events.RegisterAsync();
        Assert.Equal(400, world.Events.Triggers.Last().ClientStatus);
        clock.Ahead = TimeSpan.FromSeconds(61);
        var again = await world.Events.PressAgainAsync(refused.EventId);
        Assert.Equal(202, world.Events.Triggers.Last().ClientStatus);
        await world.ConfirmedAsync(again);
    }
}
