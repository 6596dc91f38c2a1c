using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NationalId.Sandbox;
using NationalId.Tests.Mosip.Packets;
using NationalId.Tests.Mosip.WebSub;

namespace NationalId.Tests.EndToEnd.Overdue;

/// <summary>Registrations that were sent, and of which nothing was heard for long.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OverdueTests
{
    private const string After = "NationalId:Delivery:NumberOverdueAfter";

    [Fact]
    public async Task A_birth_without_a_number_is_listed_counted_and_asked_about_until_it_has_one()
    {
        await using var world = await World.StartAsync(
            sandbox =>
            {
                sandbox.ClientName = "Freedonia";
                sandbox.NumberAnswer = NumberAnswer.Never;
            },
            settings => settings[After] = "00:00:01"
        );
        var system = world.Sandbox.NationalIdSystem;
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.DeliveredAsync(birth);
        var listed = await ListedAsync(world, 1);
        Assert.Equal(birth.RegistrationNumber, (string?)listed[0]!["registrationNumber"]);
        Assert.Equal("Birth", (string?)listed[0]!["kind"]);
        Assert.Equal(1, await CountedAsync(world, "birth"));
        Assert.Equal(0, await CountedAsync(world, "death"));

        // Sent again it brings its number along.
        system.Answer = NumberAnswer.AtOnce;
        Assert.Equal(HttpStatusCode.Accepted, await AskAsync(world, row.Key));
        await Eventually.TrueAsync(() => world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.NationalId is not null);
        await ListedAsync(world, 0);
        Assert.Equal(0, await CountedAsync(world, "birth"));
        Assert.Single(system.Received.Select(notice => notice.EventKey).Distinct());
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync(world, row.Key));
    }

    [Fact]
    public async Task A_death_that_MOSIP_does_not_process_is_listed_until_it_does()
    {
        await using var world = await HubWorld.StartAsync(settings =>
        {
            settings[After] = "00:00:01";
            settings["NationalId:Mosip:OnDeath"] = "packet+resident";
            settings[PacketWorld.Section + "FirstStatusAfter"] = "00:00:00.010";
            settings[PacketWorld.Section + "LongestStatusGap"] = "00:00:00.020";
        });
        var person = world.AddDeceased();
        world.Packets().Workflow.Holds = true;
        var row = await world.DeliveredAsync(
            await world.Sandbox.OpenCrvs.SendDeathAsync(PacketWorld.DeathOf(person.Uin))
        );
        await ListedAsync(world, 1);
        Assert.Equal(1, await CountedAsync(world, "death"));
        Assert.Equal(HttpStatusCode.Accepted, await AskAsync(world, row.Key));
        world.Packets().Workflow.Release();
        await ListedAsync(world, 0);
        Assert.Equal(0, await CountedAsync(world, "death"));
        Assert.False(person.Active);
    }

    [Fact]
    public async Task A_MOSIP_behind_its_mediator_can_t_be_asked_and_says_so()
    {
        await using var world = await World.StartAsync(client: settings => settings[After] = "00:00:01");
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.DeliveredAsync(birth);
        await ListedAsync(world, 1);
        Assert.Equal(HttpStatusCode.Conflict, await AskAsync(world, row.Key));
        // Its number takes it off the list, before any sweep does.
        await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber);
        await ListedAsync(world, 0, sweep: false);
        Assert.Equal(0, await CountedAsync(world, "birth"));
    }

    /// <summary>What the alert <c>numbers-overdue</c> looks at.</summary>
    private static Task<double?> CountedAsync(World world, string kind) =>
        world.CountedAsync("nationalid.numbers.overdue", ("kind", kind));

    /// <summary>The list, once it has so many.</summary>
    private static async Task<JsonArray> ListedAsync(World world, int count, bool sweep = true)
    {
        JsonArray listed = [];
        await Eventually.TrueAsync(async () =>
        {
            if (sweep)
            {
                await world.SweepAsync();
            }

            using var request = Request(world, HttpMethod.Get, "api/ops/overdue");
            using var answer = await world.Http.SendAsync(request);
            listed = (await answer.Content.ReadFromJsonAsync<JsonArray>())!;
            return listed.Count == count;
        });
        return listed;
    }

    private static async Task<HttpStatusCode> AskAsync(World world, string key)
    {
        using var request = Request(world, HttpMethod.Post, $"api/ops/overdue/{key}/ask");
        using var answer = await world.Http.SendAsync(request);
        return answer.StatusCode;
    }

    private static HttpRequestMessage Request(World world, HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, world.Url(path));
        request.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
        request.Headers.Add("X-Requested-With", "NationalId");
        return request;
    }
}
