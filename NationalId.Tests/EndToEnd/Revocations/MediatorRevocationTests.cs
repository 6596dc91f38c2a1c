using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Operations;
using NationalId.Core.Registry;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.EndToEnd.Revocations;

/// <summary>Registrations that were wrong, where MOSIP's mediator knows no way to say so.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class MediatorRevocationTests
{
    [Fact]
    public async Task A_human_tells_MOSIP_and_the_birth_s_record_is_told_that_nobody_died()
    {
        await using var world = await World.StartAsync();
        var (birth, person) = await DeathTests.LifeAsync(world);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathTests.DeathOf(person.Uin));
        await world.DeliveredAsync(death);
        var record = world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!;
        var deceased = world.Sandbox.OpenCrvs.Find(death.RegistrationNumber)!.PatientId;
        Assert.Equal(deceased, record.Fields["DECEASED_PATIENT_ENTRY"]);

        // 1. The link is undone, and what is to be done in MOSIP is said.
        var revoked = new Revocation(death.RegistrationNumber, "death", "revoke");
        var row = await world.TellAsync(revoked, EventState.Flagged);
        Assert.Contains("must be active, and no death noted", row.Reason);
        Assert.Equal("", record.Fields["DECEASED_PATIENT_ENTRY"]);
        var linked = await world.Registrations.GetAsync(RegistrationKind.Birth, birth.RegistrationNumber, default);
        Assert.Null(linked!.DeceasedAt);
        Assert.Equal((1, 0), await FlaggedAsync());

        // 2. It is redone, and the older order is not left to be followed.
        var reinstated = new Revocation(death.RegistrationNumber, "death", "reinstate");
        row = await world.TellAsync(reinstated, EventState.Flagged);
        Assert.Contains("must be deactivated, and the death noted", row.Reason);
        Assert.Equal(deceased, record.Fields["DECEASED_PATIENT_ENTRY"]);
        row = await world.ToldAsync(revoked, EventState.Delivered);
        Assert.Contains("Something newer", row.Reason);
        linked = await world.Registrations.GetAsync(RegistrationKind.Birth, birth.RegistrationNumber, default);
        Assert.NotNull(linked!.DeceasedAt);
        Assert.Equal((0, 1), await FlaggedAsync());

        // 3. Done by hand: nothing is left to be alerted of.
        row = await world.ToldAsync(reinstated, EventState.Flagged);
        var orders = world.Host.Services.GetRequiredService<EventOrders>();
        Assert.True(await orders.CloseAsync(row, EventClosings.Acknowledged, "MOSIP was told", "ada", default));
        Assert.Equal((0, 0), await FlaggedAsync());

        // What the alert events-flagged looks at.
        async Task<(double Revoked, double Reinstated)> FlaggedAsync() =>
            (await FlaggedOfAsync(EventKinds.DeathRevoked), await FlaggedOfAsync(EventKinds.DeathReinstated));

        async Task<double> FlaggedOfAsync(string topic) =>
            await world.CountedAsync("nationalid.events.waiting", ("state", "flagged"), ("topic", topic)) ?? 0;
    }

    [Fact]
    public async Task Of_two_deaths_of_one_person_one_revoked_leaves_the_other()
    {
        await using var world = await World.StartAsync();
        var (birth, person) = await DeathTests.LifeAsync(world);
        var first = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathTests.DeathOf(person.Uin));
        await world.DeliveredAsync(first);
        person.Active = true;
        var second = await world.Sandbox.OpenCrvs.SendDeathAsync(
            DeathTests.DeathOf(person.Uin) with
            {
                TrackingId = "DAAAAA9",
                CompositionId = Guid.NewGuid().ToString(),
            }
        );
        await world.DeliveredAsync(second);
        var row = await world.TellAsync(
            new Revocation(second.RegistrationNumber, "death", "revoke"),
            EventState.Flagged
        );
        Assert.Contains("must be deactivated, and the death noted", row.Reason);
        Assert.NotEqual("", world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Fields["DECEASED_PATIENT_ENTRY"]);
    }
}
