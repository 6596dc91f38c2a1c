using NationalId.Sandbox;

namespace NationalId.Tests.EndToEnd.OpenCrvs2;

/// <summary>Whatever OpenCRVS 2.0 answers, a record is accepted once.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class FaultTests
{
    [Theory]
    [InlineData(Fault.Down)]
    [InlineData(Fault.DownAfter)]
    [InlineData(Fault.Status500)]
    [InlineData(Fault.Status503)]
    public Task Whatever_the_events_service_does_a_record_is_accepted_once(Fault fault) => AcceptedOnceAsync(fault);

    [Fact]
    public async Task A_500_that_was_stored_is_settled_and_shown_in_searches()
    {
        await using var world = await World2.StartAsync();
        var birth = await world.RegisterAsync();
        // Core stores, and then can't write its index.
        world.Events.Index.Set(Fault.Status503, times: 3);
        await world.ConfirmedAsync(birth);
        await world.IndexedAsync(birth);
        Assert.Single(world.Events.Find(birth.EventId)!.Registrations);
    }

    internal static async Task AcceptedOnceAsync(Fault fault)
    {
        await using var world = await World2.StartAsync();
        world.Events.Api.Set(fault, times: 6);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
        await world.DeliveredAsync(birth);
        Assert.Equal(6, world.Events.Api.Failed);
        Assert.Single(world.Events.Find(birth.EventId)!.Registrations);
        await Eventually.TrueAsync(async () => (await world.WaitingAsync()).Count == 0);
    }
}
