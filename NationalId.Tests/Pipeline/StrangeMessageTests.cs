using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Tests.Pipeline;

/// <summary>Messages that do not fit what is stored: a message is data, not authority.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class StrangeMessageTests
{
    [Fact]
    public async Task A_message_with_one_event_s_key_and_another_s_blob_removes_no_payload()
    {
        await using var world = await World.StartAsync(client: World.ShortLeases, runQueues: false);
        var (one, two) = (await SendAsync(world), await SendAsync(world));
        var queues = world.Host.Services.GetRequiredService<EventQueues>();
        await queues.SendAsync(one.ToMessage() with { Blob = two.Blob! }, null, default);

        // And one whose key nobody knows.
        await queues.SendAsync(one.ToMessage() with { Key = new string('a', 64) }, null, default);
        await world.Host.DisposeAsync();
        await world.StartHostAsync();
        foreach (var row in new[] { one, two })
        {
            await world.EventAsync(row.RegistrationNumber!, EventKinds.Birth, EventState.Delivered);
            Assert.Single(world.Sandbox.Mosip.ReceivedOf(row.RegistrationNumber!));
        }

        await Eventually.TrueAsync(async () => await world.WaitingAsync(EventKinds.BirthQueue) == 0);
        var payloads = world.Host.Services.GetRequiredService<PayloadStore>();
        Assert.NotNull(await payloads.GetInfoAsync(one.Blob!, default));
        Assert.NotNull(await payloads.GetInfoAsync(two.Blob!, default));
        Assert.Null(await world.Ledger.GetAsync(new string('a', 64), default));
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue + "-poison"));
    }

    private static async Task<EventRow> SendAsync(World world)
    {
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        return await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Received);
    }
}
