using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.EndToEnd;

/// <summary>Records of odd shape, from OpenCRVS to a MOSIP that reads as strictly as its published receiver.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class RecordShapeTests
{
    [Fact]
    public async Task Of_three_webhooks_the_one_that_was_signed_last_is_delivered_whichever_comes_last()
    {
        await using var world = await World.StartAsync();
        world.Sandbox.Mosip.Birth.Set(Fault.Status503);
        var first = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(first.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        var second = Edited(first, text => text.Replace("\"timestamp\":\"20", "\"second\":true,\"timestamp\":\"21"));
        await BirthTests.AcceptedAsync(world, second);
        var blob = (await world.Ledger.GetAsync(row.Key, default))!.Blob;
        Assert.NotEqual(row.Blob, blob);

        // The first one's very bytes once more.
        await BirthTests.AcceptedAsync(world, first.Body);
        Assert.Equal(blob, (await world.Ledger.GetAsync(row.Key, default))!.Blob);
        world.Sandbox.Mosip.Birth.Clear();
        await world.DeliveredAsync(first);
        var received = Assert.Single(world.Sandbox.Mosip.ReceivedOf(first.RegistrationNumber));
        Assert.Contains("\"second\":true", Encoding.UTF8.GetString(received.Payload!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registration_number_of_more_than_200_characters_is_flagged_and_not_cut()
    {
        await using var world = await World.StartAsync();
        var start = new string('7', 200);
        foreach (var end in new[] { "A", "B" })
        {
            await world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { RegistrationNumber = start + end });
        }

        // They are shown by their beginnings, and are two events.
        await Eventually.TrueAsync(async () =>
            await world.Ledger.InStateAsync(EventState.Flagged, null, null, default).CountAsync() == 2
        );
        Assert.Empty(world.Sandbox.Mosip.DrawnAids);
    }

    [Fact]
    public async Task White_space_around_a_registration_number_is_not_part_of_it()
    {
        await using var world = await World.StartAsync();
        var openCrvs = world.Sandbox.OpenCrvs;
        await openCrvs.SendBirthAsync(new BirthRecord { RegistrationNumber = "2026B-SPACE\u00a0 " });
        await Eventually.TrueAsync(async () =>
            (await world.Registrations.GetAsync(RegistrationKind.Birth, "2026B-SPACE", default))?.Aid is not null
        );

        // Another record with the same number, written in another way, is a contradiction like any other.
        await openCrvs.SendBirthAsync(new BirthRecord { RegistrationNumber = "\u20032026B-SPACE \t" });
        var flagged = await world.EventAsync("2026B-SPACE", EventKinds.Birth, EventState.Flagged);
        Assert.Equal("Another record has this registration number.", flagged.Reason);
        await Eventually.TrueAsync(() => world.Sandbox.Mosip.Received.Count > 0);
        Assert.Single(world.Sandbox.Mosip.Received);
    }

    [Fact]
    public async Task The_child_comes_first_for_MOSIP_wherever_OpenCRVS_writes_it()
    {
        await using var world = await World.StartAsync();
        var sent = await world.UnheardBirthAsync();
        var last = Edited(
            sent,
            body =>
            {
                // A father before the mother, and the child at the very end.
                var entries = EntriesOf(body);
                var child = entries.Single(entry => IdOf(entry) == sent.PatientId);
                var father = entries.First(entry => TypeOf(entry) == "Patient" && entry != child)!.DeepClone();
                father["resource"]!["id"] = Guid.NewGuid().ToString();
                entries.Remove(child);
                entries.Insert(0, father);
                entries.Add(child);
            }
        );
        await BirthTests.AcceptedAsync(world, last);
        await world.DeliveredAsync(sent);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
        Assert.NotNull(world.Sandbox.OpenCrvs.Find(sent.RegistrationNumber)!.Aid);
    }

    [Fact]
    public async Task A_birth_without_a_mother_that_MOSIP_can_t_read_is_given_up_and_says_why()
    {
        await using var world = await World.StartAsync();
        var sent = await world.UnheardBirthAsync();
        var alone = Edited(
            sent,
            body =>
            {
                var entries = EntriesOf(body);
                var mother = entries.Single(entry => TypeOf(entry) == "Patient" && IdOf(entry) != sent.PatientId);
                entries.Remove(mother);
            }
        );
        await BirthTests.AcceptedAsync(world, alone);
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Poisoned);
        Assert.Contains("OPN-CRVS-006", row.Reason, StringComparison.Ordinal);

        // The registration goes on, and so does everybody else's.
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());
    }

    private static byte[] Edited(SentEvent sent, Func<string, string> edit) =>
        Encoding.UTF8.GetBytes(edit(Encoding.UTF8.GetString(sent.Body)));

    private static byte[] Edited(SentEvent sent, Action<JsonNode> edit)
    {
        var body = JsonNode.Parse(sent.Body)!;
        edit(body);
        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }

    private static JsonArray EntriesOf(JsonNode body) => body["event"]!["context"]![0]!["entry"]!.AsArray();

    private static string? TypeOf(JsonNode? entry) => (string?)entry!["resource"]!["resourceType"];

    private static string? IdOf(JsonNode? entry) => (string?)entry!["resource"]!["id"];
}
