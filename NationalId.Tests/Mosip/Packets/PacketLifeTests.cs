using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Operations;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.OpenCrvs.Events;
using NationalId.Tests.Mosip.WebSub;
using EventSearch = NationalId.Core.Operations.EventSearch;

namespace NationalId.Tests.Mosip.Packets;

/// <summary>MOSIP by packets from OpenCRVS 2.0: from the registrar's click to the number on the record.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class PacketLifeTests
{
    [Fact]
    public async Task A_birth_gets_its_number_with_the_names_of_places_and_who_told_of_it()
    {
        await using var world = await StartAsync();
        var birth = await world.RegisterAsync(
            new RegistrationOrder
            {
                Declaration = new JsonObject
                {
                    ["mother.address"] = new JsonObject
                    {
                        ["country"] = "FAR",
                        ["addressType"] = "DOMESTIC",
                        ["administrativeArea"] = AdministrativeAreas.Klow,
                        ["streetLevelDetails"] = new JsonObject { ["street"] = "Long Street", ["zipCode"] = "14022" },
                    },
                    ["informant.phoneNo"] = "0711222333",
                },
            }
        );
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        await Eventually.TrueAsync(() => world.Inner.Packets().OfNumber(number).Any(one => one.Status == "PROCESSED"));
        var packet = Assert.Single(world.Inner.Packets().Stored);
        Assert.Empty(packet.Vanished);
        Assert.Equal("Long Street, Klow", Value(packet, "addressLine1"));
        Assert.Equal("Central", Value(packet, "region"));
        Assert.Equal("Ibombo", Value(packet, "zone"));
        Assert.Equal("14022", packet.Fields["postalCode"]);
        Assert.Equal("0711222333", packet.Fields["phone"]);

        await world.Sandbox.IssueCredentialAsync(number);
        await world.ConfirmedAsync(birth);
        await world.WrittenAsync(birth, "child.nid", world.Sandbox.Mosip.FindByBirth(number)!.Uin);
        Assert.Contains(
            await SubscriptionsAsync(world),
            one => one.StartsWith("MOSIP's hub", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_MOSIP_rejects_is_rejected_at_OpenCRVS_and_registered_again_without_another_packet()
    {
        await using var world = await StartAsync();
        world.Inner.Packets().Workflow.RejectNext = 1;
        var birth = await world.RegisterAsync();
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        var row = await world.Inner.EventAsync(number, EventKinds.Birth, EventState.Delivered, EventState.Flagged);
        row = await world.Inner.SweptAsync(row, one => one.Current == EventState.Flagged);

        // 1. From the packet's own row.
        var search = world.Host.Services.GetRequiredService<EventSearch>();
        Assert.Equal("open", (string?)(await BodyAsync(search.GetAsync(row.Key, default)))["confirmation"]);
        Assert.Equal(204, await world.OrderAsync(row.Key, "reject", new { reason = "MOSIP knows this child." }));
        Assert.Equal("rejected", (string?)(await BodyAsync(search.GetAsync(row.Key, default)))["confirmation"]);
        Assert.Equal(EventState.Delivered, (await world.Inner.Ledger.GetAsync(row.Key, default))!.Current);
        Assert.Contains("register:rejected", world.Events.State(birth.EventId).Flags);

        // 2. Registered again it is another event, but not another packet: an operator decides.
        Assert.Equal(200, (await world.Events.PressAgainAsync(birth.EventId)).Status);
        var again = await world.Inner.EventAsync(number, EventKinds.Birth, EventState.Flagged);
        Assert.NotEqual(row.Key, again.Key);
        Assert.Contains("refused the packet of this record before", again.Reason);
        Assert.Equal(1, Assert.Single(world.Inner.Packets().Stored).Writes);

        // 3. Sent again under another id, it gets its number.
        await world.Inner.ReplayAsync(again);
        await Eventually.TrueAsync(() => world.Inner.Packets().OfNumber(number).Any(one => one.Status == "PROCESSED"));
        await world.Sandbox.IssueCredentialAsync(number);
        await world.WrittenAsync(birth, "child.nid", world.Sandbox.Mosip.FindByBirth(number)!.Uin);
        Assert.Equal(2, world.Inner.Packets().Drawn.Count);
        Assert.All(world.Inner.Packets().Stored, one => Assert.False(one.WrittenAfterStart));
    }

    internal static async Task<World2> StartAsync()
    {
        var world = await World2.StartAsync(
            OpenCrvsVersion.V20,
            sandbox =>
            {
                sandbox.ClientName = "MOSIP";
                sandbox.MosipTakesPackets = true;
                sandbox.HasHub = true;
            },
            settings =>
            {
                settings[PacketWorld.Section + "FirstStatusAfter"] = "00:00:00.010";
                settings[PacketWorld.Section + "LongestStatusGap"] = "00:00:00.020";
                settings["NationalId:Mosip:WebSub:CallbackUrl"] = "http://127.0.0.1:9/api/websub/callback";
                settings["NationalId:OpenCrvs:ConfirmPatience"] = "01:00:00";
                // The default: the field that the child's number is read from.
                settings.Remove("NationalId:OpenCrvs:BirthNumberField");
            }
        );
        world.Inner.PointHubHere();
        await world.Inner.SubscribedAsync();
        return world;
    }

    private static string? Value(StoredPacket packet, string field) =>
        JsonSerializer.Deserialize<JsonElement>(packet.Fields[field])[0].GetProperty("value").GetString();

    private static async Task<List<string>> SubscriptionsAsync(World2 world)
    {
        var summary = world.Host.Services.GetRequiredService<OperatorSummary>();
        var body = await BodyAsync(summary.SummaryAsync(new DefaultHttpContext().Request));
        return [.. body["subscriptions"]!.AsArray().Select(one => (string)one!["topic"]!)];
    }

    private static async Task<JsonNode> BodyAsync(Task<Microsoft.AspNetCore.Http.IResult> answer)
    {
        using var body = new MemoryStream();
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext
        {
            RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider(),
            Response = { Body = body },
        };
        await (await answer).ExecuteAsync(context);
        return JsonNode.Parse(body.ToArray())!;
    }
}
