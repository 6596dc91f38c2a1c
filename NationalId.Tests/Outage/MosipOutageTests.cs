using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Outage;

/// <summary>While MOSIP fails, events wait. None is lost, none becomes poison, and no BRN gets a second AID.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class MosipOutageTests
{
    [Fact]
    public async Task MOSIP_down_for_a_while_keeps_every_event_waiting_and_gets_each_once_afterwards()
    {
        await using var world = await World.StartAsync();
        await world.Sandbox.StopMosipAsync();
        var sent = await SendAsync(world, 8, 3);
        foreach (var item in sent)
        {
            await world.EventAsync(item.RegistrationNumber, item.Topic, EventState.Waiting);
        }

        await world.Sandbox.StartMosipAsync();
        await AllArriveAsync(world, sent, onceEach: true);
    }

    [Fact]
    public async Task MOSIP_going_up_and_down_every_second_loses_nothing()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Mosip:Timeout"] = "00:00:05"
        );
        using var calm = new CancellationTokenSource();
        var flapping = FlapAsync();
        var sent = await SendAsync(world, 15, 5);
        await Task.Delay(TimeSpan.FromSeconds(6));
        await calm.CancelAsync();
        await flapping;
        await AllArriveAsync(world, sent, onceEach: false);

        async Task FlapAsync()
        {
            while (!calm.IsCancellationRequested)
            {
                await world.Sandbox.StopMosipAsync();
                await Task.Delay(TimeSpan.FromSeconds(1));
                await world.Sandbox.StartMosipAsync();
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    [Fact]
    public async Task MOSIP_answering_500_for_a_while_gets_each_event_once_afterwards()
    {
        await using var world = await World.StartAsync();
        FaultSwitch[] endpoints =
        [
            world.Sandbox.Mosip.Token,
            world.Sandbox.Mosip.Aid,
            world.Sandbox.Mosip.Birth,
            world.Sandbox.Mosip.Death,
        ];
        Array.ForEach(endpoints, endpoint => endpoint.Set(Fault.Status500));
        var sent = await SendAsync(world, 8, 3);
        foreach (var item in sent)
        {
            Assert.Contains(
                "MOSIP",
                (await world.EventAsync(item.RegistrationNumber, item.Topic, EventState.Waiting)).Reason
            );
        }

        // One endpoint after the other recovers.
        foreach (var endpoint in endpoints)
        {
            endpoint.Clear();
            await Task.Delay(500);
        }

        await AllArriveAsync(world, sent, onceEach: true);
    }

    [Fact]
    public async Task MOSIP_that_is_slow_is_never_called_more_often_at_once_than_the_option_says()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Mosip:MaxConcurrency"] = "4"
        );
        FaultSwitch[] endpoints =
        [
            world.Sandbox.Mosip.Token,
            world.Sandbox.Mosip.Aid,
            world.Sandbox.Mosip.Birth,
            world.Sandbox.Mosip.Death,
        ];
        Array.ForEach(endpoints, endpoint => endpoint.Set(Fault.Slow, delay: TimeSpan.FromMilliseconds(700)));
        var sent = await SendAsync(world, 20, 5);
        await AllArriveAsync(world, sent, onceEach: true);
        Assert.InRange(endpoints.Max(endpoint => endpoint.MostAtOnce), 2, 4);
    }

    [Theory]
    [InlineData(Fault.Status503)]
    [InlineData(Fault.Status429)]
    public async Task MOSIP_is_not_called_again_before_the_time_that_it_asked_for(Fault fault)
    {
        await using var world = await World.StartAsync();
        world.Sandbox.Mosip.Birth.Set(fault, 1, TimeSpan.FromSeconds(6));
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var waiting = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        // The clock of a message's delay starts a moment before the row is written.
        Assert.InRange(waiting.NextAt!.Value - waiting.StateAt, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(7.3));
        Assert.Equal(1, world.Sandbox.Mosip.Birth.Calls);

        await world.DeliveredAsync(birth);
        var received = Assert.Single(world.Sandbox.Mosip.ReceivedOf(birth.RegistrationNumber));
        Assert.True(
            received.At >= waiting.NextAt - TimeSpan.FromSeconds(1.3),
            $"Called at {received.At:O}, asked for {waiting.NextAt:O}."
        );
        Assert.Equal(2, world.Sandbox.Mosip.Birth.Calls);
    }

    [Fact]
    public async Task A_delivery_that_takes_longer_than_its_lease_is_stopped_and_tried_again()
    {
        await using var world = await World.StartAsync(client: settings =>
        {
            // One call alone may take no longer than a lease, but nine tenths of a lease end the delivery.
            settings["NationalId:Mosip:Timeout"] = "00:00:02.9";
            settings["NationalId:Delivery:LeaseFor"] = "00:00:03";
        });
        world.Sandbox.Mosip.Birth.Set(Fault.Hang, 1);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.DeliveredAsync(birth);
        Assert.Contains(
            row.Changes,
            step => step.Note == "The delivery took longer than one worker may have the event."
        );
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(birth.RegistrationNumber));
    }

    private static async Task<IReadOnlyList<SentEvent>> SendAsync(World world, int births, int deaths)
    {
        var sent = await Task.WhenAll([
            .. Enumerable.Range(0, births).Select(_ => world.Sandbox.OpenCrvs.SendBirthAsync()),
            .. Enumerable.Range(0, deaths).Select(_ => world.Sandbox.OpenCrvs.SendDeathAsync()),
        ]);
        Assert.All(sent, item => Assert.Equal(202, Assert.Single(item.Attempts).Status));
        return sent;
    }

    private static async Task AllArriveAsync(World world, IReadOnlyList<SentEvent> sent, bool onceEach)
    {
        foreach (var item in sent)
        {
            await world.DeliveredAsync(item);
            var received = world.Sandbox.Mosip.ReceivedOf(item.RegistrationNumber).ToList();
            Assert.True(
                received.Count == 1 || (!onceEach && received.Count > 1),
                $"MOSIP received it {received.Count} times."
            );
            var record = world.Sandbox.OpenCrvs.Find(item.RegistrationNumber)!;
            Assert.All(received, one => Assert.Equal(record.Aid, one.Aid));
            Assert.Single(
                record.Saves.Select(save => save.Fields.GetValueOrDefault("MOSIP_AID")).OfType<string>().Distinct()
            );
        }

        Assert.Empty(world.Sandbox.Mosip.Refused);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue + StorageClients.PoisonSuffix));
        Assert.Equal(0, await world.WaitingAsync(EventKinds.DeathQueue + StorageClients.PoisonSuffix));
    }
}
