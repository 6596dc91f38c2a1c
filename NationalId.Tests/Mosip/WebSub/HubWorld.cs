using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.Registry;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Mosip.WebSub;

/// <summary>A world whose MOSIP has a hub, and a client that is subscribed with it.</summary>
internal static class HubWorld
{
    public static async Task<World> StartAsync(
        Action<Dictionary<string, string?>>? client = null,
        bool subscribe = true,
        Action<IServiceCollection>? services = null
    )
    {
        var world = await World.StartAsync(
            sandbox =>
            {
                sandbox.HasHub = true;
                sandbox.MosipTakesPackets = true;
                sandbox.HubRetryDelay = TimeSpan.FromMilliseconds(100);
            },
            settings =>
            {
                settings["NationalId:Mosip:WebSub:CallbackUrl"] = "http://127.0.0.1:9/api/websub/callback";
                client?.Invoke(settings);
            },
            services: services
        );
        world.PointHubHere();
        if (subscribe)
        {
            await world.SubscribedAsync();
        }

        return world;
    }

    public static HubSubscription Hub(this World world) => world.Host.Services.GetRequiredService<HubSubscription>();

    /// <summary>The host's port is known only now.</summary>
    public static void PointHubHere(this World world, string path = "api/websub/callback") =>
        world.Host.Services.GetRequiredService<WebSubOptions>().CallbackUrl = world.Url(path);

    /// <summary>Runs the chore until the hub sends us credentials.</summary>
    public static async Task SubscribedAsync(this World world)
    {
        await world.Hub().RunAsync(default);
        await Eventually.TrueAsync(async () =>
            await world.Hub().StatusAsync(default) == "healthy" && world.Sandbox.Hub.Subscribers.Count == 1
        );
    }

    /// <summary>A birth that MOSIP has.</summary>
    public static async Task<SentEvent> BirthAsync(this World world)
    {
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(birth);
        return birth;
    }

    /// <summary>What was saved as the birth's number; null when nothing was.</summary>
    public static string? NumberOf(this World world, SentEvent birth) =>
        world
            .Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!
            .Saves.Select(save => save.Fields.GetValueOrDefault("NATIONAL_ID"))
            .LastOrDefault(number => number is not null);

    /// <summary>The credential's row, once it is in one of the states.</summary>
    public static Task<EventRow> CredentialAsync(this World world, SentEvent birth, params EventState[] states) =>
        world.EventAsync(birth.RegistrationNumber, EventKinds.Credential, states);
}
