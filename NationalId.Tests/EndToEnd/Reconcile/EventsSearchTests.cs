using System.Text.Json.Nodes;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.EndToEnd.Reconcile;

/// <summary>Records of 2.0 and 2.1 whose trigger never came, found by the events service's search.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class EventsSearchTests
{
    [Theory]
    [InlineData(OpenCrvsVersion.V20)]
    [InlineData(OpenCrvsVersion.V21)]
    public async Task What_never_came_is_recovered_once_and_written_on_its_record(OpenCrvsVersion version)
    {
        await using var world = await ReconcileWorld.StartAsync(version);

        // One that came, and is known.
        var heard = await world.Inner2.RegisterAsync();
        await world.Inner2.ConfirmedAsync(heard);
        await world.Inner2.DeliveredAsync(heard);

        // The country configuration did not reach us, and helped itself: registered, and nobody was told.
        var birth = await world.UnheardAsync(acceptsByItself: true);
        var death = await world.UnheardAsync(acceptsByItself: true, new RegistrationOrder { Type = "death" });
        // A child who has a number already was told by somebody else.
        var identified = await world.UnheardAsync(
            acceptsByItself: true,
            new RegistrationOrder { Declaration = new JsonObject { ["child.nid"] = "2345678901" } }
        );
        // Stuck: OpenCRVS waits for an acceptance that nobody gives, and its search does not show it.
        var stuck = await world.UnheardAsync(acceptsByItself: false);

        using var recovered = new MetricCounts("nationalid.reconcile.recovered");
        var run = await world.ReconcileAsync(deep: true);
        Assert.Equal(3, (int)run["recovered"]!);
        Assert.Equal(1, (int)run["kept"]!);
        Assert.Equal(1, (int)run["known"]!);
        // We were there all the time: OpenCRVS lost them.
        Assert.Equal(3, (int)run["recoveredUp"]!);
        Assert.True(recovered.With(("cause", "up"), ("topic", EventKinds.Birth)) >= 2, "Nobody would be told.");
        Assert.NotEqual(0, recovered.With(("cause", "up"), ("topic", EventKinds.Death)));

        var row = await world.Inner2.DeliveredAsync(birth);
        Assert.Equal(EventOrigins.Reconcile, row.Origin);
        Assert.NotNull(row.RecoveredAt);
        Assert.NotNull(row.RegisteredAt);
        await world.Inner2.WrittenAsync(birth, "child.nid", await world.Inner2.GivenAsync(birth));
        Assert.Equal(EventOrigins.Reconcile, (await world.Inner2.DeliveredAsync(death)).Origin);

        await world.Inner2.ConfirmedAsync(stuck);
        await world.Inner2.WrittenAsync(stuck, "child.nid", await world.Inner2.GivenAsync(stuck));

        Assert.Null(world.Inner2.GivenTo(identified));
        Assert.Contains("already", (await world.Inner2.DeliveredAsync(identified)).Reason);

        // The second run finds nothing new, and nothing is sent twice.
        var sent = world.Sandbox.NationalIdSystem.Received.Count;
        var again = await world.ReconcileAsync(deep: true);
        Assert.Equal(0, (int)again["recovered"]! + (int)again["kept"]! + (int)again["conflicts"]!);
        Assert.Equal(5, (int)again["known"]!);
        Assert.Equal(sent, world.Sandbox.NationalIdSystem.Received.Count);
        Assert.Equal(
            3,
            world.Sandbox.NationalIdSystem.Received.Count(notice => notice.Signature == EventOrigins.Unsigned)
        );
    }

    [Fact]
    public async Task A_window_is_asked_for_in_full_times_since_a_date_alone_is_a_day_of_Dhaka()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V20);
        var lost = await world.UnheardAsync(acceptsByItself: true);
        // Yesterday in the evening, in UTC.
        var evening = new DateTimeOffset(DateTime.UtcNow.Date.AddHours(-4), TimeSpan.Zero);
        world.Inner2.Events.Indexed(lost.EventId)!["legalStatuses"]!["REGISTERED"]!["acceptedAt"] = evening.ToString(
            "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"
        );

        // 1. The search is that way: asked for yesterday, it does not show the evening.
        var asked = new JsonObject
        {
            ["query"] = new JsonObject
            {
                ["type"] = "and",
                ["clauses"] = new JsonArray(
                    new JsonObject
                    {
                        ["legalStatuses.REGISTERED.acceptedAt"] = new JsonObject
                        {
                            ["type"] = "range",
                            ["gte"] = evening.ToString("yyyy-MM-dd"),
                            ["lte"] = evening.AddDays(1).ToString("yyyy-MM-dd"),
                        },
                    }
                ),
            },
        };
        Assert.Empty(world.Inner2.Events.Search(asked)["results"]!.AsArray());

        // 2. A run over the minute in question finds it, and one over the minute before does not.
        var before = await RunAsync(evening.AddMinutes(-2), evening.AddMinutes(-1));
        Assert.Equal(0, (int)before["listed"]!);
        var run = await RunAsync(evening.AddMinutes(-1), evening.AddMinutes(1));
        Assert.Equal(1, (int)run["recovered"]!);

        async Task<JsonObject> RunAsync(DateTimeOffset from, DateTimeOffset to)
        {
            using var answer = await world.OrderAsync("api/ops/reconcile", Window(from, to));
            Assert.Equal(202, (int)answer.StatusCode);
            return await world.RunAsync(one => !(bool)one["underWay"]!);
        }
    }

    [Fact]
    public async Task After_a_time_in_which_the_client_was_down_a_run_begins_by_itself()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V20);
        await world.Inner.SweepAsync();
        var lost = await world.UnheardAsync(acceptsByItself: true);
        Assert.False((bool)(await world.StatusAsync())["runs"]![0]!["underWay"]!);

        await world.WasDownAsync(TimeSpan.FromHours(1));
        await world.Inner.SweepAsync();
        var run = await world.RunAsync(one => one["completeAt"] is not null);
        Assert.Equal("gap", (string?)run["cause"]);
        Assert.Equal(1, (int)run["recovered"]!);
        // Nobody is to blame but we.
        Assert.Equal(0, (int)run["recoveredUp"]!);
        await world.Inner2.DeliveredAsync(lost);
    }

    [Fact]
    public async Task What_OpenCRVS_1_9_does_not_give_us_is_shown_with_what_to_do()
    {
        await using var world = await ReconcileWorld.StartAsync(
            OpenCrvsVersion.V19,
            sandbox =>
                sandbox.Events.ClientScopes = [
                    "nationalId",
                    "record.registered.correct[event=birth|death]",
                    "record.search[event=birth|death]",
                ]
        );
        var lost = await world.UnheardAsync(acceptsByItself: true);
        var run = await world.ReconcileAsync();
        Assert.Equal((0, 1), ((int)run["recovered"]!, (int)run["unreachable"]!));
        var shown = Assert.Single((await world.StatusAsync())["unreachable"]!.AsArray())!;
        Assert.Equal(lost.EventId, (string?)shown["recordId"]);
        Assert.Contains("reindexed", (string?)shown["reason"]);
        Assert.Empty(world.Sandbox.NationalIdSystem.Received);
    }

    [Fact]
    public async Task A_client_that_may_see_births_alone_concludes_nothing_about_deaths()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V20);
        foreach (var type in (string[])["birth", "death"])
        {
            var heard = await world.Inner2.RegisterAsync(new RegistrationOrder { Type = type });
            await world.Inner2.ConfirmedAsync(heard);
            await world.HoldAsync(await world.Inner2.DeliveredAsync(heard));
            await world.Inner2.IndexedAsync(heard);
        }

        world.Inner2.Events.Settings.HiddenTypes = ["death"];
        await world.BeginAsync();
        var run = await world.RunAsync(one => one["trouble"] is not null);
        Assert.Contains("for births and for deaths", (string?)run["trouble"]);
        Assert.Null(run["completeAt"]);
    }

    [Fact]
    public async Task A_number_that_no_search_shows_is_seen_before_anything_is_sent()
    {
        await using var world = await ReconcileWorld.StartAsync(
            OpenCrvsVersion.V20,
            sandbox => sandbox.Events.SecuredFields = ["child.nid"]
        );
        await world.UnheardAsync(
            acceptsByItself: true,
            new RegistrationOrder { Declaration = new JsonObject { ["child.nid"] = "2345678901" } }
        );
        var run = await world.ReconcileAsync();
        Assert.Equal((0, 1), ((int)run["recovered"]!, (int)run["kept"]!));
        Assert.Empty(world.Sandbox.NationalIdSystem.Received);
    }

    private static JsonObject Window(DateTimeOffset from, DateTimeOffset to) =>
        new() { ["from"] = from.ToString("O"), ["to"] = to.ToString("O") };
}
