using System.Globalization;
using System.Text.Json.Nodes;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.Sandbox;

/// <summary>What a client of its own can do with the sandbox's OpenCRVS: tokens, corrections, the search.</summary>
public sealed class EventsClientTests(SandboxTests.SharedKeys shared) : IClassFixture<SandboxTests.SharedKeys>
{
    [Theory]
    [InlineData(OpenCrvsVersion.V19, false, 401)]
    [InlineData(OpenCrvsVersion.V19, true, 200)]
    [InlineData(OpenCrvsVersion.V20, false, 200)]
    [InlineData(OpenCrvsVersion.V20, true, 200)]
    [InlineData(OpenCrvsVersion.V21, false, 200)]
    [InlineData(OpenCrvsVersion.V21, true, 400)]
    public async Task Each_version_takes_the_client_s_secret_in_its_own_way(
        OpenCrvsVersion version,
        bool inQuery,
        int status
    )
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys, version);
        Assert.Equal(status, (await crvs.TokenAsync(crvs.ClientCredentials(), inQuery)).Status);
        var wrong = crvs.ClientCredentials();
        wrong["client_secret"] = "wrong";
        Assert.NotEqual(200, (await crvs.TokenAsync(wrong, inQuery)).Status);
    }

    [Theory]
    [InlineData(OpenCrvsVersion.V19, "record.confirm-registration")]
    [InlineData(OpenCrvsVersion.V20, "type=record.confirm-registration")]
    public async Task A_record_s_token_is_for_one_action_and_can_be_exchanged_anew(
        OpenCrvsVersion version,
        string scope
    )
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys, version);
        var registered = await crvs.PendingAsync();
        var token = crvs.TokenOf(registered.EventId);
        var claims = Claims(token);
        Assert.Equal(registered.EventId, (string?)claims["eventId"]);
        Assert.Equal(registered.ActionId, (string?)claims["actionId"]);
        Assert.Contains(scope, claims["scope"]!.AsArray().Select(one => (string?)one));
        Assert.Equal(604_800, (long)claims["exp"]! - (long)claims["iat"]!);

        var (status, body) = await crvs.ExchangeAsync(token, registered.EventId, registered.ActionId!);
        Assert.Equal(200, status);
        var (accepted, _) = await crvs.CallAsync(
            "event.actions.register.accept",
            (string)body!["access_token"]!,
            EventsCaller.Input(registered, "E1")
        );
        Assert.Equal(200, accepted);
        Assert.Equal(401, (await crvs.ExchangeAsync("nothing", registered.EventId, registered.ActionId!)).Status);
    }

    [Fact]
    public async Task An_expired_token_accepts_nothing_and_a_client_s_exchange_does_in_2_0_but_not_in_1_9()
    {
        foreach (var (version, status) in new[] { (OpenCrvsVersion.V20, 200), (OpenCrvsVersion.V19, 500) })
        {
            await using var crvs = await EventsCaller.StartAsync(shared.Keys, version);
            crvs.Answers(400);
            var refused = await crvs.Events.RegisterAsync();
            // The country configuration checks the token as well: with one that has expired the record is stuck.
            crvs.Events.Settings.RecordTokenLifetime = TimeSpan.FromSeconds(-1);
            var registered = await crvs.Events.PressAgainAsync(refused.EventId);
            Assert.Equal(500, registered.Status);

            crvs.Events.Settings.RecordTokenLifetime = TimeSpan.FromDays(7);
            var own =
                version == OpenCrvsVersion.V19
                    ? crvs.Events.Tokens.OfClient(crvs.Sandbox.Keys.OpenCrvsClientId)
                    : await crvs.ClientTokenAsync();
            var (_, exchanged) = await crvs.ExchangeAsync(own, registered.EventId, registered.ActionId!);
            var (accepted, _) = await crvs.CallAsync(
                "event.actions.register.accept",
                (string)exchanged!["access_token"]!,
                EventsCaller.Input(registered, "X1")
            );
            Assert.Equal(status, accepted);
        }
    }

    [Fact]
    public async Task At_2_1_our_own_client_accepts_once_nobody_holds_the_record()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys, OpenCrvsVersion.V21);
        var registered = await crvs.PendingAsync();
        var trigger = crvs.TokenOf(registered.EventId);
        Assert.Empty(Claims(trigger)["scope"]!.AsArray());
        Assert.Equal(403, (await crvs.AcceptAsync(registered, EventsCaller.Input(registered, "Q1"))).Status);

        var own = await crvs.ClientTokenAsync();
        crvs.Events.Assign(registered.EventId);
        Assert.Equal(409, (await AcceptAsync()).Status);
        crvs.Events.Unassign(registered.EventId);
        Assert.Equal(200, (await AcceptAsync()).Status);
        Assert.Single(crvs.Events.Find(registered.EventId)!.Registrations);

        Task<(int Status, JsonNode? Body)> AcceptAsync() =>
            crvs.CallAsync("event.actions.register.accept", own, EventsCaller.Input(registered, "Q1"));
    }

    [Fact]
    public async Task A_rotated_key_makes_old_tokens_worthless()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var registered = await crvs.PendingAsync();
        var before = await crvs.TextAsync("/register/api/auth/.well-known");
        crvs.Sandbox.OpenCrvs.RotateKey();
        Assert.NotEqual(before, await crvs.TextAsync("/register/api/auth/.well-known"));
        Assert.Equal(401, (await crvs.AcceptAsync(registered, EventsCaller.Input(registered, "K1"))).Status);
    }

    [Theory]
    [InlineData(OpenCrvsVersion.V19)]
    [InlineData(OpenCrvsVersion.V20)]
    public async Task A_correction_is_written_only_by_the_accepted_request_s_id(OpenCrvsVersion version)
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys, version);
        crvs.Answers(200, """{"registrationNumber":"M1"}""");
        var registered = await crvs.Events.RegisterAsync();
        var own = crvs.Events.Tokens.OfClient(crvs.Sandbox.Keys.OpenCrvsClientId);

        var (status, asked) = await CorrectAsync("request", new JsonObject { ["declaration"] = Nid("7") });
        Assert.Equal(200, status);
        if (version == OpenCrvsVersion.V20)
        {
            // Its own rows end the list; the sample has them as well.
            var real = EventShapes.OfDocument(EventShapes.Real("events-api", "rest-correction-request")["answer"]!);
            Assert.Equal(
                real[^2..].Select(line => line.Replace("annotation,", "", StringComparison.Ordinal)),
                EventShapes.OfDocument(asked!)[^2..]
            );
        }

        Assert.Equal(409, (await CorrectAsync("request", new JsonObject { ["declaration"] = Nid("8") })).Status);
        var rows = asked!["actions"]!.AsArray();
        var requested = (string)rows[^2]!["id"]!;
        var accepted = (string)rows[^1]!["id"]!;
        Assert.Equal(404, (await ApproveAsync(Guid.NewGuid().ToString())).Status);
        Assert.Equal(200, (await ApproveAsync(requested)).Status);
        Assert.Null(crvs.Events.State(registered.EventId).Declaration["child.nid"]);

        (_, asked) = await CorrectAsync("request", new JsonObject { ["declaration"] = Nid("9") });
        accepted = (string)asked!["actions"]!.AsArray()[^1]!["id"]!;
        (status, asked) = await ApproveAsync(accepted);
        Assert.Equal(200, status);
        // As the real one: the approval's acceptance repeats which request it is of.
        Assert.Equal(accepted, (string?)asked!["actions"]!.AsArray()[^1]!["requestId"]);
        Assert.Equal("9", (string?)crvs.Events.State(registered.EventId).Declaration["child.nid"]);
        Assert.Equal("9", (string?)crvs.Events.Indexed(registered.EventId)!["declaration"]!["child.nid"]);

        var ours = crvs.Events.Triggers.Where(trigger => trigger.Action == "APPROVE_CORRECTION").ToList();
        Assert.Equal(2, ours.Count);
        var last = JsonNode.Parse(ours[^1].Body)!["actions"]!.AsArray()[^1]!;
        Assert.Equal("system", (string?)last["createdByUserType"]);
        Assert.Equal(crvs.Sandbox.Keys.OpenCrvsClientId, (string?)last["createdBy"]);

        Task<(int Status, JsonNode? Body)> ApproveAsync(string requestId) =>
            CorrectAsync("approve", new JsonObject { ["requestId"] = requestId });

        Task<(int Status, JsonNode? Body)> CorrectAsync(string step, JsonObject body)
        {
            body["transactionId"] = Guid.NewGuid().ToString();
            body["createdAtLocation"] = EventsSandbox.Office;
            var path = $"/events/events/{registered.EventId}/correction/{step}";
            if (version == OpenCrvsVersion.V19)
            {
                body["eventId"] = registered.EventId;
                path = $"/events/events/correction/{step}";
            }

            return crvs.SendAsync(HttpMethod.Post, path, own, body);
        }
    }

    [Fact]
    public async Task A_correction_is_refused_as_the_real_one_refuses_it()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var waiting = await crvs.PendingAsync();
        crvs.Answers(200, """{"registrationNumber":"F1"}""");
        var registered = await crvs.Events.RegisterAsync();
        var own = await crvs.ClientTokenAsync();

        Assert.Equal(409, await AskAsync(waiting.EventId, Correction(Nid("1"))));
        Assert.Equal(404, await AskAsync(Guid.NewGuid().ToString(), Correction(Nid("1"))));
        Assert.Equal(400, await AskAsync(registered.EventId, Correction(new JsonObject { ["child.dob"] = "no" })));
        Assert.Equal(500, await AskAsync(registered.EventId, Correction(new JsonObject { ["child.x"] = "1" })));
        var elsewhere = Correction(Nid("1"));
        elsewhere["createdAtLocation"] = "22222222-2222-4222-8222-222222222222";
        Assert.Equal(400, await AskAsync(registered.EventId, elsewhere));
        var strange = Correction(Nid("1"));
        strange["unknown"] = 1;
        Assert.Equal(400, await AskAsync(registered.EventId, strange));
        crvs.Events.Assign(registered.EventId);
        Assert.Equal(409, await AskAsync(registered.EventId, Correction(Nid("1"))));
        crvs.Events.Unassign(registered.EventId);
        Assert.DoesNotContain(
            crvs.Events.Find(registered.EventId)!.Actions,
            action => action.Type == "REQUEST_CORRECTION"
        );

        // The same transaction id is a correction once; on another record it is an error.
        var once = Correction(Nid("2"));
        Assert.Equal(200, await AskAsync(registered.EventId, once));
        var triggers = crvs.Events.Triggers.Count;
        Assert.Equal(200, await AskAsync(registered.EventId, once));
        Assert.Equal(triggers, crvs.Events.Triggers.Count);
        crvs.Answers(200, """{"registrationNumber":"F2"}""");
        var other = await crvs.Events.RegisterAsync();
        Assert.Equal(500, await AskAsync(other.EventId, once));

        async Task<int> AskAsync(string eventId, JsonObject body) =>
            (await crvs.SendAsync(HttpMethod.Post, $"/events/events/{eventId}/correction/request", own, body)).Status;

        static JsonObject Correction(JsonObject declaration) =>
            new()
            {
                ["transactionId"] = Guid.NewGuid().ToString(),
                ["declaration"] = declaration,
                ["createdAtLocation"] = EventsSandbox.Office,
            };
    }

    [Fact]
    public async Task The_search_finds_registrations_of_a_window_in_the_real_shape_and_those_that_wait()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        crvs.Answers(200, """{"registrationNumber":"S1"}""");
        var registered = await crvs.Events.RegisterAsync();
        var waiting = await crvs.PendingAsync();
        var own = await crvs.ClientTokenAsync();
        string At(int minutes) =>
            DateTime.UtcNow.AddMinutes(minutes).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var (status, found) = await SearchAsync(Window(At(-60), At(5)));
        Assert.Equal(200, status);
        Assert.Equal(registered.EventId, (string?)Assert.Single(found!["results"]!.AsArray())!["id"]);
        // Nobody reads the role, or where it was born.
        string[] left = ["createdByRole", "dateOfEvent", "placeOfEvent", "updatedByUserRole", "updatedAtLocation"];
        Assert.Equal(
            EventShapes
                .OfAnything(EventShapes.Real("events-api", "search-window")["answer"])
                .Where(line => !left.Any(name => line.Contains(name, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal),
            EventShapes.OfAnything(found).Order(StringComparer.Ordinal)
        );
        Assert.Equal(400, (await SearchAsync(Window("2026-11-25T00:00:00+00:00", At(5)))).Status);

        (_, found) = await SearchAsync(
            new JsonObject { ["flags"] = new JsonObject { ["anyOf"] = new JsonArray("register:requested") } }
        );
        Assert.Equal(waiting.EventId, (string?)Assert.Single(found!["results"]!.AsArray())!["id"]);

        Task<(int Status, JsonNode? Body)> SearchAsync(JsonObject clause) =>
            crvs.SendAsync(
                HttpMethod.Post,
                "/events/events/search",
                own,
                new JsonObject
                {
                    ["query"] = new JsonObject { ["type"] = "and", ["clauses"] = new JsonArray(clause) },
                }
            );

        static JsonObject Window(string from, string to) =>
            new()
            {
                ["eventType"] = "birth",
                ["legalStatuses.REGISTERED.acceptedAt"] = new JsonObject
                {
                    ["type"] = "range",
                    ["gte"] = from,
                    ["lte"] = to,
                },
            };
    }

    private static JsonObject Nid(string number) => new() { ["child.nid"] = number };

    private static JsonNode Claims(string token)
    {
        var part = token.Split('.')[1];
        return JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(part))!;
    }
}
