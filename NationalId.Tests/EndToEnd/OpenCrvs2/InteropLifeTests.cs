using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;
using NationalId.Tests.Mosip.Packets;
using NationalId.Tests.Mosip.WebSub;

namespace NationalId.Tests.EndToEnd.OpenCrvs2;

/// <summary>
/// A country that has moved here from OpenCRVS's mosip-api: its configuration calls us as it called that, from the
/// registrar's click to the number on the record.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class InteropLifeTests
{
    [Theory]
    [InlineData(OpenCrvsVersion.V19, "")]
    [InlineData(OpenCrvsVersion.V20, "api")]
    [InlineData(OpenCrvsVersion.V21, "api/")]
    public async Task A_birth_is_accepted_with_the_credential_s_number_and_a_death_at_once(
        OpenCrvsVersion version,
        string path
    )
    {
        await using var world = await StartAsync(version, path);
        await world.Inner.SubscribedAsync();

        // 1. The birth waits for its number, however often the country configuration tells of it.
        var birth = await RegisterAsync(world, new RegistrationOrder());
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        var row = await world.Inner.EventAsync(number, EventKinds.Birth, EventState.Delivered);
        Assert.Equal(EventSources.MosipApi, row.Source);
        var packet = Assert.Single(world.Inner.Packets().OfNumber(number));
        Assert.Equal("PROCESSED", packet.Status);
        var trigger = world.Events.Triggers.Last(one => one.EventId == birth.EventId);
        Assert.Equal(202, await TellAsync(world, trigger, number, version == OpenCrvsVersion.V21));
        Assert.Single(await world.WaitingAsync());
        Assert.Empty(world.Events.Find(birth.EventId)!.Registrations);

        // 2. With it the registration is accepted.
        await world.Sandbox.IssueCredentialAsync(number);
        var registered = await world.ConfirmedAsync(birth);
        var uin = world.Sandbox.Mosip.FindByBirth(number)!.Uin;
        await world.WrittenAsync(birth, "child.nid", uin);
        Assert.DoesNotContain(registered.Actions, action => action.Type == "REQUEST_CORRECTION");
        Assert.Single(world.Inner.Packets().OfNumber(number));

        // 3. Nothing comes back for a death, and nobody waits for it.
        var death = await RegisterAsync(
            world,
            new RegistrationOrder
            {
                Type = "death",
                Declaration = new JsonObject
                {
                    ["deceased.name"] = world.Events.State(birth.EventId).Declaration["child.name"]!.DeepClone(),
                    ["deceased.dob"] = (string?)world.Events.State(birth.EventId).Declaration["child.dob"],
                    ["deceased.gender"] = (string?)world.Events.State(birth.EventId).Declaration["child.gender"],
                    ["deceased.nid"] = uin,
                },
            }
        );
        await world.ConfirmedAsync(death);
        var drn = World2.NumberOf(world.Events.Find(death.EventId)!);
        await world.Inner.EventAsync(drn, EventKinds.Death, EventState.Delivered);
        Assert.Equal(
            uin,
            Assert.Single(world.Inner.Packets().Stored, one => one.Process == "CRVS_DEATH").Fields["UIN"]
        );
        await Eventually.TrueAsync(async () => (await world.WaitingAsync()).Count == 0);
    }

    [Fact]
    public async Task Without_MOSIP_a_registration_is_stored_and_accepted_after_the_patience_and_numbered_later()
    {
        await using var world = await StartAsync(
            OpenCrvsVersion.V20,
            "",
            client => client["NationalId:MosipApi:ConfirmPatience"] = "00:00:03"
        );
        world.Sandbox.Faults["auth-manager"].Set(Fault.Down);
        var birth = await RegisterAsync(world, new RegistrationOrder());
        await world.ConfirmedAsync(birth);
        Assert.Null(world.Events.State(birth.EventId).Declaration["child.nid"]);

        await world.Inner.SubscribedAsync();
        world.Sandbox.Faults["auth-manager"].Clear();
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        await world.Inner.EventAsync(number, EventKinds.Birth, EventState.Delivered);
        await world.Sandbox.IssueCredentialAsync(number);
        await world.WrittenAsync(birth, "child.nid", world.Sandbox.Mosip.FindByBirth(number)!.Uin);
    }

    [Fact]
    public async Task A_correction_by_update_biographics_is_a_packet_after_the_birth_s_once()
    {
        await using var world = await StartAsync(
            OpenCrvsVersion.V20,
            "api/",
            client => client[PacketWorld.Section + "CorrectionProcess"] = "CRVS_UPDATE"
        );
        world.Inner.Packets().Manager.AddedProcesses = ["CRVS_UPDATE"];
        await world.Inner.SubscribedAsync();
        var birth = await RegisterAsync(world, new RegistrationOrder());
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        await world.Inner.EventAsync(number, EventKinds.Birth, EventState.Delivered);
        await world.Sandbox.IssueCredentialAsync(number);
        await world.ConfirmedAsync(birth);
        var uin = world.Sandbox.Mosip.FindByBirth(number)!.Uin;
        await world.WrittenAsync(birth, "child.nid", uin);

        // The country configuration tells of it twice, with the token of the correction.
        await world.Events.CorrectAsync(
            birth.EventId,
            new JsonObject { ["child.name"] = new JsonObject { ["surname"] = "Corrected" } }
        );
        var trigger = world.Events.Triggers.Last(one => one.Action == "APPROVE_CORRECTION");
        var body = new JsonObject
        {
            ["requestFields"] = new JsonObject { ["UIN"] = uin, ["fullName"] = "Amina Corrected" },
        };
        Assert.Equal(202, await PostAsync(world, "api/events/update-biographics", trigger.Token, body));
        Assert.Equal(202, await PostAsync(world, "api/events/update-biographics", trigger.Token, body));
        var row = await world.Inner.EventAsync(number, EventKinds.Update, EventState.Delivered);
        Assert.True(row.IsDone(EventSteps.Sent), row.Reason);
        Assert.Equal(202, await PostAsync(world, "api/events/update-biographics", trigger.Token, body));
        // The sandbox keeps them in no order; the number that the update names came of the birth's packet.
        Assert.Equal(["CRVS_NEW", "CRVS_UPDATE"], world.Inner.Packets().Stored.Select(one => one.Process).Order());
        var packet = world.Inner.Packets().Stored.Single(one => one.Process == "CRVS_UPDATE");
        Assert.Contains("Amina Corrected", packet.Fields["fullName"]);
        Assert.Equal(uin, packet.Fields["UIN"]);
        await Eventually.TrueAsync(
            () => Task.FromResult(packet.Status == "PROCESSED"),
            instead: () => packet.Why ?? packet.Status
        );
    }

    private static async Task<World2> StartAsync(
        OpenCrvsVersion version,
        string path,
        Action<Dictionary<string, string?>>? client = null
    )
    {
        var world = await World2.StartAsync(
            version,
            sandbox =>
            {
                sandbox.ClientName = "MOSIP";
                sandbox.MosipTakesPackets = true;
                sandbox.HasHub = true;
                sandbox.HubRetryDelay = TimeSpan.FromMilliseconds(100);
                sandbox.Events.MosipApi = path;
            },
            settings =>
            {
                // OpenCRVS's example tells name, date and gender: the country fills in the rest.
                settings[PacketWorld.Section + "BirthFields"] =
                    "IDSchemaVersion=schemaVersion; fullName=subject.name; dateOfBirth=subject.birthDate; "
                    + "gender=subject.gender; birthCertificateNumber=number; addressLine1='Farajaland'; "
                    + "region='Farajaland'; province='Farajaland'; city='Farajaland'; zone='Farajaland'";
                settings["NationalId:Mosip:WebSub:CallbackUrl"] = "http://127.0.0.1:9/api/websub/callback";
                client?.Invoke(settings);
            }
        );
        // The hub's address too may be the one that mosip-api had.
        world.Inner.PointHubHere(path.Length == 0 ? "websub/callback" : "api/websub/callback");
        return world;
    }

    private static async Task<RegistrarAnswer> RegisterAsync(World2 world, RegistrationOrder order)
    {
        var registered = await world.Events.RegisterAsync(order);
        Assert.Equal(200, registered.Status);
        Assert.Contains(world.Events.Triggers.Last(one => one.EventId == registered.EventId).Status, (int[])[200, 202]);
        return registered;
    }

    /// <summary>The country configuration tells of it once more.</summary>
    private static Task<int> TellAsync(World2 world, Trigger trigger, string number, bool withEventId)
    {
        var fields = new JsonObject { ["birthCertificateNumber"] = number, ["fullName"] = "Somebody Else" };
        var body = new JsonObject { ["requestFields"] = fields };
        if (withEventId)
        {
            body["eventId"] = trigger.EventId;
        }

        return PostAsync(world, "events/registration", trigger.Token, body);
    }

    private static async Task<int> PostAsync(World2 world, string path, string token, JsonObject body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, world.Inner.Url(path))
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        using var answer = await world.Inner.Http.SendAsync(request);
        Assert.Equal("{}", await answer.Content.ReadAsStringAsync());
        return (int)answer.StatusCode;
    }
}
