using System.Text;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Tests.Sandbox;

namespace NationalId.Tests.OpenCrvs.Records;

/// <summary>A number that comes when its registration is accepted is written by a correction.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ConfirmLateNumberTests
{
    [Theory]
    [InlineData(OpenCrvsVersion.V19)]
    [InlineData(OpenCrvsVersion.V20)]
    [InlineData(OpenCrvsVersion.V21)]
    public async Task A_number_that_comes_late_is_written_by_one_correction(OpenCrvsVersion version)
    {
        await using var world = await ConfirmWorld.StartAsync(version);
        world.World.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        var state = await world.ConfirmedAsync(birth);
        Assert.Null(state.Declaration["child.nid"]);

        world.Events.Unassign(birth.EventId);
        world.World.Sandbox.NationalIdSystem.Births.Clear();
        await world.NumberedAsync(birth);
        Assert.Equal(1, world.Corrections(birth));
        await world.DoneAsync();
        // What brought the number is done with, and does not go on asking.
        await world.World.EventAsync(world.NumberOf(birth), EventKinds.NationalId, EventState.Delivered);
    }

    [Fact]
    public async Task A_record_whose_trigger_was_cut_off_in_the_middle_gets_its_number_all_the_same()
    {
        await using var world = await ConfirmWorld.StartAsync(patience: "00:01:00");
        world.World.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();

        // As if the client had died when it had stored the payload alone; the country accepts by itself then.
        await world.ForgetConfirmationsAsync();
        await world.AcceptElsewhereAsync(birth);
        world.Events.Unassign(birth.EventId);
        world.World.Sandbox.NationalIdSystem.Births.Clear();
        await world.NumberedAsync(birth);
        Assert.Equal(1, world.Corrections(birth));
        await world.World.EventAsync(world.NumberOf(birth), EventKinds.NationalId, EventState.Delivered);
    }

    [Theory]
    [InlineData("REQUEST_CORRECTION")]
    [InlineData("APPROVE_CORRECTION")]
    public async Task A_correction_that_the_country_rejected_while_we_were_away_is_asked_for_again(string action)
    {
        await using var world = await ConfirmWorld.StartAsync(sandbox: one => one.Events.ForwardsAll = true);
        await using var country = await FakeClient.StartAsync();
        var system = world.World.Sandbox.NationalIdSystem;
        system.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        world.Events.Unassign(birth.EventId);

        // It can't pass the first two on, and says no.
        var asked = 0;
        country.Answer = (path, _) =>
            Task.FromResult(
                Results.StatusCode(
                    path.EndsWith(action, StringComparison.Ordinal) && Interlocked.Increment(ref asked) < 3 ? 400 : 200
                )
            );
        world.World.Sandbox.ClientUrl = country.Url;
        system.Births.Clear();
        await world.NumberedAsync(birth);
        Assert.Equal(1, world.Corrections(birth));
        Assert.Equal(3, asked);
        await world.World.EventAsync(world.NumberOf(birth), EventKinds.NationalId, EventState.Delivered);
    }

    [Theory]
    [InlineData("REQUEST_CORRECTION", "request")]
    [InlineData("APPROVE_CORRECTION", "approve")]
    public async Task A_country_that_accepts_our_corrections_later_has_them_written_and_one_that_rejects_is_seen(
        string action,
        string step
    )
    {
        await using var world = await ConfirmWorld.StartAsync(sandbox: one => one.Events.ForwardsAll = true);
        await using var country = await FakeClient.StartAsync();
        var system = world.World.Sandbox.NationalIdSystem;
        system.Births.Set(Fault.Status503);
        var (later, never) = (await world.RegisterAsync(), await world.RegisterAsync());
        foreach (var birth in new[] { later, never })
        {
            await world.ConfirmedAsync(birth);
            world.Events.Unassign(birth.EventId);
        }

        // 1. It answers 202 to the one record's and 400 to the other's.
        country.Answer = (path, body) =>
            Task.FromResult(
                Results.StatusCode(
                    !path.EndsWith(action, StringComparison.Ordinal) ? 200
                    : Encoding.UTF8.GetString(body).Contains(later.EventId, StringComparison.Ordinal) ? 202
                    : 400
                )
            );
        world.World.Sandbox.ClientUrl = country.Url;
        system.Births.Clear();
        var refused = await world.World.EventAsync(world.NumberOf(never), EventKinds.NationalId, EventState.Flagged);
        Assert.Contains("country configuration has rejected", refused.Reason);
        var waits = await world.World.EventAsync(world.NumberOf(later), EventKinds.NationalId, EventState.Waiting);
        Assert.Contains("correction", waits.Reason);

        // 2. It accepts in a transaction of its own.
        await Eventually.TrueAsync(() =>
            world.Events.Triggers.Any(one => one.EventId == later.EventId && one.Action == action)
        );
        await world.AcceptLaterAsync(later, action, $"correction.{step}");
        await world.World.EventAsync(world.NumberOf(later), EventKinds.NationalId, EventState.Delivered);
        Assert.Equal(world.GivenTo(later), (string?)world.Events.State(later.EventId).Declaration["child.nid"]);
        Assert.Null(world.Events.State(never.EventId).Declaration["child.nid"]);
    }
}
