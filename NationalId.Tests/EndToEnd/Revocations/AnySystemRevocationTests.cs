using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.EndToEnd.Revocations;

/// <summary>Registrations that were wrong, and any National ID system.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class AnySystemRevocationTests
{
    [Fact]
    public async Task The_system_hears_of_each_step_and_its_number_ends_as_the_table_says()
    {
        await using var world = await World.StartAsync(sandbox => sandbox.ClientName = "Freedonia");
        var system = world.Sandbox.NationalIdSystem;
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(birth);
        await Eventually.TrueAsync(() => system.FindByBirth(birth.RegistrationNumber) is not null);
        var number = system.FindByBirth(birth.RegistrationNumber)!;
        await world.GoThroughTableAsync(
            birth,
            async () =>
            {
                var death = await world.Sandbox.OpenCrvs.SendDeathAsync(new DeathRecord { NationalId = number.Number });
                await world.DeliveredAsync(death);
                return death;
            },
            (step, valid) =>
            {
                Assert.True(valid == number.Valid, step);
                return Task.CompletedTask;
            }
        );
        Assert.Equal(
            ["revoke", "reinstate", null, "revoke", "reinstate", "revoke", "revoke", "reinstate"],
            system.Received.Skip(1).Select(notice => notice.Action)
        );
        Assert.Empty(system.Refused);
    }

    [Fact]
    public async Task What_overtakes_its_registration_waits_and_of_several_the_newest_counts_however_they_come()
    {
        await using var world = await World.StartAsync(sandbox => sandbox.ClientName = "Freedonia");
        var system = world.Sandbox.NationalIdSystem;
        system.Births.Set(Fault.Status503);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var now = DateTimeOffset.UtcNow;
        var revoked = new Revocation(birth.RegistrationNumber, "birth", "revoke") { At = now.AddSeconds(-20) };
        var reinstated = revoked with { Id = "2", Action = "reinstate", At = now.AddSeconds(-10) };
        var row = await world.TellAsync(reinstated, EventState.Waiting);
        Assert.Contains("waits for its registration", row.Reason);

        system.Births.Clear();
        await world.ToldAsync(reinstated);
        row = await world.TellAsync(revoked);
        Assert.Contains("Something newer", row.Reason);
        Assert.Equal([null, "reinstate"], system.Received.Select(notice => notice.Action));
        Assert.True(system.FindByBirth(birth.RegistrationNumber)!.Valid);

        // Again under the same id: nothing is done, whether or not it says the same.
        Assert.Equal(202, await world.Sandbox.OpenCrvs.SendRevocationAsync(reinstated));
        Assert.Equal(409, await world.Sandbox.OpenCrvs.SendRevocationAsync(reinstated with { Action = "revoke" }));
        Assert.Equal(409, await world.Sandbox.OpenCrvs.SendRevocationAsync(reinstated with { At = now }));
        Assert.Equal(2, system.Received.Count);

        // A registration that nobody has told of may still come.
        row = await world.TellAsync(revoked with { Id = "3", RegistrationNumber = "2026BNOBODY" }, EventState.Waiting);
        Assert.Contains("not known yet", row.Reason);
    }

    [Fact]
    public async Task Whoever_has_not_the_secret_and_what_can_t_be_read_is_refused_with_a_reason()
    {
        await using var world = await World.StartAsync(sandbox => sandbox.ClientName = "Freedonia");
        using var refusals = new Refusals();
        var openCrvs = world.Sandbox.OpenCrvs;
        var good = new Revocation("2026B1", "birth", "revoke").Write(DateTimeOffset.UtcNow);
        Assert.Equal(401, await openCrvs.SendRevocationRawAsync(good, null));
        Assert.Equal(401, await openCrvs.SendRevocationRawAsync(good, openCrvs.Sign("other"u8)));
        Assert.True(refusals.Of("revocation-signature") > 0);
        foreach (
            var change in new Action<JsonObject>[]
            {
                body => body.Remove("id"),
                body => body["id"] = new string('x', 201),
                body => body["timestamp"] = "2026-11-25T02:46:01",
                body => body["timestamp"] = "yesterday",
                body => body["timestamp"] = "2126-11-25T02:46:01Z",
                body => body["registrationNumber"] = " ",
                body => body["kind"] = "marriage",
                body => body["action"] = "Revoke",
                body => body["reason"] = new string('x', 501),
            }
        )
        {
            var body = JsonNode.Parse(good)!.AsObject();
            change(body);
            var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
            Assert.Equal(400, await openCrvs.SendRevocationRawAsync(bytes, openCrvs.Sign(bytes)));
        }

        Assert.Equal(400, await openCrvs.SendRevocationRawAsync("[]"u8.ToArray(), openCrvs.Sign("[]"u8)));
        Assert.Equal(202, await openCrvs.SendRevocationRawAsync(good, openCrvs.Sign(good)));
    }

    [Theory]
    [InlineData(OpenCrvsVersion.V20)]
    [InlineData(OpenCrvsVersion.V21)]
    public async Task A_country_s_own_actions_of_OpenCRVS_2_revoke_and_reinstate(OpenCrvsVersion version)
    {
        await using var world = await World2.StartAsync(version, sandbox => sandbox.Events.ForwardsChanges = true);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        await world.GivenAsync(birth);
        await world.WrittenAsync(birth, "child.nid", world.GivenTo(birth)!);
        await world.DeliveredAsync(birth);
        var number = Assert.Single(world.Sandbox.NationalIdSystem.AssignedNumbers.Values);

        Assert.Equal(200, await world.Events.ActAsync(birth.EventId, "REVOKE_REGISTRATION"));
        await Eventually.TrueAsync(() => !number.Valid);
        Assert.Equal(200, await world.Events.ActAsync(birth.EventId, "REINSTATE_REVOKE_REGISTRATION"));
        await Eventually.TrueAsync(() => number.Valid);

        // Another action of the country's is none of ours.
        Assert.Equal(200, await world.Events.ActAsync(birth.EventId, "SHOW_TO_THE_MAYOR"));
        Assert.All(
            world.Events.Triggers.Where(one => one.Action == "CUSTOM"),
            one => Assert.Equal(200, one.ClientStatus)
        );
        Assert.Equal(
            [null, "revoke", "reinstate"],
            world.Sandbox.NationalIdSystem.Received.Select(notice => notice.Action)
        );
        var told = JsonNode.Parse(world.Sandbox.NationalIdSystem.Received.Last().Payload!)!;
        Assert.Equal(number.Number, (string?)told["nationalId"]);
        Assert.Empty(world.Events.State(birth.EventId).Blocking);
    }
}
