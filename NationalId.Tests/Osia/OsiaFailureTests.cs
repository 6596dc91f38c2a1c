using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;

namespace NationalId.Tests.Osia;

[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaFailureTests
{
    [Theory]
    [InlineData("osia-token", Fault.Status500)]
    [InlineData("osia-token", Fault.Html200)]
    [InlineData("osia-uin", Fault.DownAfter)]
    [InlineData("osia-uin", Fault.Html200)]
    [InlineData("osia-topics", Fault.NullResponse)]
    [InlineData("osia-publish", Fault.DownAfter)]
    [InlineData("osia-registry", Fault.Status503)]
    [InlineData("osia-registry", Fault.Html200)]
    public async Task Whatever_fails_is_repeated_until_the_registry_has_the_child_under_one_number(
        string what,
        Fault fault
    )
    {
        await using var world = await OsiaWorld.StartAsync();
        world.Sandbox.Faults[what].Set(fault, 4);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        Assert.Equal(202, Assert.Single(birth.Attempts).Status);
        var row = await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);
        Assert.Contains(uin, world.Osia().Uins.Drawn);
        Assert.All(world.Published("liveBirth"), message => Assert.Contains(uin, message));
        await world.SweptAsync(row, one => one.IsDone("registered"));
        Assert.Equal("Ωmega", world.Osia().Registry.Find(uin)!.Attributes!["lastName"]);
    }

    [Fact]
    public async Task What_is_refused_for_the_token_or_the_topic_goes_at_once_with_new_ones()
    {
        await using var world = await OsiaWorld.StartAsync();
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth()));
        world.Osia().Tokens.Forget();
        world.Osia().Engine.ForgetTopics();
        var row = await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth("Ada")));
        Assert.Equal(1, row.Attempt);
        Assert.Equal(2, world.Published("liveBirth").Count);
    }

    [Fact]
    public async Task A_birth_that_the_registry_lost_is_published_again_until_it_has_it()
    {
        await using var world = await OsiaWorld.StartAsync(settings =>
            settings[OsiaWorld.Section + "PublishAgainAfter"] = "00:00:00.500"
        );
        world.Osia().Orchestrator.Loses = 2;
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        var row = await world.DeliveredAsync(birth);
        await world.SweptAsync(row, one => one.IsDone("registered"));
        Assert.Equal(3, world.Published("liveBirth").Count);
        Assert.Single(world.Osia().Uins.Drawn);

        // From then on it is left alone.
        var asked = world.Osia().Registry.Data.Calls;
        await world.SweepAsync();
        Assert.Equal(asked, world.Osia().Registry.Data.Calls);
    }

    [Fact]
    public async Task A_scope_that_is_not_granted_is_waited_for_and_named()
    {
        await using var world = await OsiaWorld.StartAsync();
        world.Osia().Tokens.Withheld.Add("uin.generate");
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        var row = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        Assert.Equal("The OSIA system (uin) answered 403.", row.Reason);
        world.Osia().Tokens.Withheld.Clear();
        await world.DeliveredAsync(birth);
        Assert.Single(world.Osia().Uins.Drawn);
    }
}
