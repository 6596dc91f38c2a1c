using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Registry;

namespace NationalId.Tests.Operations;

/// <summary>
/// What operators find and order: searched by any name, closed, many at once, and under their own names.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class EventOrdersTests : IAsyncLifetime
{
    private readonly CollectedLogs log = new();
    private OperatorWorld world = null!;

    public async Task InitializeAsync() =>
        world = await OperatorWorld.StartAsync(
            services => services.AddSingleton<ILoggerProvider>(log),
            ("NationalId__Operations__NameHeader", "X-MS-CLIENT-PRINCIPAL-NAME"),
            ("NationalId__Operations__ReplayPerMinute", "600")
        );

    public async Task DisposeAsync() => await world.DisposeAsync();

    [Fact]
    public async Task An_event_is_found_by_whatever_it_is_called()
    {
        var birth = await world.AddAsync("2026Bé1-x", TimeSpan.FromHours(3));
        var death = await world.AddAsync(
            "2026D7",
            TimeSpan.FromHours(1),
            EventKinds.Death,
            moves: (EventState.Poisoned, "MOSIP refused it")
        );
        await world.AddAsync("2026B12", TimeSpan.FromHours(2));
        var sent = await world.AddAsync("2026B13", TimeSpan.FromHours(2));
        sent.FoundBy.Add("10001000100010013");
        await world.Ledger.MoveAsync(sent, EventState.Waiting, "MOSIP answered 503.", CancellationToken.None);
        sent = await world.ReadAsync(sent);
        await world.Ledger.MoveAsync(sent, EventState.Delivered, null, CancellationToken.None);
        var registrations = world.Get<Registrations>();
        var (number, aid) = ("2026Bé1-x", "10001000100010001");
        Assert.True(await registrations.TryKeepAidAsync(RegistrationKind.Birth, number, aid, default));
        await registrations.SettleAidAsync(RegistrationKind.Birth, number, aid, null, default, eventKey: birth.Key);

        foreach (
            var text in (string[])
                [
                    "2026Bé1-x",
                    " 2026bÉ1-X ",
                    "2026 b\u00a0é\u200b1-x\r\n",
                    birth.TrackingId!,
                    "t -b-2026 BÉ1-X",
                    birth.CompositionId!.ToUpperInvariant(),
                    "10001000100010001",
                    birth.Key,
                    birth.Key.ToUpperInvariant(),
                ]
        )
        {
            Assert.Equal((text, birth.Key), (text, string.Join(' ', await FindAsync(text))));
        }

        Assert.Equal([death.Key], await FindAsync("2026d7"));
        Assert.Equal([sent.Key], await FindAsync(" 1000 1000 1000 10013 "));
        Assert.Empty(await FindAsync("2026B1"));
        Assert.Empty(await FindAsync("2026Bé1"));
        Assert.Empty(await FindAsync("\u200b"));
        Assert.Empty(await FindAsync(new string('0', 64)));
    }

    [Fact]
    public async Task A_life_tells_of_birth_number_and_death()
    {
        var birth = await world.AddAsync("2026B1", TimeSpan.FromHours(3), moves: (EventState.Delivered, null));
        var death = await world.AddAsync("2026D1", TimeSpan.FromHours(1), EventKinds.Death);
        (death.Link, death.LinkedBrn) = ("linked", "2026B1");
        await world.Ledger.MoveAsync(death, EventState.Delivered, "linked", CancellationToken.None);
        await world
            .Get<Registrations>()
            .SettleAidAsync(RegistrationKind.Birth, "2026B1", "10001000100010001", null, CancellationToken.None);

        foreach (var text in (string[])["2026b1", "2026d1"])
        {
            using var answer = await world.Http.PostAsJsonAsync("life", new { text });
            var life = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal([birth.Key, death.Key], Keys(life.GetProperty("events")));
            var registration = life.GetProperty("registrations").EnumerateArray().Single();
            Assert.Equal("10001000100010001", registration.GetProperty("aid").GetString());
            Assert.Equal("2026B1", life.GetProperty("events")[1].GetProperty("linkedBrn").GetString());
            Assert.Equal(32, life.GetProperty("events")[0].GetProperty("traceId").GetString()!.Length);
        }
    }

    [Fact]
    public async Task The_oldest_is_the_one_that_came_first_however_often_it_was_tried()
    {
        var old = await world.AddAsync("2026B1", TimeSpan.FromDays(3));
        for (var attempt = 0; attempt < 3; attempt++)
        {
            old.Reason = "MOSIP answered 503.";
            await world.Ledger.MoveAsync(old, EventState.Waiting, old.Reason, CancellationToken.None);
        }

        await world.AddAsync("2026B2", TimeSpan.FromHours(1), moves: (EventState.Waiting, "MOSIP answered 503."));
        var waiting = await StateAsync("Waiting");
        Assert.Equal(2, waiting.GetProperty("count").GetInt32());
        Assert.InRange(waiting.GetProperty("oldestSeconds").GetDouble(), 72 * 3600, 72 * 3600 + 600);
        await world.Get<Backlog>().RunAsync(CancellationToken.None);
        var backlog = world.Get<Backlog>().Current.Single(state => state.State == "waiting");
        Assert.InRange(backlog.OldestSeconds, 72 * 3600, 72 * 3600 + 600);
        Assert.Equal(2, backlog.Counts.Sum(one => one.Count));
        var reason = waiting.GetProperty("reasons").EnumerateArray().Single();
        Assert.Equal(
            ("MOSIP answered 503.", 2, 2),
            (
                reason.GetProperty("reason").GetString(),
                reason.GetProperty("count").GetInt32(),
                reason.GetProperty("sendable").GetInt32()
            )
        );
    }

    [Fact]
    public async Task What_is_closed_is_open_for_nobody_and_says_who_closed_it_and_why()
    {
        var poisoned = await PoisonAsync("2026B1");
        var flagged = await world.AddAsync("2026B2", TimeSpan.FromHours(1), flag: "no composition");
        var waiting = await world.AddAsync(
            "2026B3",
            TimeSpan.FromHours(1),
            moves: (EventState.Waiting, "MOSIP answered 503.")
        );
        await IsAsync(HttpStatusCode.NoContent, await CloseAsync(poisoned, "discarded", " made twice "));
        await IsAsync(HttpStatusCode.NoContent, await CloseAsync(flagged, "acknowledged", "known to the registrar"));
        await IsAsync(HttpStatusCode.Conflict, await CloseAsync(waiting, "acknowledged", "no"));
        await IsAsync(HttpStatusCode.NoContent, await CloseAsync(waiting, "discarded", "deleted in OpenCRVS"));
        await IsAsync(HttpStatusCode.Conflict, await CloseAsync(flagged, "discarded", "twice"));
        await IsAsync(HttpStatusCode.BadRequest, await CloseAsync(flagged, "forgotten", "why"));
        await IsAsync(HttpStatusCode.BadRequest, await CloseAsync(flagged, "discarded", " "));

        var row = await world.ReadAsync(poisoned);
        Assert.Equal((EventState.Closed, "amina@moh.example"), (row.Current, row.ClosedBy));
        Assert.Equal("discarded by amina@moh.example: made twice", row.Changes[^1].Note);
        foreach (var state in (string[])["Poisoned", "Flagged", "Waiting"])
        {
            Assert.Equal(0, (await StateAsync(state)).GetProperty("count").GetInt32());
        }

        Assert.Equal(3, (await StateAsync("Closed")).GetProperty("count").GetInt32());
        await world.Get<Backlog>().RunAsync(CancellationToken.None);
        Assert.Equal(0, world.Get<Backlog>().Current.SelectMany(state => state.Counts).Sum(one => one.Count));
        // Its message is still there: nothing is sent.
        Assert.Null(await world.Get<EventClaims>().TakeAsync(row.ToMessage(), CancellationToken.None));
        // It was a mistake: it goes after all.
        using var again = await PostAsync($"events/{poisoned.Key}/replay", null);
        await IsAsync(HttpStatusCode.Accepted, again);
        Assert.Equal("replayed by amina@moh.example", (await world.ReadAsync(poisoned)).Changes[^1].Note);
        Assert.Contains(log.Lines, line => line.Contains($"Event {poisoned.Key} was discarded by amina@moh.example"));
        Assert.Contains(log.Lines, line => line.Contains("Operator amina@moh.example asked for POST /api/ops/events/"));
    }

    [Theory]
    [InlineData("discarded", false)]
    [InlineData("acknowledged", true)]
    public async Task What_comes_again_takes_the_place_of_what_was_acknowledged_only(string closing, bool replaced)
    {
        var row = await PoisonAsync("2026B1");
        await IsAsync(HttpStatusCode.NoContent, await CloseAsync(row, closing, "seen"));
        row = await world.ReadAsync(row);
        var info = new PayloadInfo(
            row.Key,
            row.Topic,
            DateTimeOffset.UtcNow,
            row.CompositionId,
            row.RegistrationNumber,
            row.TrackingId,
            null,
            null
        );
        Assert.Equal(replaced, world.Get<Replacements>().MayReplace(info, row));
    }

    [Fact]
    public async Task The_payload_of_what_was_closed_is_removed_after_its_time()
    {
        var row = await PoisonAsync("2026B1");
        await IsAsync(HttpStatusCode.NoContent, await CloseAsync(row, "discarded", "seen"));
        row = await world.ReadAsync(row);
        // As if it had been closed long ago.
        await world.Ledger.MoveAsync(row, EventState.Closed, "earlier", CancellationToken.None);
        var clock = world.Get<ChoreClock>();
        var retention = new RetentionChore(
            world.Get<PayloadStore>(),
            world.Ledger,
            world.Get<Watermarks>(),
            new ChoreClock(
                clock.Options,
                new Microsoft.Extensions.Time.Testing.FakeTimeProvider(
                    DateTimeOffset.UtcNow + clock.Options.PayloadRetention + TimeSpan.FromDays(1)
                )
            )
        );
        await retention.RunAsync(CancellationToken.None);
        Assert.Null((await world.ReadAsync(row)).Blob);
        using var again = await PostAsync($"events/{row.Key}/replay", null);
        await IsAsync(HttpStatusCode.Conflict, again);
    }

    [Fact]
    public async Task Many_are_done_in_slices_and_go_one_after_the_other()
    {
        var rows = await Task.WhenAll(Enumerable.Range(1, 25).Select(n => PoisonAsync($"2026B{n}", n)));
        var other = await PoisonAsync("2026BOTHER", 3, "MOSIP answered 400: OPN-CRVS-028.");
        var gone = await PoisonAsync("2026BGONE", 30);
        gone.Blob = null;
        await world.Ledger.SaveAsync(gone, CancellationToken.None);

        string? after = null;
        double? delay = null;
        List<(int Count, int LeftOut)> slices = [];
        do
        {
            using var answer = await PostAsync(
                "bulk",
                new
                {
                    state = "Poisoned",
                    reason = "MOSIP refused it.",
                    @do = "replay",
                    after,
                    delaySeconds = delay,
                    max = 10,
                }
            );
            await IsAsync(HttpStatusCode.Accepted, answer);
            var slice = await answer.Content.ReadFromJsonAsync<JsonElement>();
            slices.Add((slice.GetProperty("count").GetInt32(), slice.GetProperty("leftOut").GetInt32()));
            after = slice.TryGetProperty("after", out var next) ? next.GetString() : null;
            delay = slice.GetProperty("delaySeconds").GetDouble();
        } while (after is not null);

        // The one without a payload came first.
        Assert.Equal([(9, 1), (10, 0), (6, 0)], slices);
        Assert.Equal(2.5, delay!.Value, 3);
        Assert.Equal(EventState.Poisoned, (await world.ReadAsync(other)).Current);
        Assert.Equal(EventState.Poisoned, (await world.ReadAsync(gone)).Current);
        var last = await world.ReadAsync(rows[0]);
        Assert.Equal((EventState.Waiting, "replayed by amina@moh.example"), (last.Current, last.Changes[^1].Note));
        Assert.InRange((last.NextAt! - last.StateAt).Value.TotalSeconds, 2, 3);
        // Those that wait can be tried now: each once, although they stay in the state.
        using var now = await PostAsync(
            "bulk",
            new
            {
                state = "waiting",
                @do = "replay",
                max = 200,
            }
        );
        Assert.Equal(25, (await now.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("count").GetInt32());
        using var all = await PostAsync(
            "bulk",
            new
            {
                state = "Poisoned",
                @do = "discarded",
                why = "the form was wrong",
            }
        );
        Assert.Equal(2, (await all.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData("""{"state":"Delivered","do":"replay"}""")]
    [InlineData("""{"state":"Received","do":"replay"}""")]
    [InlineData("""{"state":"Poisoned","do":"delete"}""")]
    [InlineData("""{"state":"Poisoned","do":"discarded"}""")]
    [InlineData("""{"state":"Poisoned","do":"replay","max":0}""")]
    [InlineData("""{"state":"Poisoned","do":"replay","max":201}""")]
    [InlineData("""{"state":"Poisoned","do":"replay","after":"x"}""")]
    [InlineData("""{"state":"Poisoned","do":"replay","delaySeconds":-1}""")]
    [InlineData("")]
    [InlineData("[]")]
    public async Task An_order_that_is_none_is_refused(string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await world.Http.PostAsync("bulk", content);
        await IsAsync(HttpStatusCode.BadRequest, answer);
    }

    [Fact]
    public async Task The_list_has_pages_without_end()
    {
        await Task.WhenAll(Enumerable.Range(1, 23).Select(n => PoisonAsync($"2026B{n}", n)));
        List<string> seen = [];
        var path = "events?state=Poisoned&limit=5&reason=MOSIP%20refused%20it.";
        for (var pages = 1; path is not null; pages++)
        {
            Assert.InRange(pages, 1, 5);
            using var answer = await world.Http.GetAsync(path);
            seen.AddRange(Keys(await answer.Content.ReadFromJsonAsync<JsonElement>()));
            var link = answer.Headers.TryGetValues("Link", out var links) ? links.Single() : null;
            path = link?[1..link.IndexOf('>')];
        }

        Assert.Equal((23, 23), (seen.Count, seen.Distinct().Count()));
        Assert.Equal("2026B23", (await world.Ledger.GetAsync(seen[0], CancellationToken.None))!.RegistrationNumber);
    }

    [Fact]
    public async Task A_pause_says_who_and_since_when_and_the_page_who_is_signed_in()
    {
        using var paused = await PostAsync("pause", null);
        await IsAsync(HttpStatusCode.NoContent, paused);
        var summary = await world.GetJsonAsync("summary");
        Assert.Equal("amina@moh.example", summary.GetProperty("pausedBy").GetString());
        Assert.InRange(
            summary.GetProperty("pausedAt").GetDateTimeOffset(),
            DateTimeOffset.UtcNow.AddMinutes(-1),
            DateTimeOffset.UtcNow.AddMinutes(1)
        );
        Assert.False(summary.TryGetProperty("operator", out _), "This question had no name.");
        using var nobody = await world.Http.PostAsync("resume", null);
        Assert.Contains(log.Lines, line => line.Contains("Operator an operator asked for POST /api/ops/resume: 204"));
    }

    private static async Task IsAsync(HttpStatusCode status, HttpResponseMessage answer) =>
        Assert.True(status == answer.StatusCode, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");

    private static List<string> Keys(JsonElement events) =>
        [.. events.EnumerateArray().Select(one => one.GetProperty("key").GetString()!)];

    private Task<EventRow> PoisonAsync(string number, double hours = 1, string reason = "MOSIP refused it.") =>
        world.AddAsync(number, TimeSpan.FromHours(hours), moves: (EventState.Poisoned, reason));

    private async Task<List<string>> FindAsync(string text)
    {
        using var answer = await world.Http.PostAsJsonAsync("search", new { text });
        await IsAsync(HttpStatusCode.OK, answer);
        return Keys(await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    private async Task<JsonElement> StateAsync(string state) =>
        (await world.GetJsonAsync("summary"))
            .GetProperty("states")
            .EnumerateArray()
            .Single(one => one.GetProperty("state").GetString() == state);

    private Task<HttpResponseMessage> CloseAsync(EventRow row, string closing, string reason) =>
        PostAsync($"events/{row.Key}/close", new { @as = closing, reason });

    private async Task<HttpResponseMessage> PostAsync(string path, object? body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        request.Headers.Add("X-MS-CLIENT-PRINCIPAL-NAME", "amina@moh.example");
        return await world.Http.SendAsync(request);
    }
}
