using System.Text.Json;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Mosip.Packets;

[Trait(Tier.Name, Tier.Whole)]
public sealed class PacketBirthTests
{
    [Fact]
    public async Task A_birth_becomes_one_packet_that_MOSIP_processes()
    {
        await using var world = await PacketWorld.StartAsync(settings =>
            settings[PacketWorld.Section + "SaveRegistrationId"] = "true"
        );
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync(
            new BirthRecord { GivenNames = ["Zoë", "Łukasz"], FamilyName = "Ωmega 🐣" }
        );
        var row = await world.DeliveredAsync(sent);

        var packet = Assert.Single(world.Packets().OfNumber(sent.RegistrationNumber));
        Assert.Equal("PROCESSED", packet.Status);
        Assert.Equal(1, packet.Writes);
        Assert.Empty(packet.Vanished);
        Assert.Empty(world.Packets().Manager.Swallowed);
        Assert.Equal(packet.Id, Assert.Single(world.Packets().Drawn));
        Assert.Equal(packet.Id, world.Sandbox.OpenCrvs.Find(sent.RegistrationNumber)!.Aid);
        var name = JsonSerializer.Deserialize<JsonElement>(packet.Fields["fullName"])[0];
        Assert.Equal("eng", name.GetProperty("language").GetString());
        Assert.Equal("Zoë Łukasz Ωmega 🐣", name.GetProperty("value").GetString());
        Assert.Contains("Ωmega", packet.Fields["fullName"]);
        Assert.Equal("0.5", packet.Fields["IDSchemaVersion"]);
        Assert.Matches(@"^\d{4}/\d\d/\d\d$", packet.Fields["dateOfBirth"]);
        Assert.Equal(packet.Id, world.Sandbox.Mosip.FindByBirth(sent.RegistrationNumber)!.Aid);

        row = await world.SweptAsync(row, one => one.Steps.ContainsKey("processed"));
        Assert.Equal(EventState.Delivered, row.Current);
        var asked = world.Packets().Workflow.Status.Calls;
        await world.SweepAsync();
        Assert.Equal(asked, world.Packets().Workflow.Status.Calls);
    }

    [Fact]
    public async Task The_same_event_three_times_is_one_registration_id_and_one_packet()
    {
        await using var world = await PacketWorld.StartAsync();
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await Task.WhenAll(world.Sandbox.OpenCrvs.ResendAsync(sent), world.Sandbox.OpenCrvs.ResendAsync(sent));
        await world.DeliveredAsync(sent);
        await Eventually.TrueAsync(async () => await world.WaitingAsync(EventKinds.BirthQueue) == 0);
        Assert.Equal(1, Assert.Single(world.Packets().Stored).Writes);
        Assert.Single(world.Packets().Drawn);
    }

