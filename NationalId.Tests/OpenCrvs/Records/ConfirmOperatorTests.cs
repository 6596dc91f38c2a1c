using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Sandbox;

namespace NationalId.Tests.OpenCrvs.Records;

/// <summary>What an operator, another client or OpenCRVS itself did meanwhile costs no registration.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ConfirmOperatorTests
{
    [Fact]
    public async Task An_operator_rejects_with_a_reason_and_registering_again_has_the_same_number()
    {
        await using var world = await ConfirmWorld.StartAsync(numbers: NumberAnswer.Never, patience: "01:00:00");
        var birth = await world.RegisterAsync();
        var (_, list) = await world.OperatorAsync(HttpMethod.Get, "");
        var key = (string)list!.AsArray()[0]!["key"]!;
        Assert.Equal(400, (await world.OperatorAsync(HttpMethod.Post, $"/{key}/reject")).Status);
        Assert.Equal(
            204,
            (await world.OperatorAsync(HttpMethod.Post, $"/{key}/reject", new { reason = "Scan it anew." })).Status
        );
        Assert.Contains("register:rejected", world.Events.State(birth.EventId).Flags);
        Assert.Equal(409, (await world.OperatorAsync(HttpMethod.Post, $"/{key}/confirm")).Status);
        Assert.Equal("Scan it anew.", (await world.Table.GetAsync(key, default))!.Reason);

        Assert.Equal(200, (await world.Events.PressAgainAsync(birth.EventId)).Status);
        var (_, again) = await world.OperatorAsync(HttpMethod.Get, "");
        key = (string)again!.AsArray()[0]!["key"]!;
        Assert.Equal(202, (await world.OperatorAsync(HttpMethod.Post, $"/{key}/confirm")).Status);
        await world.ConfirmedAsync(birth);
    }

    [Fact]
    public async Task A_registration_whose_trigger_was_not_stored_is_rejected_and_registering_again_delivers_it()
    {
        await using var world = await ConfirmWorld.StartAsync(
            runQueues: false,
            settings: ("Delivery:OrphanAfter", "00:00:00.001")
        );
        var birth = await world.RegisterAsync();
        world.World.Host.Services.GetRequiredService<ActionsOptions>().AnswerWithin = TimeSpan.FromSeconds(1);
        await world.ForgetEventAsync(await world.RowAsync());
        await Eventually.TrueAsync(async () =>
        {
            await world.World.SweepAsync();
            return world.Events.State(birth.EventId).Flags.Contains("register:rejected");
        });
        Assert.Empty(world.Record(birth).Registrations);
        Assert.Contains(world.World.Logs.Lines, line => line.Contains("was not stored", StringComparison.Ordinal));

        await using var other = await world.World.StartAnotherHostAsync();
        Assert.Equal(200, (await world.Events.PressAgainAsync(birth.EventId)).Status);
        await world.ConfirmedAsync(birth);
        Assert.Single(world.World.Sandbox.NationalIdSystem.Received);
    }

    [Fact]
    public async Task A_registration_whose_process_died_between_message_and_row_is_never_rejected()
    {
        await using var world = await ConfirmWorld.StartAsync(
            runQueues: false,
            settings: ("Delivery:OrphanAfter", "00:00:00.001")
        );
        var birth = await world.RegisterAsync();
        world.World.Host.Services.GetRequiredService<ActionsOptions>().AnswerWithin = TimeSpan.FromSeconds(1);
        await world.ForgetEventAsync(await world.RowAsync(), keepsPayload: true);
        // As if the sweep's part that adopts payloads had failed, or had looked just before.
        var confirmations = world.World.Host.Services.GetRequiredService<ConfirmChore>();
        await Eventually.TrueAsync(async () =>
        {
            await confirmations.RunAsync(default);
            return world.World.Logs.Lines.Any(line => line.Contains("no row yet", StringComparison.Ordinal));
        });
        Assert.DoesNotContain("register:rejected", world.Events.State(birth.EventId).Flags);

        await using var other = await world.World.StartAnotherHostAsync();
        await world.ConfirmedAsync(birth, sweep: true);
        Assert.Single(world.World.Sandbox.NationalIdSystem.Received);
    }

    [Fact]
    public async Task A_registration_that_is_rejected_is_not_accepted_by_a_message_that_is_under_way()
    {
        await using var world = await ConfirmWorld.StartAsync(when: "Stored", runQueues: false);
        var birth = await world.RegisterAsync();
        var row = await world.RowAsync();
        Assert.Equal(
            204,
            (await world.OperatorAsync(HttpMethod.Post, $"/{row.EventKey}/reject", new { reason = "Twice." })).Status
        );
        await using var other = await world.World.StartAnotherHostAsync();
        await world.DoneAsync();
        Assert.Empty(world.Record(birth).Registrations);
    }

    [Fact]
    public async Task A_field_that_the_form_lacks_is_never_sent()
    {
        await using var world = await ConfirmWorld.StartAsync(
            patience: "01:00:00",
            settings: ("OpenCrvs:BirthNumberField", "child.misspelt")
        );
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        await Eventually.TrueAsync(() => world.World.Logs.Lines.Any(line => line.Contains("has no field of the name")));
        Assert.True(await world.Events.ReindexAsync());
    }

    [Fact]
    public async Task An_acceptance_by_somebody_else_is_found_and_the_number_corrected_in()
    {
        await using var world = await ConfirmWorld.StartAsync(runQueues: false);
        var birth = await world.RegisterAsync();
        await world.AcceptElsewhereAsync(birth);
        world.Events.Unassign(birth.EventId);
        await world.World.Host.DisposeAsync();
        await world.World.StartHostAsync();
        await world.NumberedAsync(birth);
        await world.ConfirmedAsync(birth);
        Assert.Equal(1, world.Corrections(birth));
        await world.DoneAsync();
    }

    [Fact]
    public async Task An_acceptance_that_is_stored_and_answered_500_is_found_by_a_look_that_heals_searches()
    {
        await using var world = await ConfirmWorld.StartAsync(numbers: NumberAnswer.Never);
        var birth = await world.RegisterAsync();
        world.Events.Index.Set(Fault.Status503, times: 6);
        await world.ConfirmedAsync(birth);
        Assert.True(world.Events.Index.Failed > 0);
        await world.DoneAsync();
    }

    [Fact]
    public async Task Neither_token_nor_number_is_in_a_log()
    {
        await using var world = await ConfirmWorld.StartAsync();
        var birth = await world.RegisterAsync();
        await world.NumberedAsync(birth);
        await world.DoneAsync();
        var token = world.Events.Triggers.Last(one => one.EventId == birth.EventId && one.Action == "REGISTER").Token;
        Assert.DoesNotContain(
            world.World.Logs.Lines,
            line => line.Contains(token) || line.Contains(world.GivenTo(birth)!)
        );
    }
}
