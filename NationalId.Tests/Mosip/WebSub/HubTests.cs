using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Operations;
using NationalId.Sandbox;

namespace NationalId.Tests.Mosip.WebSub;

[Trait(Tier.Name, Tier.Whole)]
public sealed class HubTests
{
    [Fact]
    public async Task We_subscribe_by_ourselves_and_renewal_s_denial_is_success()
    {
        var clock = new WrongClock();
        await using var world = await HubWorld.StartAsync(
            settings => settings["NationalId:Mosip:WebSub:RenewEvery"] = "02:00:00",
            services: services => services.AddSingleton<TimeProvider>(clock)
        );
        Assert.Equal(world.Sandbox.Keys.HubSecret, Assert.Single(world.Sandbox.Hub.Subscribers).Secret);
        Assert.Equal(["subscribe: done"], world.Sandbox.Hub.Asked);

        await world.Hub().RunAsync(default);
        Assert.Single(world.Sandbox.Hub.Asked);

        clock.Ahead = TimeSpan.FromHours(1.9);
        await world.Hub().RunAsync(default);
        Assert.Single(world.Sandbox.Hub.Asked);

        clock.Ahead = TimeSpan.FromHours(2.1);
        await world.Hub().RunAsync(default);
        await Eventually.TrueAsync(() => world.Sandbox.Hub.Asked.Last() == "subscribe: denied");
        Assert.Equal("healthy", await world.Hub().StatusAsync(default));

        world.Sandbox.Hub.Forget();
        clock.Ahead = TimeSpan.FromHours(12.2);
        await world.Hub().RunAsync(default);
        await Eventually.TrueAsync(() => world.Sandbox.Hub.Subscribers.Count == 1);
    }

    [Fact]
    public async Task A_new_secret_is_brought_by_leaving_first()
    {
        await using var world = await HubWorld.StartAsync();
        await world.Host.DisposeAsync();
        world.Set("MOSIP_WEBSUB_SECRET_PREVIOUS", world.Setting("MOSIP_WEBSUB_SECRET"));
        world.Set("MOSIP_WEBSUB_SECRET", "a new secret");
        await world.StartHostAsync();
        world.PointHubHere();
        // The host has another port now, and the hub calls the old one.
        world.Sandbox.Hub.Forget();
        world.Sandbox.Hub.Add(world.Url("api/websub/callback"), world.Setting("MOSIP_WEBSUB_SECRET_PREVIOUS")!);

        await world.Hub().RunAsync(default);
        await Eventually.TrueAsync(() => world.Sandbox.Hub.Subscribers.Any(one => one.Secret == "a new secret"));
        Assert.Equal(["unsubscribe: done", "subscribe: done"], world.Sandbox.Hub.Asked.TakeLast(2));
        await Eventually.TrueAsync(async () => await world.Hub().StatusAsync(default) == "healthy");
    }

    [Fact]
    public async Task A_subscription_of_which_nobody_knows_the_secret_is_made_anew()
    {
        await using var world = await HubWorld.StartAsync(subscribe: false);
        world.Sandbox.Hub.Add(world.Url("api/websub/callback"), "nobody knows");
        await world.Hub().RunAsync(default);
        await Eventually.TrueAsync(() => world.Sandbox.Hub.Asked.Contains("subscribe: denied"));
        await Eventually.TrueAsync(async () =>
        {
            await world.Hub().RunAsync(default);
            return world.Sandbox.Hub.Subscribers.Any(one => one.Secret == world.Sandbox.Keys.HubSecret);
        });
    }

    [Fact]
    public async Task A_hub_that_is_away_is_asked_again_and_health_says_so()
    {
        await using var world = await HubWorld.StartAsync(subscribe: false);
        Assert.Equal("not asked yet", await world.Hub().StatusAsync(default));
        world.Sandbox.Hub.Subscriptions.Set(Fault.Status500);
        await world.Hub().RunAsync(default);
        Assert.Equal("denied", await world.Hub().StatusAsync(default));
        Assert.Equal(1, await MissingAsync());
        world.Sandbox.Hub.Subscriptions.Clear();
        await world.SubscribedAsync();
        Assert.Equal(0, await MissingAsync());

        // What the alert subscription-missing looks at.
        async Task<double?> MissingAsync()
        {
            await world.Host.Services.GetRequiredService<SubscriptionChore>().RunAsync(default);
            return world.Host.Services.Gauge("nationalid.subscriptions.missing", ("partner", "mosip-hub"));
        }
    }

    [Theory]
    [InlineData("hub.mode=subscribe&hub.topic=other%2FCREDENTIAL_ISSUED&hub.challenge=1", 404)]
    [InlineData("hub.mode=unsubscribe&hub.topic=opencrvs-partner%2FCREDENTIAL_ISSUED&hub.challenge=1", 404)]
    [InlineData("hub.mode=subscribe&hub.topic=opencrvs-partner%2FCREDENTIAL_ISSUED", 404)]
    [InlineData("hub.challenge=1", 404)]
    [InlineData("", 404)]
    [InlineData("hub.mode=subscribe&hub.topic=opencrvs-partner%2FCREDENTIAL_ISSUED&hub.challenge=%2B1", 200)]
    public async Task Only_what_we_asked_for_is_confirmed(string query, int status)
    {
        await using var world = await HubWorld.StartAsync();
        using var answer = await world.Http.GetAsync("api/websub/callback?" + query);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 200)
        {
            Assert.Equal("+1", await answer.Content.ReadAsStringAsync());
            Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        }
    }

    [Fact]
    public async Task Nothing_is_confirmed_before_we_asked()
    {
        await using var world = await HubWorld.StartAsync(subscribe: false);
        using var answer = await world.Http.GetAsync(
            "api/websub/callback?hub.mode=subscribe&hub.topic=opencrvs-partner%2FCREDENTIAL_ISSUED&hub.challenge=1"
        );
        Assert.Equal(404, (int)answer.StatusCode);
    }
}
