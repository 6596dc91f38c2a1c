using System.Text;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.Registry;
using NationalId.Sandbox.Mosip;
using NationalId.Tests.Mosip.Packets;

namespace NationalId.Tests.Mosip.WebSub;

/// <summary>What MOSIP's hub tells of packets.</summary>
public sealed class WorkflowTests
{
    [Theory]
    [InlineData("""{"instanceId":"1000120042","resultCode":"REJECTED","errorCode":"PACKET_REJECTED"}""", "REJECTED")]
    [InlineData("""{"event":{"data":{"instanceId":"1000120042","resultCode":"FAILED"}}}""", "FAILED")]
    [InlineData("""{"instanceId":"1000120042","resultCode":"PAUSED"}""", null)]
    [InlineData("""{"instanceId":"../1000120042","resultCode":"PROCESSED"}""", null)]
    [InlineData("""{"instanceId":1000120042,"resultCode":"PROCESSED"}""", null)]
    [InlineData("""{"instanceId":"1","instanceId":"2","resultCode":"PROCESSED"}""", null)]
    [InlineData("[1]", null)]
    [InlineData("not json", null)]
    public void Only_the_end_of_the_work_on_a_packet_is_one(string body, string? result)
    {
        var read = WorkflowMessage.Read(Encoding.UTF8.GetBytes(body));
        Assert.Equal(result, read?.Result);
        Assert.Equal(result is null ? null : "1000120042", read?.RegistrationId);
    }

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task A_packet_that_MOSIP_rejects_is_flagged_without_being_asked_for_and_others_are_forgotten()
    {
        await using var world = await HubWorld.StartAsync(
            settings =>
            {
                settings[PacketWorld.Section + "AskStatus"] = "false";
                settings["NationalId:Mosip:WebSub:WorkflowTopic"] = Hub.WorkflowTopic;
            },
            subscribe: false
        );
        await world.Hub().RunAsync(default);
        // The hub notes a subscriber when it has read our answer, a moment after we have given it.
        await Eventually.TrueAsync(async () =>
            await world.Hub().StatusAsync(default) == "healthy" && world.Sandbox.Hub.Subscribers.Count == 2
        );
        Assert.Equal(
            [Hub.WorkflowTopic, world.Sandbox.Hub.Topic],
            world.Sandbox.Hub.Subscribers.Select(one => one.Topic).Order()
        );

        world.Packets().Workflow.RejectNext = 1;
        var birth = await world.BirthAsync();
        var row = (await world.DeliveredAsync(birth, sweep: false))!;
        row = await world.SweptAsync(row, one => one.Current == EventState.Flagged);
        Assert.Contains("REJECTED", row.Reason);
        Assert.Equal(0, world.Packets().Workflow.Status.Calls);

        // Somebody else's packet, and one that is nobody's word.
        var others = await world.Sandbox.Hub.TellWorkflowAsync(
            """{"instanceId":"10001200420000120260625080000","resultCode":"REJECTED"}"""
        );
        Assert.Equal((200, 1), (others.Status, others.Tries));
        Assert.Contains("ignored", others.Body);
        var id = Assert.Single(world.Packets().Stored).Id;
        var forged = await world.Sandbox.Hub.TellWorkflowAsync(
            $$"""{"instanceId":"{{id}}","resultCode":"PROCESSED"}""",
            HubSigning.AnotherSecret
        );
        Assert.Contains("quarantined", forged.Body);

        await world.ReplayAsync(row);
        row = await world.SweptAsync(row, one => one.Steps.ContainsKey("processed"));
        Assert.Equal(EventState.Delivered, row.Current);
        Assert.Equal(2, world.Packets().Stored.Count);
        Assert.DoesNotContain(world.Logs.Lines, line => line.Contains(id, StringComparison.Ordinal));
    }

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task Where_the_hub_need_not_sign_its_word_only_makes_us_ask()
    {
        await using var world = await HubWorld.StartAsync(
            settings =>
            {
                settings["NationalId:Mosip:WebSub:RequireHubSignature"] = "false";
                settings["NationalId:Mosip:WebSub:WorkflowTopic"] = Hub.WorkflowTopic;
                settings[PacketWorld.Section + "FirstStatusAfter"] = "01:00:00";
            },
            subscribe: false
        );
        await world.Hub().RunAsync(default);
        await Eventually.TrueAsync(() => world.Sandbox.Hub.Subscribers.Count == 2);
        world.Packets().Workflow.Holds = true;
        var birth = await world.BirthAsync();
        var row = await world.DeliveredAsync(birth);
        var id = Assert.Single(world.Packets().Stored).Id;
        await world.SweepAsync();
        Assert.Equal(0, world.Packets().Workflow.Status.Calls);
        var told = await world.Sandbox.Hub.TellWorkflowAsync(
            $$"""{"instanceId":"{{id}}","resultCode":"REJECTED"}""",
            HubSigning.None
        );
        Assert.Contains("noted", told.Body);
        await world.SweepAsync();
        Assert.Equal(1, world.Packets().Workflow.Status.Calls);
        Assert.Equal(EventState.Delivered, (await world.Ledger.GetAsync(row.Key, default))!.Current);
    }

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task A_birth_is_told_of_its_death()
    {
        await using var world = await HubWorld.StartAsync();
        var birth = await world.BirthAsync();
        await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber);
        await world.CredentialAsync(birth, EventState.Delivered);
        var person = world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!;
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(Deceased.DeathOf(person));
        var row = await world.DeliveredAsync(death);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        Assert.True(row.IsDone(EventSteps.BirthTold));
        Assert.NotNull(
            (await world.Registrations.GetAsync(RegistrationKind.Birth, birth.RegistrationNumber, default))!.DeceasedAt
        );
        Assert.Contains(
            world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Saves,
            save => save.Fields.ContainsKey("DECEASED_PATIENT_ENTRY")
        );
    }
}
