using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Operations;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.EndToEnd;

/// <summary>Records that contradict what is known: the second is kept and flagged, the first stays as it is.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ContradictionTests
{
    [Fact]
    public async Task A_second_child_under_one_registration_number_is_flagged_and_the_first_keeps_its_AID()
    {
        await using var world = await World.StartAsync();
        var first = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(first);
        var before = await world.Registrations.GetAsync(RegistrationKind.Birth, first.RegistrationNumber, default);

        await world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { RegistrationNumber = first.RegistrationNumber });
        var flagged = await world.EventAsync(first.RegistrationNumber, EventKinds.Birth, EventState.Flagged);
        Assert.Equal("Another record has this registration number.", flagged.Reason);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(first.RegistrationNumber));
        var after = await world.Registrations.GetAsync(RegistrationKind.Birth, first.RegistrationNumber, default);
        Assert.Equal((before!.Aid, before.PatientId), (after!.Aid, after.PatientId));

        // What the alert events-flagged looks at, until an operator has settled it.
        Assert.Equal(1, await ConflictsAsync());
        var orders = world.Host.Services.GetRequiredService<EventOrders>();
        Assert.True(await orders.CloseAsync(flagged, EventClosings.Acknowledged, "a mistake", "ada", default));
        Assert.Equal(0, await ConflictsAsync());

        async Task<double> ConflictsAsync() =>
            await world.CountedAsync("nationalid.events.waiting", ("state", "flagged"), ("at", "conflict")) ?? 0;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_record_with_two_numbers_gets_one_AID_also_when_both_come_at_once(bool atOnce)
    {
        await using var world = await World.StartAsync(runQueues: !atOnce);
        var openCrvs = world.Sandbox.OpenCrvs;
        var record = new BirthRecord { RegistrationNumber = "2026B-ONE" };
        var one = await openCrvs.SendBirthAsync(record);
        if (!atOnce)
        {
            await world.DeliveredAsync(one);
        }

        var two = await openCrvs.SendBirthAsync(record with { RegistrationNumber = "2026B-TWO" });
        if (atOnce)
        {
            await world.Host.DisposeAsync();
            await world.StartHostAsync();
        }

        EventState[] done = [EventState.Delivered, EventState.Flagged];
        EventRow[] rows =
        [
            await world.EventAsync(one.RegistrationNumber, EventKinds.Birth, done),
            await world.EventAsync(two.RegistrationNumber, EventKinds.Birth, done),
        ];
        Assert.Single(rows, row => row.Current == EventState.Delivered);
        Assert.Equal(
            "The record has another registration number.",
            Assert.Single(rows, row => row.Current == EventState.Flagged).Reason
        );
        Assert.Single(world.Sandbox.Mosip.DrawnAids);
    }

    [Fact]
    public async Task A_second_child_is_flagged_also_while_MOSIP_gives_no_AIDs_and_the_first_gets_its_own_later()
    {
        await using var world = await World.StartAsync();
        world.Sandbox.Mosip.Aid.Set(Fault.Status503);
        var first = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.EventAsync(first.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        await world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { RegistrationNumber = first.RegistrationNumber });
        var flagged = await world.EventAsync(first.RegistrationNumber, EventKinds.Birth, EventState.Flagged);
        Assert.Equal("Another record has this registration number.", flagged.Reason);

        world.Sandbox.Mosip.Aid.Clear();
        await world.DeliveredAsync(first);
        Assert.Equal(first.CompositionId, Assert.Single(world.Sandbox.Mosip.Received).CompositionId);
    }

    [Fact]
    public async Task A_record_that_came_with_another_s_number_is_free_for_its_own_whatever_ended_its_first_attempt()
    {
        await using var world = await World.StartAsync();
        var row = await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());
        var records = world.Host.Services.GetRequiredService<RecordNumbers>();
        var claims = world.Host.Services.GetRequiredService<RecordClaims>();

        // Its first attempt noted the number, and was stopped before it knew more.
        row.CompositionId = Guid.NewGuid().ToString();
        row.Undo(EventSteps.Claimed);
        Assert.True(
            await records.TryNoteAsync(RegistrationKind.Birth, row.CompositionId, row.RegistrationNumber!, default)
        );
        await Assert.ThrowsAsync<ContradictionException>(() => claims.ClaimAsync(row, default));
        Assert.Null(await records.FindAsync(RegistrationKind.Birth, row.CompositionId, default));

        // What was noted for it since stays.
        Assert.True(await records.TryNoteAsync(RegistrationKind.Birth, row.CompositionId, "2026B-OWN", default));
        await records.ForgetAsync(RegistrationKind.Birth, row.CompositionId, row.RegistrationNumber!, default);
        Assert.Equal("2026B-OWN", await records.FindAsync(RegistrationKind.Birth, row.CompositionId, default));
    }

    [Fact]
    public async Task A_birth_s_number_its_record_and_its_AID_are_one_write()
    {
        await using var world = await World.StartAsync(runQueues: false);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Received);
        using var calls = new StorageCalls(world.StorageConnection);
        var text = JsonSerializer.Serialize(row.ToMessage(), JsonSerializerOptions.Web);
        await world
            .Host.Services.GetRequiredService<EventDelivery>()
            .DeliverAsync(EventKinds.BirthQueue, text, default);

        // Whether deliveries are paused, row, lease, payload, registration, row.
        Assert.Equal(6, calls.Take());
        await world.DeliveredAsync(sent);
    }

    [Fact]
    public async Task A_birth_that_brings_its_AID_along_keeps_it_and_another_one_is_a_contradiction()
    {
        await using var world = await World.StartAsync();
        var openCrvs = world.Sandbox.OpenCrvs;

        // MOSIP gave it out, to whoever printed it on the certificate.
        var given = await openCrvs.SendBirthAsync();
        await world.DeliveredAsync(given);
        var aid = openCrvs.Find(given.RegistrationNumber)!.Aid!;
        var again = With(given, given.RegistrationNumber, aid);
        Assert.Equal(202, (await openCrvs.SendRawAsync(again, openCrvs.Sign(again))).Status);

        // The ledger was lost, or another client was there before us.
        var brn = given.RegistrationNumber + "X";
        var record = Guid.NewGuid().ToString();
        var brought = With(given, brn, aid, record);
        Assert.Equal(202, (await openCrvs.SendRawAsync(brought, openCrvs.Sign(brought))).Status);
        await Eventually.TrueAsync(async () =>
            (await world.Registrations.GetAsync(RegistrationKind.Birth, brn, default))?.Aid is not null
        );
        var row = await world.Registrations.GetAsync(RegistrationKind.Birth, brn, default);
        Assert.Equal(aid, row!.Aid);
        Assert.Single(world.Sandbox.Mosip.DrawnAids);

        // The same birth with another AID, before MOSIP has taken it.
        world.Sandbox.Mosip.Birth.Set(Fault.Status503);
        var waiting = await openCrvs.SendBirthAsync();
        await world.EventAsync(waiting.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        var other = With(waiting, waiting.RegistrationNumber, "10000000000000000000000000099");
        Assert.Equal(202, (await openCrvs.SendRawAsync(other, openCrvs.Sign(other))).Status);
        var flagged = await world.EventAsync(waiting.RegistrationNumber, EventKinds.Birth, EventState.Flagged);
        Assert.Equal("The record has another application id than the ledger.", flagged.Reason);
        Assert.NotEqual("10000000000000000000000000099", openCrvs.Find(waiting.RegistrationNumber)!.Aid);
    }

    [Fact]
    public async Task A_mediator_that_refuses_every_death_while_it_takes_births_holds_no_death_up_for_long()
    {
        // Its mediator answers 500 to a DRN.
        var clock = new WrongClock();
        await using var world = await World.StartAsync(
            sandbox => sandbox.OpenCrvsVersion = OpenCrvsVersion.V12,
            settings => settings["NationalId:OpenCrvs:SaveDeathAid"] = "true",
            services: services => services.AddSingleton<TimeProvider>(clock)
        );
        var openCrvs = world.Sandbox.OpenCrvs;
        var deaths = new List<SentEvent>();
        for (var i = 0; i < 6; i++)
        {
            deaths.Add(await openCrvs.SendDeathAsync(DeathTests.DeathOf(null)));
        }

        await world.EventAsync(deaths[^1].RegistrationNumber, EventKinds.Death, EventState.Waiting);
        clock.Ahead = AidSaves.WatchedFor;
        await Eventually.TrueAsync(async () =>
        {
            await world.DeliveredAsync(await openCrvs.SendBirthAsync());
            return world.Logs.Lines.Any(line => line.Contains("refuses every death", StringComparison.Ordinal));
        });
        foreach (var death in deaths)
        {
            await world.DeliveredAsync(death);
        }

        Assert.Single(world.Logs.Lines, line => line.Contains("refuses every death", StringComparison.Ordinal));
    }

    private static byte[] With(SentEvent sent, string brn, string aid, string? record = null)
    {
        var text = Encoding.UTF8.GetString(sent.Body).Replace(sent.RegistrationNumber, brn, StringComparison.Ordinal);
        text = text.Replace(sent.CompositionId, record ?? sent.CompositionId, StringComparison.Ordinal);
        var body = JsonNode.Parse(text)!;
        var child = body["event"]!["context"]![0]!["entry"]!
            .AsArray()
            .Select(entry => entry!["resource"]!)
            .Single(resource => (string?)resource["id"] == sent.PatientId);
        child["identifier"]!.AsArray().Add(new JsonObject { ["type"] = "MOSIP_AID", ["value"] = aid });
        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }
}
