using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Mosip.Packets;

[Trait(Tier.Name, Tier.Whole)]
public sealed class PacketDeathTests
{
    [Theory]
    [InlineData("packet")]
    [InlineData("packet+resident")]
    [InlineData("packet+idrepo")]
    [InlineData("packet+hotlist")]
    public async Task A_death_whom_IDA_recognises_becomes_a_packet_and_ends_the_number_as_the_country_chose(
        string onDeath
    )
    {
        await using var world = await WorldAsync(onDeath);
        var person = world.AddDeceased();
        var sent = await world.Sandbox.OpenCrvs.SendDeathAsync(PacketWorld.DeathOf(person.Uin));
        var row = await world.DeliveredAsync(sent);

        Assert.Equal("linked", row.Link);
        var packet = Assert.Single(world.Packets().Stored, packet => packet.Process == "CRVS_DEATH");
        Assert.Equal("PROCESSED", packet.Status);
        Assert.Equal(person.Uin, packet.Fields["UIN"]);
        Assert.Equal("Y", packet.Fields["declaredAsDeceased"]);
        Assert.Equal(packet.Id, person.DeathRegistrationNumber);
        Assert.Equal(onDeath is "packet" or "packet+hotlist", person.Active);
        Assert.Equal(onDeath == "packet+hotlist", world.Packets().Identities.Blocked.ContainsKey(person.Uin));
        Assert.Equal(onDeath == "packet+resident" ? 2 : 1, world.Packets().Stored.Count);
        Assert.All(world.Packets().Stored, one => Assert.Equal("PROCESSED", one.Status));
        Assert.Equal("ok", Assert.Single(world.Sandbox.Mosip.Authentications));
    }

    [Theory]
    [InlineData("packet+resident", "packet")]
    [InlineData("packet+resident", "workflow")]
    [InlineData("packet+idrepo", "identity")]
    [InlineData("packet+hotlist", "hotlist")]
    public async Task An_answer_that_is_lost_ends_the_number_once_all_the_same(string onDeath, string what)
    {
        await using var world = await WorldAsync(onDeath);
        var person = world.AddDeceased();
        world.Sandbox.Faults[what].Set(Fault.DownAfter, 4);
        var row = await world.DeliveredAsync(
            await world.Sandbox.OpenCrvs.SendDeathAsync(PacketWorld.DeathOf(person.Uin))
        );
        Assert.Equal("linked", row.Link);
        Assert.Equal(onDeath == "packet+hotlist", person.Active);
        Assert.All(world.Packets().Stored, packet => Assert.False(packet.WrittenAfterStart));
        Assert.All(world.Packets().Stored, packet => Assert.Equal("PROCESSED", packet.Status));
        Assert.Single(world.Sandbox.Mosip.Authentications);
    }

    [Fact]
    public async Task A_number_of_somebody_else_sends_nothing_and_is_flagged()
    {
        await using var world = await WorldAsync("packet+idrepo");
        var living = world.Sandbox.Mosip.AddPerson("Somebody Else", "female", "1990-01-01");
        await AssertFlaggedAsync(world, PacketWorld.DeathOf(living.Uin), "unlinked: IDA");
        Assert.True(living.Active);
    }

    [Fact]
    public async Task Without_a_number_a_name_or_a_whole_date_of_birth_nothing_is_sent()
    {
        await using var world = await WorldAsync("packet+hotlist");
        var person = world.AddDeceased();
        await AssertFlaggedAsync(world, PacketWorld.DeathOf(null), "no UIN or VID");
        await AssertFlaggedAsync(
            world,
            PacketWorld.DeathOf(person.Uin) with
            {
                Deceased = deceased => deceased.Remove("name"),
            },
            "not both a name"
        );
        await AssertFlaggedAsync(
            world,
            PacketWorld.DeathOf(person.Uin) with
            {
                BirthDate = "1957-03",
            },
            "not both a name"
        );
        Assert.Empty(world.Sandbox.Mosip.Authentications);
        Assert.Empty(world.Packets().Identities.Blocked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_VID_goes_only_where_this_MOSIP_takes_it(bool takes)
    {
        await using var world = await WorldAsync("packet", takes);
        var person = world.AddDeceased();
        if (takes)
        {
            await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendDeathAsync(PacketWorld.DeathOf(person.Vid)));
            Assert.Equal(person.Vid, Assert.Single(world.Packets().Stored).Fields["UIN"]);
        }
        else
        {
            await AssertFlaggedAsync(world, PacketWorld.DeathOf(person.Vid), "takes no VID");
        }
    }

    [Fact]
    public async Task A_death_waits_for_IDA_and_is_not_sent_meanwhile()
    {
        await using var world = await WorldAsync("packet+idrepo");
        var person = world.AddDeceased();
        world.Sandbox.Mosip.Authentication.Set(Fault.ErrorsArray);
        var sent = await world.Sandbox.OpenCrvs.SendDeathAsync(PacketWorld.DeathOf(person.Uin));
        await world.EventAsync(sent.RegistrationNumber, EventKinds.Death, EventState.Waiting);
        Assert.Empty(world.Packets().Stored);

        world.Sandbox.Mosip.Authentication.Clear();
        await world.DeliveredAsync(sent);
        Assert.False(person.Active);
    }

    private static Task<World> WorldAsync(string onDeath, bool takesVid = false) =>
        PacketWorld.StartAsync(settings =>
        {
            settings["NationalId:Mosip:OnDeath"] = onDeath;
            settings[PacketWorld.Section + "AcceptsVid"] = takesVid ? "true" : "false";
        });

    private static async Task AssertFlaggedAsync(World world, DeathRecord death, string reason)
    {
        var sent = await world.Sandbox.OpenCrvs.SendDeathAsync(death);
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Death, EventState.Flagged);
        Assert.Contains(reason, row.Reason);
        Assert.StartsWith("unlinked", row.Link);
        Assert.Empty(world.Packets().Stored);
    }
}