    [Fact]
    public async Task A_token_that_MOSIP_forgot_is_drawn_anew()
    {
        await using var world = await PacketWorld.StartAsync();
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());
        Assert.Equal(1, world.Packets().Auth.Calls);
        world.Packets().ForgetTokens();
        var row = await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());
        Assert.Equal(1, row.Attempt);
        Assert.Equal(2, world.Packets().Auth.Calls);
    }

    [Theory]
    [InlineData(-6, true)]
    [InlineData(-5, false)]
    public async Task A_child_past_infancy_is_flagged_before_anything_is_sent(int years, bool flagged)
    {
        await using var world = await PacketWorld.StartAsync();
        var born = DateTime.UtcNow.AddYears(years).AddDays(-1).ToString("yyyy-MM-dd");
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { BirthDate = born });
        if (!flagged)
        {
            await world.DeliveredAsync(sent);
            Assert.Equal("PROCESSED", Assert.Single(world.Packets().Stored).Status);
            return;
        }

        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Flagged);
        Assert.Contains("up to 5 years", row.Reason);
        Assert.Empty(world.Packets().Stored);
        Assert.Empty(world.Packets().Drawn);
    }

    [Fact]
    public async Task What_MOSIP_needs_and_the_record_lacks_is_named_and_nothing_is_sent()
    {
        await using var world = await PacketWorld.StartAsync(settings =>
            settings[PacketWorld.Section + "BirthFields"] = settings[PacketWorld.Section + "BirthFields"]!.Replace(
                "zone='Farajaland'",
                "zone=father.district|mother.state"
            )
        );
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Flagged);
        Assert.Contains("gives no zone", row.Reason);
        Assert.Empty(world.Packets().Stored);
    }

    [Fact]
    public async Task A_source_that_MOSIP_has_no_provider_for_is_waited_for_and_named()
    {
        await using var world = await PacketWorld.StartAsync(settings =>
            settings[PacketWorld.Section + "Source"] = "OPENCRVS"
        );
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        Assert.Contains("no provider for source OPENCRVS and process CRVS_NEW", row.Reason);
        await world.Host.DisposeAsync();

        // An operator mends the settings: the same registration id goes.
        world.Set(PacketWorld.Section + "Source", "CRVS1");
        await world.StartHostAsync();
        await world.DeliveredAsync(sent, sweep: true);
        Assert.Equal(Assert.Single(world.Packets().Drawn), Assert.Single(world.Packets().Stored).Id);
    }

    [Fact]
    public async Task Registration_ids_of_our_own_are_as_good()
    {
        await using var world = await PacketWorld.StartAsync(settings =>
            settings[PacketWorld.Section + "RegistrationIds"] = "Own"
        );
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(sent);
        Assert.Empty(world.Packets().Drawn);
        Assert.Equal("PROCESSED", Assert.Single(world.Packets().Stored).Status);
    }

    [Fact]
    public async Task What_MOSIP_rejects_is_flagged_and_goes_again_under_another_id_when_an_operator_says_so()
    {
        await using var world = await PacketWorld.StartAsync();
        world.Packets().Workflow.RejectNext = 1;
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.DeliveredAsync(sent);
        row = await world.SweptAsync(row, one => one.Current == EventState.Flagged);
        Assert.Contains("REJECTED", row.Reason);
        Assert.Equal(1, await RefusedAsync());
        var first = Assert.Single(world.Packets().Stored);
        Assert.Equal([row.Key], await world.Ledger.FindAsync(first.Id, default));

        // A registrar's second notice is no operator's word.
        await world.Sandbox.OpenCrvs.ResendAsync(sent);
        await world.SweepAsync();
        Assert.Equal(EventState.Flagged, (await world.Ledger.GetAsync(row.Key, default))!.Current);
        Assert.Single(world.Packets().Stored);

        await world.ReplayAsync(row);
        row = await world.DeliveredAsync(sent);
        var second = Assert.Single(world.Packets().Stored, packet => packet.Id != first.Id);
        Assert.Equal("PROCESSED", second.Status);
        Assert.Equal(2, world.Packets().Drawn.Count);
        Assert.Equal(1, first.Writes);
        Assert.Equal(
            second.Id,
            (await world.Registrations.GetAsync(RegistrationKind.Birth, sent.RegistrationNumber, default))!.Aid
        );
        Assert.Equal([row.Key], await world.Ledger.FindAsync(second.Id, default));
        await world.SweptAsync(row, one => one.Steps.ContainsKey("processed"));
        Assert.Equal(0, await RefusedAsync());

        // What the alert packets-refused looks at: it stays until the cause is gone.
        async Task<double> RefusedAsync() =>
            await world.CountedAsync("nationalid.events.waiting", ("state", "flagged"), ("at", "refused")) ?? 0;
    }

    [Fact]
    public async Task Without_the_role_to_ask_nothing_is_lost_and_it_is_asked_again()
    {
        await using var world = await PacketWorld.StartAsync();
        world.Packets().MissingRoles["REGISTRATION_OFFICER"] = true;
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.DeliveredAsync(sent);
        await Eventually.TrueAsync(async () =>
        {
            await world.SweepAsync();
            return world.Packets().Workflow.Status.Calls > 1;
        });
        Assert.Contains(world.Logs.Lines, line => line.Contains("can't be asked", StringComparison.Ordinal));
        Assert.Equal(EventState.Delivered, (await world.Ledger.GetAsync(row.Key, default))!.Current);

        world.Packets().MissingRoles.Clear();
        await world.SweptAsync(row, one => one.Steps.ContainsKey("processed"));
    }
}
