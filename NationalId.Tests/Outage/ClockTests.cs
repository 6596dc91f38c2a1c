using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;

namespace NationalId.Tests.Outage;

/// <summary>A host whose clock was wrong for a while: what it noted then holds nothing up.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ClockTests
{
    [Fact]
    public async Task A_lease_of_a_clock_that_was_ahead_does_not_hold_an_event_back()
    {
        await using var world = await World.StartAsync(client: World.ShortLeases);
        world.Sandbox.Mosip.Birth.Set(Fault.Status503);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await Eventually.TrueAsync(async () =>
        {
            var row = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
            row.LeaseUntil = DateTimeOffset.UtcNow.AddHours(2);
            return await Record.ExceptionAsync(() => world.Ledger.SaveAsync(row, default)) is null;
        });
        world.Sandbox.Mosip.Birth.Clear();
        await world.DeliveredAsync(birth, sweep: true);
    }

    [Fact]
    public async Task A_registration_that_came_while_the_clock_was_ahead_is_accepted_with_its_number_all_the_same()
    {
        var clock = new WrongClock { Ahead = TimeSpan.FromHours(2) };
        await using var world = await World2.StartAsync(services: services =>
            services.AddSingleton<TimeProvider>(clock)
        );
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        clock.Ahead = TimeSpan.Zero;
        world.Sandbox.NationalIdSystem.Births.Clear();
        await world.ConfirmedAsync(birth);
        await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
        await world.DeliveredAsync(birth);
    }
}
