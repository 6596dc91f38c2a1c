using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.EndToEnd.OpenCrvs2;

/// <summary>When a number comes to a registration of OpenCRVS 1.9 and later, and what waits for it.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class NumberTests
{
    [Theory]
    [InlineData(OpenCrvsVersion.V19)]
    [InlineData(OpenCrvsVersion.V20)]
    [InlineData(OpenCrvsVersion.V21)]
    public async Task A_registration_that_is_accepted_when_stored_gets_its_number_by_a_correction(
        OpenCrvsVersion version
    )
    {
        await using var world = await World2.StartAsync(
            version,
            // Our own corrections come back as triggers.
            sandbox => sandbox.Events.ForwardsAll = true,
            client => client["NationalId:OpenCrvs:ConfirmWhen"] = "Stored"
        );
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        Assert.Null(world.GivenTo(birth));

        world.Sandbox.NationalIdSystem.Births.Clear();
        var number = await world.GivenAsync(birth);
        await world.WrittenAsync(birth, "child.nid", number);
        await world.DeliveredAsync(birth);
        var ours = world
            .Events.Triggers.Where(one =>
                one.EventId == birth.EventId && one.Action.EndsWith("_CORRECTION", StringComparison.Ordinal)
            )
            .ToList();
        Assert.Equal(["REQUEST_CORRECTION", "APPROVE_CORRECTION"], ours.Select(one => one.Action));
        Assert.All(ours, one => Assert.Equal(200, one.ClientStatus));
        Assert.Single(world.Sandbox.NationalIdSystem.Received);
    }

    [Fact]
    public async Task A_number_that_comes_too_late_holds_no_registration_and_is_written_later()
    {
        await using var world = await World2.StartAsync(client: client =>
            client["NationalId:OpenCrvs:ConfirmPatience"] = "00:00:03"
        );
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Down);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        Assert.Null(world.GivenTo(birth));
        world.Sandbox.NationalIdSystem.Births.Clear();
        await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
        await world.DeliveredAsync(birth);
    }

    [Fact]
    public async Task OnlyNumbered_accepts_none_without_its_number()
    {
        await using var world = await World2.StartAsync(client: client =>
        {
            client["NationalId:OpenCrvs:ConfirmWhen"] = "OnlyNumbered";
            client["NationalId:OpenCrvs:ConfirmPatience"] = "00:00:02";
        });
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        // A death waits for nothing: nothing comes back for it.
        var death = await world.RegisterAsync(new RegistrationOrder { Type = "death" });
        await world.ConfirmedAsync(death);
        Assert.Empty(world.Events.Find(birth.EventId)!.Registrations);
        var waits = Assert.Single(await world.WaitingAsync());
        Assert.Equal(birth.EventId, (string?)waits["recordId"]);

        world.Sandbox.NationalIdSystem.Births.Clear();
        var registered = await world.ConfirmedAsync(birth);
        Assert.Equal(world.GivenTo(birth), (string?)registered.Registrations[0].Declaration["child.nid"]);
    }

    [Fact]
    public async Task A_number_by_call_back_comes_with_the_acceptance()
    {
        await using var world = await World2.StartAsync(
            sandbox: sandbox => sandbox.NumberAnswer = NumberAnswer.CallBack,
            client: client => client["NationalId:OpenCrvs:ConfirmWhen"] = "OnlyNumbered"
        );
        var birth = await world.RegisterAsync();
        var registered = await world.ConfirmedAsync(birth);
        Assert.Equal(world.GivenTo(birth), (string?)registered.Registrations[0].Declaration["child.nid"]);
    }

    [Fact]
    public async Task Without_a_forwarded_number_it_is_made_by_the_template()
    {
        await using var world = await World2.StartAsync(sandbox: sandbox => sandbox.Events.MakesNumber = false);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
    }

    [Fact]
    public async Task A_record_that_was_never_declared_is_read_as_well()
    {
        await using var world = await World2.StartAsync();
        var birth = await world.RegisterAsync(new RegistrationOrder { ByNotification = true });
        await world.ConfirmedAsync(birth);
        await world.DeliveredAsync(birth);
    }

    [Fact]
    public async Task Who_is_not_eligible_is_accepted_at_once_and_goes_nowhere()
    {
        await using var world = await World2.StartAsync(client: client =>
        {
            client["NationalId:OpenCrvs:ConfirmWhen"] = "OnlyNumbered";
            client["NationalId:OpenCrvs:EligibleIfVerified"] = "mother.verified";
        });
        var birth = await world.RegisterAsync(
            new RegistrationOrder { Declaration = new JsonObject { ["mother.verified"] = "failed" } }
        );
        var eligible = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        await world.ConfirmedAsync(eligible);
        Assert.Null(world.GivenTo(birth));
        Assert.Single(world.Sandbox.NationalIdSystem.Received);
        var row = await world.Inner.EventAsync(
            World2.NumberOf(world.Events.Find(birth.EventId)!),
            "BIRTH_REGISTERED",
            Enum.GetValues<EventState>()
        );
        Assert.Contains("not eligible", string.Join(' ', row.Changes), StringComparison.Ordinal);
    }
}
