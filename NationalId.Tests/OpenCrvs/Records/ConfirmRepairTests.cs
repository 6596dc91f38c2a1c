using NationalId.Core.OpenCrvs.Records;
using NationalId.Sandbox;

namespace NationalId.Tests.OpenCrvs.Records;

/// <summary>Registrations are accepted once, whatever got lost on the way.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ConfirmRepairTests
{
    [Theory]
    [InlineData(Fault.DownAfter)]
    [InlineData(Fault.Down)]
    [InlineData(Fault.Status500)]
    [InlineData(Fault.Html200)]
    public async Task An_answer_that_gets_lost_leads_to_one_acceptance(Fault fault)
    {
        await using var world = await ConfirmWorld.StartAsync();
        // The look before, the acceptance, the look after: each of them once in a row of calls.
        world.Events.Api.Set(fault, times: 3);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        await world.NumberedAsync(birth);
        await world.DoneAsync();
    }

    [Fact]
    public async Task A_client_that_dies_after_its_answer_confirms_when_it_is_back()
    {
        await using var world = await ConfirmWorld.StartAsync(runQueues: false);
        var birth = await world.RegisterAsync();
        await world.World.Host.DisposeAsync();
        await world.World.StartHostAsync();
        await world.ConfirmedAsync(birth);
    }

    [Fact]
    public async Task A_message_that_is_lost_is_sent_again_by_the_sweep()
    {
        await using var world = await ConfirmWorld.StartAsync(
            when: "Stored",
            runQueues: false,
            settings: ("Delivery:OrphanAfter", "00:00:01")
        );
        var birth = await world.RegisterAsync();
        var queue = new Azure.Storage.Queues.QueueClient(world.World.StorageConnection, ConfirmQueue.Name);
        await queue.ClearMessagesAsync();
        await world.World.Host.DisposeAsync();
        await world.World.StartHostAsync();
        await world.ConfirmedAsync(birth, sweep: true);
    }

    [Fact]
    public async Task Two_clients_on_one_storage_accept_each_registration_once()
    {
        await using var world = await ConfirmWorld.StartAsync(when: "Stored");
        await using var other = await world.World.StartAnotherHostAsync();
        var births = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.RegisterAsync()));
        foreach (var birth in births)
        {
            await world.ConfirmedAsync(birth);
            await world.NumberedAsync(birth);
            Assert.InRange(world.Corrections(birth), 0, 1);
        }
    }
}
