using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Mvc;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.Tests.Documents;

namespace NationalId.Tests.Operations;

/// <summary>The operations API over HTTP, on a ledger that the test fills.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class EventOperationsTests : IAsyncLifetime
{
    private static readonly string NoKey = new('a', 64);
    private OperatorWorld world = null!;

    public async Task InitializeAsync() => world = await OperatorWorld.StartAsync();

    public async Task DisposeAsync() => await world.DisposeAsync();

    [Theory]
    [InlineData("GET", "summary")]
    [InlineData("GET", "events")]
    [InlineData("POST", "search")]
    [InlineData("GET", "events/{key}")]
    [InlineData("POST", "events/{key}/replay")]
    [InlineData("POST", "events/{key}/close")]
    [InlineData("POST", "bulk")]
    [InlineData("POST", "life")]
    [InlineData("POST", "pause")]
    [InlineData("POST", "resume")]
    public async Task Every_route_needs_a_key(string method, string path)
    {
        foreach (var key in (string?[])[null, "", "wrong"])
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(
                new HttpMethod(method),
                new Uri(world.Http.BaseAddress!, path.Replace("{key}", NoKey))
            );
            if (key is not null)
            {
                request.Headers.Add("x-functions-key", key);
            }

            using var answer = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task An_operator_needs_no_master_key()
    {
        using var http = new HttpClient { BaseAddress = world.Http.BaseAddress };
        http.DefaultRequestHeaders.Add("x-functions-key", world.Server.FunctionKeys.Default);
        http.DefaultRequestHeaders.Add("X-Requested-With", "test");
        using var summary = await http.GetAsync("summary");
        using var pause = await http.PostAsync("pause", null);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (summary.StatusCode, pause.StatusCode));
    }

    [Fact]
    public async Task Events_are_listed_by_state_and_time_oldest_first()
    {
        await Task.WhenAll(
            Enumerable.Range(1, 30).Select(hours => world.AddAsync($"2026B{hours:D4}", TimeSpan.FromHours(hours)))
        );
        var poisoned = await world.AddAsync(
            "2026DPOISON",
            TimeSpan.FromHours(2.5),
            EventKinds.Death,
            null,
            (EventState.Poisoned, "MOSIP refused it")
        );

        Assert.Equal(
            Enumerable.Range(0, 30).Select(n => $"2026B{30 - n:D4}"),
            (await NumbersAsync("events?state=received"))
        );
        Assert.Equal(["2026B0030", "2026B0029", "2026B0028"], await NumbersAsync("events?state=Received&limit=3"));
        Assert.Equal(
            ["2026B0004", "2026B0003", "2026DPOISON", "2026B0002"],
            await NumbersAsync($"events?from={Ago(4.5)}&to={Ago(1.5)}")
        );
        Assert.Equal(["2026DPOISON"], await NumbersAsync("events?state=Poisoned"));
        // It came two and a half hours ago, however late it was given up.
        Assert.Equal(["2026DPOISON"], await NumbersAsync($"events?state=Poisoned&to={Ago(1)}"));
        Assert.Empty(await NumbersAsync($"events?state=Poisoned&to={Ago(3)}"));
        Assert.Empty(await NumbersAsync("events?state=Flagged"));
        var view = (await world.GetJsonAsync("events?state=Poisoned"))[0];
        Assert.Equal(poisoned.Key, view.GetProperty("key").GetString());
        Assert.Equal("MOSIP refused it", view.GetProperty("reason").GetString());
        Assert.False(view.TryGetProperty("history", out _));
    }

    [Theory]
    [InlineData("events?state=Lost")]
    [InlineData("events?state=3")]
    [InlineData("events?state=%2B1")]
    [InlineData("events?state=Flagged,Waiting")]
    [InlineData("events?state=Flagged&state=Waiting")]
    [InlineData("events?from=yesterday")]
    [InlineData("events?from=01/02/2026")]
    [InlineData("events?to=2026-13-01")]
    [InlineData("events?from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z")]
    [InlineData("events?limit=0")]
    [InlineData("events?limit=1001")]
    [InlineData("events?limit=-1")]
    [InlineData("events?limit=ten")]
    [InlineData("events?after=1")]
    [InlineData("events?reason=x")]
    [InlineData("events?state=Delivered&reason=x")]
    [InlineData("events?limit=99999999999999999999")]
    public async Task A_bad_parameter_is_refused_with_a_problem(string path)
    {
        using var answer = await world.Http.GetAsync(path);
        await IsProblemAsync(answer, HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("2026-02-01")]
    [InlineData("2026-02-01T10:30Z")]
    [InlineData("2026-02-01T10:30:00")]
    [InlineData("2026-02-01T10:30:00.1234567%2B02:00")]
    [InlineData("")]
    public async Task Times_in_ISO_8601_are_understood(string time)
    {
        using var answer = await world.Http.GetAsync($"events?from={time}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task A_registration_numbers_events_are_found_and_no_others()
    {
        var birth = await world.AddAsync("2026B1", TimeSpan.FromHours(3));
        var token = await world.AddAsync("2026B1", TimeSpan.FromHours(1), EventKinds.UinToken);
        await world.AddAsync("2026B11", TimeSpan.FromHours(2));

        using var answer = await world.Http.PostAsJsonAsync("search", new { registrationNumber = " 2026B1 " });
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        Assert.Equal([birth.Key, token.Key], Keys(await answer.Content.ReadFromJsonAsync<JsonElement>()));
        using var none = await world.Http.PostAsJsonAsync("search", new { registrationNumber = "2026B" });
        Assert.Empty(Keys(await none.Content.ReadFromJsonAsync<JsonElement>()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"registrationNumber":7}""")]
    [InlineData("""{"registrationNumber":"  "}""")]
    [InlineData("""{"registrationNumber":"\ud800"}""")]
    [InlineData("""{"registrationNumber":"2026""")]
    public async Task A_search_that_is_none_is_refused_with_a_problem(string body)
    {
        using var answer = await world.Http.PostAsync(
            "search",
            new StringContent(body, Encoding.UTF8, "application/json")
        );
        await IsProblemAsync(answer, HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_search_that_is_too_long_is_refused_without_reading_all_of_it(bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "search")
        {
            Content = new StringContent($$"""{"registrationNumber":"{{new string('1', 500_000)}}"}"""),
        };
        request.Headers.TransferEncodingChunked = chunked;
        using var answer = await world.Http.SendAsync(request);
        await IsProblemAsync(answer, HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task One_event_is_shown_with_its_history_and_its_AID()
    {
        var row = await world.AddAsync(
            "2026B1",
            TimeSpan.FromHours(3),
            EventKinds.Birth,
            null,
            (EventState.Waiting, "MOSIP answered 503"),
            (EventState.Delivered, null)
        );
        await world
            .Get<Registrations>()
            .SettleAidAsync(RegistrationKind.Birth, "2026B1", "10001000100010001", null, CancellationToken.None);

        var view = await world.GetJsonAsync($"events/{row.Key}");
        Assert.Equal("10001000100010001", view.GetProperty("aid").GetString());
        Assert.Equal("Delivered", view.GetProperty("state").GetString());
        Assert.True(view.GetProperty("payloadKept").GetBoolean());
        Assert.Equal(
            ["Received", "Waiting", "Delivered"],
            view.GetProperty("history").EnumerateArray().Select(step => step.GetProperty("state").GetString()!)
        );
    }

    [Theory]
    [InlineData("GET", "events/{0}")]
    [InlineData("POST", "events/{0}/replay")]
    public async Task An_event_that_is_not_there_is_not_found(string method, string path)
    {
        foreach (
            var key in (string[])
                [NoKey, NoKey.ToUpperInvariant(), "..%2Fcontrol", "1", "%27%20or%20true", new string('0', 5000)]
        )
        {
            using var answer = await world.Http.SendAsync(
                new HttpRequestMessage(
                    new HttpMethod(method),
                    string.Format(System.Globalization.CultureInfo.InvariantCulture, path, key)
                )
            );
            await IsProblemAsync(answer, HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task A_poisoned_event_is_replayed_with_a_message_and_a_note()
    {
        var row = await world.AddAsync(
            "2026D1",
            TimeSpan.FromHours(3),
            EventKinds.Death,
            null,
            (EventState.Waiting, "MOSIP answered 503"),
            (EventState.Poisoned, "MOSIP refused it")
        );

        using var answer = await world.Http.PostAsync($"events/{row.Key}/replay", null);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var after = await world.ReadAsync(row);
        Assert.Equal((EventState.Waiting, 0, (string?)null), (after.Current, after.Attempt, after.Reason));
        Assert.Equal("replayed by an operator", after.Changes[^1].Note);
        var message = Assert.Single(
            (
                await world.Get<StorageClients>().Queues.GetQueueClient(EventKinds.DeathQueue).ReceiveMessagesAsync(32)
            ).Value
        );
        Assert.Equal(
            (row.Key, row.Blob),
            (EventQueues.Read(message.MessageText)!.Key, EventQueues.Read(message.MessageText)!.Blob)
        );
        Assert.Empty(await NumbersAsync("events?state=Poisoned"));
        Assert.Equal(["2026D1"], await NumbersAsync("events?state=Waiting"));
    }

    [Fact]
    public async Task What_can_not_be_replayed_is_a_conflict_and_stays_as_it_is()
    {
        var delivered = await world.AddAsync(
            "2026B1",
            TimeSpan.FromHours(3),
            EventKinds.Birth,
            null,
            (EventState.Delivered, null)
        );
        var gone = await world.AddAsync(
            "2026B2",
            TimeSpan.FromHours(3),
            EventKinds.Birth,
            null,
            (EventState.Poisoned, "MOSIP refused it")
        );
        gone.Blob = null;
        await world.Ledger.SaveAsync(gone, CancellationToken.None);
        var other = await world.AddAsync("2026B3", TimeSpan.FromHours(3), "BIRTH_CERTIFIED", "topic is not delivered");
        var taken = await world.AddAsync(
            "2026B4",
            TimeSpan.FromHours(3),
            moves: (EventState.Waiting, "MOSIP answered 503")
        );
        Assert.True(
            await world.Ledger.TryLeaseAsync(taken, DateTimeOffset.UtcNow.AddMinutes(5), CancellationToken.None)
        );

        foreach (var row in (EventRow[])[delivered, gone, other, taken])
        {
            using var answer = await world.Http.PostAsync($"events/{row.Key}/replay", null);
            await IsProblemAsync(answer, HttpStatusCode.Conflict);
            Assert.Equal(row.State, (await world.ReadAsync(row)).State);
        }

        Assert.Equal(0, await world.MessagesAsync(EventKinds.BirthQueue));
    }

    [Fact]
    public async Task The_summary_counts_states_ages_and_hours()
    {
        await world.AddAsync("2026B1", TimeSpan.FromMinutes(30));
        await world.AddAsync("2026B2", TimeSpan.FromHours(2.5), moves: (EventState.Waiting, "MOSIP answered 503"));
        await world.AddAsync("2026B3", TimeSpan.FromHours(50), moves: (EventState.Waiting, "MOSIP answered 503"));
        await world.AddAsync("2026B4", TimeSpan.FromHours(2.5), EventKinds.Birth, null, (EventState.Delivered, null));

        var summary = await world.GetJsonAsync("summary");

        Assert.Equal(DocumentTests.Version, summary.GetProperty("version").GetString());
        var states = summary
            .GetProperty("states")
            .EnumerateArray()
            .ToDictionary(state => state.GetProperty("state").GetString()!);
        Assert.Equal(
            [("Received", 1), ("Waiting", 2), ("Flagged", 0), ("Poisoned", 0), ("Delivered", 1), ("Closed", 0)],
            ((string[])["Received", "Waiting", "Flagged", "Poisoned", "Delivered", "Closed"]).Select(name =>
                (name, states[name].GetProperty("count").GetInt32())
            )
        );
        Assert.InRange(states["Waiting"].GetProperty("oldestSeconds").GetDouble(), 50 * 3600, 50 * 3600 + 600);
        Assert.False(states["Poisoned"].TryGetProperty("oldestSeconds", out _));
        var hours = summary
            .GetProperty("lastDay")
            .EnumerateArray()
            .Select(hour => (hour.GetProperty("received").GetInt32(), hour.GetProperty("delivered").GetInt32()))
            .ToList();
        Assert.Equal(24, hours.Count);
        Assert.Equal([(2, 0), (0, 0), (1, 1)], hours[21..]);
        Assert.Equal(3, hours.Sum(hour => hour.Item1));
        Assert.Equal(0, summary.GetProperty("openCircuits").GetArrayLength());
        Assert.Equal(0, summary.GetProperty("quarantined").GetInt32());
    }

    [Fact]
    public async Task A_count_stops_at_its_limit_and_still_tells_the_oldest_of_all()
    {
        await world.GetJsonAsync("summary");
        var (now, table) = (
            DateTimeOffset.UtcNow,
            world.Get<StorageClients>().Tables.GetTableClient(EventLedger.TableName)
        );
        await Parallel.ForEachAsync(
            EventLedger.Partitions.SelectMany(partition => Enumerable.Range(0, 7).Select(batch => (partition, batch))),
            async (part, stop) =>
                await table.SubmitTransactionAsync(
                    Enumerable
                        .Range(part.batch * 100, 100)
                        .Select(n =>
                        {
                            // The last partition holds the oldest: ten days; all others are of today.
                            var at = part.partition == "f" && n == 0 ? now.AddDays(-10) : now.AddSeconds(-n);
                            return new TableTransactionAction(
                                TableTransactionActionType.UpsertReplace,
                                new TableEntity(part.partition, $"o_Waiting_{at.UtcTicks:D19}_{part.partition}{n:D63}")
                            );
                        }),
                    stop
                )
        );

        var waiting = (await world.GetJsonAsync("summary"))
            .GetProperty("states")
            .EnumerateArray()
            .Single(state => state.GetProperty("state").GetString() == "Waiting");

        Assert.Equal(10_000, waiting.GetProperty("count").GetInt32());
        Assert.InRange(TimeSpan.FromSeconds(waiting.GetProperty("oldestSeconds").GetDouble()).TotalDays, 10, 10.1);
    }

    [Fact]
    public async Task Pause_and_resume_show_in_the_summary_at_once_and_on_another_host()
    {
        await using var other = await OperatorWorld.StartAsync(world);
        foreach (
            var (path, paused) in (List<(string, bool)>)
                [("pause", true), ("pause", true), ("resume", false), ("pause", true)]
        )
        {
            using var answer = await world.Http.PostAsync(path, null);
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
            Assert.Equal(paused, (await world.GetJsonAsync("summary")).GetProperty("paused").GetBoolean());
            Assert.Equal(paused, (await other.GetJsonAsync("summary")).GetProperty("paused").GetBoolean());
        }
    }

    private static async Task IsProblemAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        Assert.Equal(
            (status, "application/problem+json"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType)
        );
        var problem = await answer.Content.ReadFromJsonAsync<ProblemDetails>();
        Assert.Equal((int)status, problem!.Status);
        Assert.False(string.IsNullOrEmpty(problem.Detail));
    }

    private static string Ago(double hours) =>
        DateTimeOffset
            .UtcNow.AddHours(-hours)
            .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static List<string> Keys(JsonElement events) =>
        [.. events.EnumerateArray().Select(one => one.GetProperty("key").GetString()!)];

    private async Task<List<string>> NumbersAsync(string path) =>
        [
            .. (await world.GetJsonAsync(path))
                .EnumerateArray()
                .Select(one => one.GetProperty("registrationNumber").GetString()!),
        ];
}
