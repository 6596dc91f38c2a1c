using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;

namespace NationalId.Tests.Osia;

[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaLifeTests
{
    [Fact]
    public async Task A_child_gets_one_number_the_registry_reads_it_from_us_and_its_death_ends_it_there()
    {
        await using var world = await OsiaWorld.StartAsync();
        var record = world.Birth();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(record);
        await world.Sandbox.OpenCrvs.ResendAsync(birth);
        var row = await world.DeliveredAsync(birth);

        // 1. One number, on the record without quotes, and in the ledger as a hash alone.
        var uin = Assert.Single(world.Osia().Uins.Drawn);
        Assert.Equal(uin, await world.NumberedAsync(birth));
        Assert.DoesNotContain(uin, row.History);

        // 2. What was published, and nothing else in it.
        Assert.Equal(
            $$"""{"source":"OpenCRVS","uin":"{{uin}}","uin1":"{{OsiaWorld.MothersNumber}}"}""",
            Assert.Single(world.Published("liveBirth"))
        );

        // 3. The registry has read the child, the mother too.
        var child = world.Osia().Registry.Find(uin)!.Attributes!;
        Assert.Equal("Zoë Łucja", child["firstName"]);
        Assert.Equal("Ωmega", child["lastName"]);
        Assert.Equal("2026-03-04", child["dateOfBirth"]);
        Assert.Equal("2", child["gender"]);
        Assert.Equal(OsiaWorld.MothersNumber, child["parent1UIN"]);
        Assert.Empty(world.Osia().Orchestrator.Problems);
        await world.SweptAsync(row, one => one.IsDone("registered"));

        // 4. The death.
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(OsiaWorld.DeathOf(record, uin));
        row = await world.DeliveredAsync(death);
        Assert.Equal("linked", row.Link);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        Assert.Equal($$"""{"source":"OpenCRVS","uin":"{{uin}}"}""", Assert.Single(world.Published("death")));
        Assert.Equal("DEAD", world.Osia().Registry.Find(uin)!.PhysicalStatus);
        Assert.Empty(world.Osia().Orchestrator.Problems);

        // 5. Nobody is named where others may read.
        Assert.DoesNotContain(world.Logs.Lines, line => line.Contains(uin, StringComparison.Ordinal));
        Assert.DoesNotContain(world.Logs.Lines, line => line.Contains("Ωmega", StringComparison.Ordinal));
        Assert.DoesNotContain(
            world.Logs.Lines,
            line => line.Contains(OsiaWorld.MothersNumber, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_number_that_the_record_brings_along_is_kept_and_a_bare_one_is_taken()
    {
        await using var world = await OsiaWorld.StartAsync();
        world.Osia().Uins.Bare = true;
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        await world.DeliveredAsync(birth);
        Assert.Equal(Assert.Single(world.Osia().Uins.Drawn), await world.NumberedAsync(birth));

        // The same number for another child: nothing is told, and sent again it draws again.
        world.Osia().Uins.Next = world.Osia().Uins.Drawn.First();
        var other = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth("Ada"));
        var row = await world.EventAsync(other.RegistrationNumber, EventKinds.Birth, EventState.Flagged);
        Assert.Contains("another birth's", row.Reason);
        Assert.Single(world.Published("liveBirth"));
        await world.ReplayAsync(row);
        await world.DeliveredAsync(other);
        Assert.NotEqual(await world.NumberedAsync(birth), await world.NumberedAsync(other));
    }

    [Fact]
    public async Task Persons_are_written_directly_where_that_is_granted_and_what_is_there_is_done()
    {
        await using var world = await OsiaWorld.StartAsync(sandbox: settings => settings.OsiaWrites = true);
        world.Osia().Orchestrator.Loses = int.MaxValue;
        world.Sandbox.Faults["osia-write"].Set(Fault.DownAfter, 6);
        var record = world.Birth();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(record);
        var row = await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);
        var person = world.Osia().Registry.Find(uin)!;
        Assert.Equal("VALID", Assert.Single(person.Identities).Value.Status);
        Assert.Equal("Zoë Łucja", person.Attributes!["firstName"]);
        await world.SweptAsync(row, one => one.IsDone("registered"));

        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendDeathAsync(OsiaWorld.DeathOf(record, uin)));
        Assert.Equal("DEAD", person.PhysicalStatus);
        Assert.Single(world.Published("death"));
    }

    [Fact]
    public async Task In_OpenCRVS_2_a_registration_is_accepted_with_its_number()
    {
        await using var world = await World2.StartAsync(sandbox: settings => settings.SpeaksOsia = true);
        var birth = await world.RegisterAsync();
        var registered = await world.ConfirmedAsync(birth);
        await world.DeliveredAsync(birth);
        var uin = Assert.Single(world.Sandbox.Osia.Uins.Drawn);
        await world.WrittenAsync(birth, "child.nid", uin);
        Assert.DoesNotContain(registered.Actions, action => action.Type == "REQUEST_CORRECTION");
        Assert.NotNull(world.Sandbox.Osia.Registry.Find(uin));
        Assert.Empty(world.Sandbox.Osia.Orchestrator.Problems);
    }
}
