using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;
using NationalId.Tests.Mosip.Packets;
using NationalId.Tests.Mosip.WebSub;

namespace NationalId.Tests.EndToEnd.Corrections;

/// <summary>Registered records that a registrar corrects.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class CorrectionTests
{
    private static JsonObject Renamed(string surname) =>
        new() { ["child.name"] = new JsonObject { ["surname"] = surname } };

    [Theory]
    [InlineData(OpenCrvsVersion.V19)]
    [InlineData(OpenCrvsVersion.V20)]
    [InlineData(OpenCrvsVersion.V21)]
    public async Task Any_system_gets_the_document_as_it_is_after_the_registration(OpenCrvsVersion version)
    {
        await using var world = await World2.StartAsync(
            version,
            sandbox => sandbox.Events.ForwardsChanges = true,
            client => client["NationalId:OpenCrvs:ConfirmWhen"] = "Stored"
        );
        var system = world.Sandbox.NationalIdSystem;
        system.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        await world.Events.CorrectAsync(birth.EventId, Renamed("Corrected"));
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        var row = await world.Inner.EventAsync(number, EventKinds.BirthCorrected, EventState.Waiting);
        Assert.Contains("not delivered yet", row.Reason);

        // The registration, then its correction; the number that comes back is a correction of our own.
        system.Births.Clear();
        await world.Inner.EventAsync(number, EventKinds.BirthCorrected, EventState.Delivered);
        await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
        Assert.Equal([null, "correct"], system.Received.Select(notice => notice.Action));
        Assert.Equal(
            world.Events.Triggers.First(one => one is { Action: "APPROVE_CORRECTION" }).Body,
            system.Received.Last().Payload
        );
        Assert.All(
            world.Events.Triggers.Where(one => one.Action == "APPROVE_CORRECTION"),
            one => Assert.Equal(200, one.ClientStatus)
        );
        Assert.Equal("Corrected", (string?)world.Events.State(birth.EventId).Declaration["child.name"]!["surname"]);
        Assert.Empty(system.Refused);
    }

    [Fact]
    public async Task MOSIP_gets_a_packet_of_what_it_has_under_the_person_s_number()
    {
        await using var world = await PacketsAsync("CRVS_UPDATE");
        var (birth, number) = await BornAsync(world);
        await world.Events.CorrectAsync(birth.EventId, Renamed("Corrected"));
        await world.Inner.EventAsync(number, EventKinds.BirthCorrected, EventState.Delivered);
        var packet = Assert.Single(world.Inner.Packets().Stored, one => one.Process == "CRVS_UPDATE");
        Assert.Contains("Corrected", packet.Fields["fullName"]);
        Assert.Equal(world.Sandbox.Mosip.FindByBirth(number)!.Uin, packet.Fields["UIN"]);
        await Eventually.TrueAsync(
            () => Task.FromResult(packet.Status == "PROCESSED"),
            instead: () => packet.Why ?? packet.Status
        );

        // What MOSIP does not have is none of its matters.
        await world.Events.CorrectAsync(birth.EventId, new JsonObject { ["informant.relation"] = "FATHER" });
        await Eventually.TrueAsync(async () =>
            (await RowsAsync(world.Inner, number, EventKinds.BirthCorrected)).Any(row =>
                row.Reason?.Contains("Nothing that MOSIP has", StringComparison.Ordinal) == true
            )
        );
        Assert.Single(world.Inner.Packets().Stored, one => one.Process == "CRVS_UPDATE");
    }

    [Fact]
    public async Task A_MOSIP_without_a_process_for_it_is_told_nothing_and_the_registrar_is_not_held()
    {
        await using var world = await PacketsAsync("");
        var (birth, number) = await BornAsync(world);
        await world.Events.CorrectAsync(birth.EventId, Renamed("Corrected"));
        Assert.Equal("Corrected", (string?)world.Events.State(birth.EventId).Declaration["child.name"]!["surname"]);
        Assert.Empty(await RowsAsync(world.Inner, number, EventKinds.BirthCorrected));
    }

    [Fact]
    public async Task An_older_correction_that_comes_later_says_nothing_more()
    {
        await using var world = await World2.StartAsync(
            OpenCrvsVersion.V20,
            sandbox => sandbox.Events.ForwardsChanges = true
        );
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
        await world.DeliveredAsync(birth);
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        await world.Inner.Registrations.ChangeAsync(
            RegistrationKind.Birth,
            number,
            row => row.CorrectedAt = DateTimeOffset.UtcNow.AddMinutes(5),
            default
        );
        await world.Events.CorrectAsync(birth.EventId, Renamed("Older"));
        var row = await world.Inner.EventAsync(number, EventKinds.BirthCorrected, EventState.Delivered);
        Assert.Contains("Something newer", row.Reason);
        Assert.DoesNotContain(world.Sandbox.NationalIdSystem.Received, notice => notice.Action == "correct");
    }

    private static async Task<IReadOnlyList<EventRow>> RowsAsync(World world, string number, string topic)
    {
        List<EventRow> rows = [];
        foreach (var key in await world.Ledger.FindAsync(number, default))
        {
            if (await world.Ledger.GetAsync(key, default) is { } row && row.Topic == topic)
            {
                rows.Add(row);
            }
        }

        return rows;
    }

    private static async Task<(RegistrarAnswer Birth, string Number)> BornAsync(World2 world)
    {
        var birth = await world.RegisterAsync();
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        await Eventually.TrueAsync(() => world.Inner.Packets().OfNumber(number).Any(one => one.Status == "PROCESSED"));
        await world.Sandbox.IssueCredentialAsync(number);
        await world.ConfirmedAsync(birth);
        await world.WrittenAsync(birth, "child.nid", world.Sandbox.Mosip.FindByBirth(number)!.Uin);
        return (birth, number);
    }

    private static async Task<World2> PacketsAsync(string process)
    {
        var world = await World2.StartAsync(
            OpenCrvsVersion.V20,
            sandbox =>
            {
                sandbox.ClientName = "MOSIP";
                sandbox.MosipTakesPackets = true;
                sandbox.HasHub = true;
                sandbox.Events.ForwardsChanges = true;
            },
            settings =>
            {
                settings[PacketWorld.Section + "CorrectionProcess"] = process;
                settings["NationalId:Mosip:WebSub:CallbackUrl"] = "http://127.0.0.1:9/api/websub/callback";
                settings["NationalId:OpenCrvs:ConfirmPatience"] = "01:00:00";
                settings.Remove("NationalId:OpenCrvs:BirthNumberField");
            }
        );
        world.Inner.Packets().Manager.AddedProcesses = ["CRVS_UPDATE"];
        world.Inner.PointHubHere();
        await world.Inner.SubscribedAsync();
        return world;
    }
}
