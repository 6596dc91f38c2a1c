using NationalId.Core.Ledger;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Osia;

/// <summary>Registrations that were wrong, and a registry that reads from us.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaRevocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_registry_is_told_to_look_and_reads_what_the_table_says(bool writes)
    {
        await using var world = await OsiaWorld.StartAsync(sandbox: settings => settings.OsiaWrites = writes);
        var record = world.Birth();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(record);
        await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);
        await Eventually.TrueAsync(() => world.Osia().Registry.Find(uin) is not null);
        var person = world.Osia().Registry.Find(uin)!;
        await world.GoThroughTableAsync(
            birth,
            async () =>
            {
                var death = await world.Sandbox.OpenCrvs.SendDeathAsync(OsiaWorld.DeathOf(record, uin));
                await world.DeliveredAsync(death);
                return death;
            },
            async (step, inUse) =>
            {
                Assert.True(
                    inUse == (person is { Status: "ACTIVE", PhysicalStatus: "ALIVE" }),
                    $"After {step} the person is {person.Status} and {person.PhysicalStatus}."
                );
                var isRevoked = step is "birth revoked" or "both revoked";
                Assert.Equal(
                    isRevoked ? 404 : 200,
                    (await world.Osia().Orchestrator.AskAsync($"persons/{uin}?attributeNames=uin")).Status
                );
            }
        );
        Assert.Equal(
            [
                "liveBirth",
                "birthCancellation",
                "updatePerson",
                "death",
                "updatePerson",
                "death",
                "birthCancellation",
                "updatePerson",
            ],
            world.Osia().Engine.Published.Select(one => one.Subject)
        );
        Assert.Empty(world.Osia().Orchestrator.Problems);
    }

    [Fact]
    public async Task A_country_s_own_event_goes_before_and_what_can_t_be_read_any_more_is_for_a_human()
    {
        await using var world = await OsiaWorld.StartAsync(settings =>
            settings[OsiaWorld.Section + "DeathRevokedEvent"] = "deathCancellation"
        );
        var record = world.Birth();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(record);
        await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(OsiaWorld.DeathOf(record, uin));
        var row = await world.DeliveredAsync(death);
        await world.TellDeathAsync(death, "revoke");
        Assert.Equal(
            ["deathCancellation", "updatePerson"],
            world.Osia().Engine.Published.TakeLast(2).Select(one => one.Subject)
        );

        row = (await world.Ledger.GetAsync(row.Key, default))!;
        row.Blob = null;
        await world.Ledger.SaveAsync(row, default);
        var again = new Revocation(death.RegistrationNumber, "death", "reinstate") { NationalId = uin };
        row = await world.TellAsync(again, EventState.Flagged);
        Assert.Contains("tell it by hand", row.Reason);
        Assert.Equal("ALIVE", world.Osia().Registry.Find(uin)!.PhysicalStatus);
    }
}
