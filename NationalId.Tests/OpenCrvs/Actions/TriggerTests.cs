using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.OpenCrvs.Actions;

/// <summary>What OpenCRVS hears of its triggers, and what becomes of them.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class TriggerTests
{
    [Theory]
    [InlineData("1.9")]
    [InlineData("2.0")]
    [InlineData("2.1")]
    public async Task A_registration_is_answered_202_and_goes_to_the_system_byte_for_byte(string version)
    {
        await using var started = await StartAsync(version);
        var world = started.World;
        var (birth, death) = (TestTriggers.Record(), TestTriggers.Record("death"));
        Assert.Equal(202, await SendAsync(world, birth, "2026B1"));
        Assert.Equal(202, await SendAsync(world, death, "2026D1"));
        var row = await world.EventAsync("2026B1", EventKinds.Birth, EventState.Delivered);
        await world.EventAsync("2026D1", EventKinds.Death, EventState.Delivered);
        Assert.Equal(EventSources.Trigger, row.Source);
        Assert.Equal(TestTriggers.IdOf(birth), row.CompositionId);
        Assert.Equal(birth["trackingId"]!.GetValue<string>(), row.TrackingId);
        Assert.Equal(
            [birth.ToJsonString(), death.ToJsonString()],
            started.System.Seen.OrderBy(seen => seen.Path).Select(seen => Encoding.UTF8.GetString(seen.Body))
        );
        Assert.DoesNotContain(
            world.Logs.Lines,
            line => line.Contains(TestEvents.Name) || line.Contains("eyJhbGciOi", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task The_same_action_twice_is_one_event_and_another_try_of_the_record_keeps_its_number()
    {
        await using var started = await StartAsync(runQueues: false);
        var world = started.World;
        var record = TestTriggers.Record();
        Assert.Equal(202, await SendAsync(world, record, "2026B2"));
        Assert.Equal(202, await SendAsync(world, record, "2026B2"));
        Assert.Single(await world.Ledger.FindAsync("2026B2", default));

        // Refused for some reason, the registrar presses the button again: the country makes another number.
        record["actions"]!.AsArray()[3]!["status"] = "Rejected";
        record["actions"]!.AsArray().Add(TestTriggers.Action("REGISTER", "Requested", 9));
        Assert.Equal(202, await SendAsync(world, record, "2026B3"));
        Assert.Equal(2, (await world.Ledger.FindAsync("2026B2", default)).Count);
        Assert.Empty(await world.Ledger.FindAsync("2026B3", default));

        await using var another = await world.StartAnotherHostAsync();
        await Eventually.TrueAsync(() => started.System.Seen.Count == 2);
    }

    [Fact]
    public async Task Without_a_forwarded_number_we_make_one()
    {
        await using var started = await StartAsync();
        var world = started.World;
        var record = TestTriggers.Record();
        Assert.Equal(202, await SendAsync(world, record, null));
        await Eventually.TrueAsync(() => started.System.Seen.Count == 1);
        Assert.Equal(record.ToJsonString(), Encoding.UTF8.GetString(started.System.Seen.Single().Body));
    }

    [Fact]
    public async Task Every_other_action_is_accepted_at_once_and_nothing_is_kept()
    {
        await using var started = await StartAsync();
        var world = started.World;
        foreach (var name in TestTriggers.Fixtures.Where(name => !name.EndsWith("REGISTER", StringComparison.Ordinal)))
        {
            var record = JsonNode.Parse(TestTriggers.Fixture(name))!;
            var action = record["actions"]!.AsArray()[^1]!["type"]!.GetValue<string>();
            using var request = TestTriggers.Request(world.Host.BaseAddress, record, action: action);
            using var answer = await Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("{}", await answer.Content.ReadAsStringAsync());
        }

        // A marriage is accepted with the country's number, and can't be without one.
        var marriage = TestTriggers.Record("marriage");
        using var numbered = TestTriggers.Request(world.Host.BaseAddress, marriage, number: "2026M1");
        using var married = await Http.SendAsync(numbered);
        Assert.Equal("""{"registrationNumber":"2026M1"}""", await married.Content.ReadAsStringAsync());
        Assert.Equal(400, await SendAsync(world, marriage, null));
        Assert.Empty(started.System.Seen);
    }

    [Fact]
    public async Task Whatever_is_wrong_is_answered_400_and_nothing_is_delivered()
    {
        await using var started = await StartAsync();
        var world = started.World;
        var record = TestTriggers.Record();
        var other = TestTriggers.Record();
        using var refusals = new Refusals();
        // No right token.
        Assert.Equal(400, await SendAsync(world, record, "1", "nonsense"));
        Assert.Equal(
            400,
            await SendAsync(world, record, "1", TestTriggers.Token(record, key: World.Keys.Value.Client))
        );
        Assert.Equal(400, await SendAsync(world, record, "1", TestTriggers.Token(record, claims => claims["exp"] = 1)));
        // A right one for something else.
        Assert.Equal(400, await SendAsync(world, record, "1", TestTriggers.Token(other)));
        Assert.Equal(
            400,
            await SendAsync(world, record, "1", TestTriggers.Token(record, claims => claims["actionId"] = "x"))
        );
        Assert.Equal(
            400,
            await SendAsync(world, record, "1", TestTriggers.Token(record, claims => claims.Remove("eventId")))
        );
        // An address that says something else.
        var edit = TestTriggers.Record(change: changed => changed["actions"]![3]!["type"] = "EDIT");
        Assert.Equal(400, await SendAsync(world, edit, "1"));
        var death = TestTriggers.Record("death");
        using var request = TestTriggers.Request(world.Host.BaseAddress, death);
        request.RequestUri = new Uri(world.Host.BaseAddress, "api/trigger/events/birth/actions/REGISTER");
        using var answer = await Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        // A number that nobody has.
        Assert.Equal(400, await SendAsync(world, record, new string('9', 201)));
        Assert.Empty(await world.Ledger.FindAsync("1", default));
        Assert.Empty(started.System.Seen);
        Assert.All(
            (IEnumerable<(string Reason, int AtLeast)>)
                [("trigger-token", 3), ("trigger-record", 3), ("trigger-address", 1), ("trigger-number", 1)],
            one => Assert.True(refusals.Of(one.Reason) >= one.AtLeast, $"{one}")
        );
    }

    [Fact]
    public async Task Without_exactly_one_action_that_waits_the_document_is_kept_and_flagged()
    {
        await using var started = await StartAsync();
        var world = started.World;
        var none = TestTriggers.Record(change: record => record["actions"]![3]!["status"] = "Accepted");
        var many = TestTriggers.Record(change: record =>
            record["actions"]!.AsArray().Add(TestTriggers.Action("REGISTER", "Requested", 4))
        );
        Assert.Equal(400, await SendAsync(world, none, "1"));
        Assert.Equal(400, await SendAsync(world, many, "1"));
        Assert.Equal(400, await SendAsync(world, many, "1"));
        var rows = new List<EventRow>();
        await foreach (var (key, _) in world.Ledger.InStateAsync(EventState.Flagged, null, null, default))
        {
            rows.Add((await world.Ledger.GetAsync(key, default))!);
        }

        Assert.Equal(
            ["no action waits to be accepted", "several actions wait to be accepted"],
            rows.Select(row => row.Reason).Order()
        );
        Assert.All(rows, row => Assert.NotNull(row.Blob));
        Assert.Empty(started.System.Seen);
    }

    [Fact]
    public async Task Who_is_not_eligible_is_kept_with_the_reason_and_not_sent()
    {
        await using var started = await StartAsync(settings: settings =>
            settings["NationalId:OpenCrvs:EligibleIfVerified"] = "father.verified"
        );
        var world = started.World;
        var record = TestTriggers.Record();
        Assert.Equal(202, await SendAsync(world, record, "2026B4"));
        var row = await world.EventAsync("2026B4", EventKinds.Birth, EventState.Delivered);
        Assert.Equal("not eligible: nobody was verified", row.Reason);
        Assert.False(row.IsDone(EventSteps.Sent));

        record = TestTriggers.Record(change: changed =>
            changed["actions"]![3]!["declaration"]!["father.verified"] = "verified"
        );
        Assert.Equal(202, await SendAsync(world, record, "2026B5"));
        await world.EventAsync("2026B5", EventKinds.Birth, EventState.Delivered);
        Assert.Single(started.System.Seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task On_a_mixed_1_9_a_birth_that_comes_both_ways_is_one(bool webhookFirst)
    {
        await using var started = await StartAsync("1.9");
        var world = started.World;
        var record = TestTriggers.Record();
        var number = "2026B" + TestTriggers.Id()[..8].ToUpperInvariant();
        if (!webhookFirst)
        {
            Assert.Equal(202, await SendAsync(world, record, number));
            await world.EventAsync(number, EventKinds.Birth, EventState.Delivered);
        }

        await world.DeliveredAsync(
            await world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { RegistrationNumber = number })
        );
        if (webhookFirst)
        {
            Assert.Equal(202, await SendAsync(world, record, number));
        }

        await Eventually.TrueAsync(async () => await KeptAsync() == 1);
        Assert.Single(started.System.Seen);

        async Task<int> KeptAsync()
        {
            var kept = 0;
            foreach (var key in await world.Ledger.FindAsync(number, default))
            {
                kept +=
                    await world.Ledger.GetAsync(key, default) is { State: "Delivered", Reason: not null } row
                    && row.Reason.Contains("another way", StringComparison.Ordinal)
                        ? 1
                        : 0;
            }

            return kept;
        }
    }

    [Fact]
    public async Task Two_records_of_the_new_kind_under_one_number_are_a_contradiction()
    {
        await using var started = await StartAsync();
        var world = started.World;
        Assert.Equal(202, await SendAsync(world, TestTriggers.Record(), "2026B6"));
        await world.EventAsync("2026B6", EventKinds.Birth, EventState.Delivered);
        Assert.Equal(202, await SendAsync(world, TestTriggers.Record(), "2026B6"));
        await world.EventAsync("2026B6", EventKinds.Birth, EventState.Flagged);
        Assert.Single(started.System.Seen);
    }

    [Fact]
    public async Task Each_version_has_its_own_routes()
    {
        await using var first = await StartAsync("1");
        Assert.Equal(404, await SendAsync(first.World, TestTriggers.Record(), "1"));
        Assert.Equal(202, (await first.World.Sandbox.OpenCrvs.SendBirthAsync()).Status);

        await using var second = await StartAsync("2.0");
        Assert.Equal(404, (await second.World.Sandbox.OpenCrvs.SendBirthAsync()).Status);
        using var challenge = await Http.GetAsync(second.World.Url("api/webhooks?mode=subscribe&topic=x&challenge=y"));
        Assert.Equal(HttpStatusCode.NotFound, challenge.StatusCode);
        using var health = JsonDocument.Parse(await Http.GetStringAsync(second.World.Url("api/health")));
        Assert.Equal("healthy", health.RootElement.GetProperty("status").GetString());
        Assert.Equal("not managed", health.RootElement.GetProperty("parts").GetProperty("forms").GetString());
    }

    [Fact]
    public async Task Storage_that_is_away_costs_one_click_and_never_the_record()
    {
        await using var started = await StartAsync(
            settings: settings =>
            {
                settings["NationalId:OpenCrvs:AnswerWithin"] = "00:00:02";
                // Nobody listens there.
                settings["AzureWebJobsStorage"] = string.Join(
                    ';',
                    settings["AzureWebJobsStorage"]!
                        .Split(';')
                        .Select(part =>
                            part.Contains("Endpoint=http", StringComparison.Ordinal)
                                ? part[..(part.IndexOf("//", StringComparison.Ordinal) + 2)]
                                    + "127.0.0.1:9/"
                                    + part.Split('/')[^1]
                                : part
                        )
                );
            },
            runQueues: false
        );
        var world = started.World;
        var begin = TimeProvider.System.GetTimestamp();
        Assert.Equal(400, await SendAsync(world, TestTriggers.Record(), "1"));
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(40));
        Assert.Contains(
            world.Logs.Lines,
            line => line.Contains("could not be stored in time", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Fifty_megabytes_stream_through_and_more_is_refused()
    {
        await using var started = await StartAsync(settings: settings =>
            // A loaded machine takes its time for as much as that.
            settings["NationalId:OpenCrvs:AnswerWithin"] = "00:01:00"
        );
        var world = started.World;
        var record = TestTriggers.Record(change: changed =>
            changed["actions"]![1]!["declaration"]!["file"] = new string('x', 40 * 1024 * 1024)
        );
        Assert.Equal(202, await SendAsync(world, record, "2026B7"));
        await world.EventAsync("2026B7", EventKinds.Birth, EventState.Delivered);
        Assert.Equal(record.ToJsonString().Length, started.System.Seen.Single().Body.Length);

        record["actions"]![1]!["declaration"]!["file"] = new string('x', 51 * 1024 * 1024);
        Assert.Equal(400, await SendAsync(world, record, "2026B8"));
    }

    [Fact]
    public async Task A_sender_that_stalls_is_answered_400_in_time()
    {
        await using var started = await StartAsync(settings: settings =>
            settings["NationalId:OpenCrvs:AnswerWithin"] = "00:00:01"
        );
        var world = started.World;
        var record = TestTriggers.Record();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, world.Host.BaseAddress.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"""
                POST /api/trigger/events/birth/actions/REGISTER HTTP/1.1
                Host: localhost
                Authorization: Bearer {TestTriggers.Token(record)}
                Content-Type: application/json
                Content-Length: 100000

                [
                """.ReplaceLineEndings("\r\n")
            )
        );
        using var reader = new StreamReader(stream);
        Assert.Contains(" 400 ", await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private static readonly HttpClient Http = new();

    private static async Task<Started> StartAsync(
        string version = "2.0",
        Action<Dictionary<string, string?>>? settings = null,
        bool runQueues = true
    )
    {
        var system = await LoopbackServer.StartAsync((202, ""));
        return new Started(
            await World.StartAsync(
                sandbox => sandbox.ClientName = "Freedonia",
                configured =>
                {
                    TestTriggers.Configure(configured, version);
                    configured["NationalId:DefaultSystem:BirthUrl"] = system.Url + "/births";
                    configured["NationalId:DefaultSystem:DeathUrl"] = system.Url + "/deaths";
                    settings?.Invoke(configured);
                },
                runQueues
            ),
            system
        );
    }

    private static async Task<int> SendAsync(World world, JsonNode record, string? number, string? token = null)
    {
        using var request = TestTriggers.Request(world.Host.BaseAddress, record, token, number);
        using var answer = await Http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private sealed record Started(World World, LoopbackServer System) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await World.DisposeAsync();
            await System.DisposeAsync();
        }
    }
}
