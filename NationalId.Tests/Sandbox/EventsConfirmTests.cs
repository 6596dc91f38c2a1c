using System.Text.Json.Nodes;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.Sandbox;

/// <summary>The sandbox's OpenCRVS takes acceptances and rejections as the real one does, with its traps.</summary>
public sealed class EventsConfirmTests(SandboxTests.SharedKeys shared) : IClassFixture<SandboxTests.SharedKeys>
{
    private const string Accept = "event.actions.register.accept";
    private const string Reject = "event.actions.register.reject";

    [Fact]
    public async Task An_acceptance_is_answered_in_the_real_shape_plain_and_in_a_batch()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var real = EventShapes.Real("events-api", "accept-plain")["answer"]!["result"]!["data"]!["json"]!;
        var first = await crvs.PendingAsync();
        var input = EventsCaller.Input(first, "P1");
        input["declaration"] = new JsonObject { ["child.nid"] = "5" };
        var (status, plain) = await crvs.AcceptAsync(first, input);
        Assert.Equal(200, status);
        var document = plain!["result"]!["data"]!["json"]!;
        Assert.Equal(EventShapes.OfDocument(real), EventShapes.OfDocument(document));
        Assert.Equal("5", (string?)crvs.Events.State(first.EventId).Declaration["child.nid"]);
        Assert.Null(crvs.Events.State(first.EventId).AssignedTo);

        var second = await crvs.PendingAsync();
        var (batchStatus, batch) = await crvs.SendAsync(
            HttpMethod.Post,
            $"/events/{Accept},{Accept}?batch=1",
            crvs.TokenOf(second.EventId),
            new JsonObject
            {
                ["0"] = new JsonObject { ["json"] = EventsCaller.Input(second, "P2") },
                ["1"] = new JsonObject { ["json"] = EventsCaller.Input(first, "P3") },
            }
        );
        Assert.Equal(207, batchStatus);
        Assert.Equal(
            EventShapes.OfDocument(real),
            EventShapes.OfDocument(batch!.AsArray()[0]!["result"]!["data"]!["json"]!)
        );
        Assert.Equal(403, (int?)batch.AsArray()[1]!["error"]!["json"]!["data"]!["httpStatus"]);
    }

    [Fact]
    public async Task A_rejection_is_answered_in_the_real_shape()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var registered = await crvs.PendingAsync();
        var (status, body) = await crvs.CallAsync(
            Reject,
            crvs.TokenOf(registered.EventId),
            EventsCaller.Input(registered)
        );
        Assert.Equal(200, status);
        Assert.Equal(
            EventShapes.OfDocument(
                EventShapes.Real("events-api", "reject-plain")["answer"]!["result"]!["data"]!["json"]!
            ),
            EventShapes.OfDocument(body!["result"]!["data"]!["json"]!)
        );
        Assert.Equal(["register:rejected"], crvs.Events.State(registered.EventId).Flags);

        // It can't be accepted any more, and rejecting again changes nothing.
        var (late, why) = await crvs.AcceptAsync(registered, EventsCaller.Input(registered, "L1"));
        Assert.Equal(400, late);
        Assert.True(JsonNode.DeepEquals(EventShapes.Real("events-api", "accept-after-reject-400"), why));
        Assert.Equal(
            200,
            (await crvs.CallAsync(Reject, crvs.TokenOf(registered.EventId), EventsCaller.Input(registered))).Status
        );
    }

    [Fact]
    public async Task Refusals_are_told_as_the_real_ones()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var registered = await crvs.PendingAsync();
        var token = crvs.TokenOf(registered.EventId);
        var (_, missing) = await crvs.CallAsync(Accept, token, EventsCaller.Input(registered));
        Assert.True(JsonNode.DeepEquals(EventShapes.Real("events-api", "accept-400-zod"), missing));
        var (_, nobody) = await crvs.CallAsync(Accept, null, EventsCaller.Input(registered, "X"));
        Assert.True(JsonNode.DeepEquals(EventShapes.Real("events-api", "accept-401"), nobody));
        var (_, person) = await crvs.CallAsync(Accept, crvs.Events.RegistrarToken, EventsCaller.Input(registered, "X"));
        Assert.True(JsonNode.DeepEquals(EventShapes.Real("events-api", "accept-403"), person));

        var stranger = EventsCaller.Input(registered, "X");
        stranger["actionId"] = Guid.NewGuid().ToString();
        Assert.Equal(403, (await crvs.CallAsync(Accept, token, stranger)).Status);
        Assert.Equal(405, (await crvs.SendAsync(HttpMethod.Get, $"/events/{Accept}", token, null)).Status);
        Assert.Equal(404, (await crvs.CallAsync("event.actions.validate.accept", token, stranger)).Status);
        Assert.Equal(401, (await crvs.CallAsync(Accept, "no token", EventsCaller.Input(registered, "X"))).Status);
        Assert.Single(crvs.Events.Find(registered.EventId)!.Pending);
    }

    [Fact]
    public async Task A_number_that_is_taken_is_a_masked_500_and_a_used_transaction_id_a_200_that_does_nothing()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var first = await crvs.PendingAsync();
        var second = await crvs.PendingAsync();
        Assert.Equal(200, (await crvs.AcceptAsync(first, EventsCaller.Input(first, "T1", "used"))).Status);

        var (taken, why) = await crvs.AcceptAsync(second, EventsCaller.Input(second, "T1"));
        Assert.Equal(500, taken);
        Assert.True(JsonNode.DeepEquals(EventShapes.Real("events-api", "accept-500-production"), why));

        Assert.Equal(200, (await crvs.AcceptAsync(second, EventsCaller.Input(second, "T2", "used"))).Status);
        Assert.Single(crvs.Events.Find(second.EventId)!.Pending);
        // Once more for the one that is accepted: the same event, and no second number.
        Assert.Equal(200, (await crvs.AcceptAsync(first, EventsCaller.Input(first, "T3"))).Status);
        Assert.Single(crvs.Events.Find(first.EventId)!.Registrations);
    }

    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 1)]
    public async Task There_is_no_lock_but_one_transaction_id_is_one_row(bool same, int rows)
    {
        await using var crvs = await EventsCaller.StartAsync(
            shared.Keys,
            change: settings => settings.Events.Pause = TimeSpan.FromMilliseconds(500)
        );
        var registered = await crvs.PendingAsync();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 3)
                .Select(i => crvs.AcceptAsync(registered, EventsCaller.Input(registered, "C" + i, same ? "one" : null)))
        );
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(rows, crvs.Events.Find(registered.EventId)!.Registrations.Count);
    }

    [Fact]
    public async Task The_wrong_path_is_200_and_loses_the_record()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var registered = await crvs.PendingAsync();
        var token = crvs.TokenOf(registered.EventId);
        Assert.Equal(
            200,
            (await crvs.CallAsync("event.actions.declare.accept", token, EventsCaller.Input(registered))).Status
        );
        Assert.Equal(200, (await crvs.AcceptAsync(registered, EventsCaller.Input(registered, "W1"))).Status);
        Assert.Equal(500, (await crvs.CallAsync(Reject, token, EventsCaller.Input(registered))).Status);
        Assert.Equal(["register:requested"], crvs.Events.State(registered.EventId).Flags);
        Assert.Empty(crvs.Events.Find(registered.EventId)!.Registrations);
    }

    [Fact]
    public async Task An_unknown_field_bricks_the_record_and_the_index_until_it_is_removed()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var registered = await crvs.PendingAsync();
        var token = crvs.TokenOf(registered.EventId);
        var input = EventsCaller.Input(registered, "U1");
        input["declaration"] = new JsonObject { ["child.nidd"] = "5" };
        Assert.Equal(500, (await crvs.AcceptAsync(registered, input)).Status);
        Assert.Single(crvs.Events.Find(registered.EventId)!.Registrations);
        Assert.Equal(500, (await crvs.GetAsync(registered.EventId, token)).Status);
        Assert.Equal(200, (await crvs.AcceptAsync(registered, input)).Status);
        Assert.False(await crvs.Events.ReindexAsync());

        crvs.Events.RemoveField(registered.EventId, "child.nidd");
        Assert.True(await crvs.Events.ReindexAsync());
        Assert.Equal("REGISTERED", (string?)crvs.Events.Indexed(registered.EventId)!["status"]);
    }

    [Fact]
    public async Task An_acceptance_that_overtakes_the_202_leaves_the_index_stale_until_the_record_is_read()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        crvs.Client.Answer = async (_, body) =>
        {
            var document = JsonNode.Parse(body)!;
            var action = document["actions"]!.AsArray()[^1]!;
            var headers = crvs.Client.Posts[^1].Headers;
            var input = new JsonObject
            {
                ["eventId"] = (string?)document["id"],
                ["actionId"] = (string?)action["id"],
                ["transactionId"] = (string?)action["transactionId"],
                ["registrationNumber"] = headers["X-Registration-Number"],
            };
            Assert.Equal(200, (await crvs.CallAsync(Accept, headers["Authorization"][7..], input)).Status);
            return Microsoft.AspNetCore.Http.Results.StatusCode(202);
        };
        var registered = await crvs.Events.RegisterAsync();
        Assert.Equal("REGISTERED", crvs.Events.State(registered.EventId).Status);
        Assert.Equal("DECLARED", (string?)crvs.Events.Indexed(registered.EventId)!["status"]);
        var token = crvs.TokenOf(registered.EventId);
        await crvs.AcceptAsync(registered, EventsCaller.Input(registered, "again"));
        Assert.Equal("DECLARED", (string?)crvs.Events.Indexed(registered.EventId)!["status"]);

        var (status, body) = await crvs.GetAsync(registered.EventId, token);
        Assert.Equal(200, status);
        Assert.Equal("REGISTERED", (string?)crvs.Events.Indexed(registered.EventId)!["status"]);
        var read = body!["result"]!["data"]!["json"]!["actions"]!.AsArray()[^1]!;
        Assert.Equal(
            EventShapes.OfDocument(EventShapes.Real("events-api", "event-get")["result"]!["data"]!["json"]!).Last(),
            $"{read["type"]} {read["status"]}: " + string.Join(',', read.AsObject().Select(pair => pair.Key))
        );
    }

    [Fact]
    public async Task An_index_that_is_away_makes_500_of_an_acceptance_that_is_stored()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var registered = await crvs.PendingAsync();
        crvs.Events.Index.Set(Fault.Status503, times: 1);
        Assert.Equal(500, (await crvs.AcceptAsync(registered, EventsCaller.Input(registered, "I1"))).Status);
        Assert.Equal(200, (await crvs.AcceptAsync(registered, EventsCaller.Input(registered, "I1"))).Status);
        Assert.Equal("DECLARED", (string?)crvs.Events.Indexed(registered.EventId)!["status"]);
        await crvs.GetAsync(registered.EventId, crvs.TokenOf(registered.EventId));
        Assert.Equal("REGISTERED", (string?)crvs.Events.Indexed(registered.EventId)!["status"]);
    }

    [Fact]
    public async Task Three_kinds_of_actions_can_not_be_rejected_later()
    {
        await using var crvs = await EventsCaller.StartAsync(
            shared.Keys,
            change: settings => settings.Events.ForwardsAll = true
        );
        crvs.Answers(200, "{}");
        var draft = crvs.Events.Registrar.CreateDraft("birth");
        await crvs.Events.Registrar.DeclareAsync(draft.Id, "t1");
        crvs.Answers(202);
        await crvs.Events.Registrar.ActAsync(new RequestedAction(draft.Id, "REJECT", "t2") { Content = [] });
        var pending = Assert.Single(crvs.Events.Find(draft.Id)!.Pending);
        var input = new JsonObject
        {
            ["eventId"] = draft.Id,
            ["actionId"] = pending.Id,
            ["transactionId"] = "t3",
        };
        var token = crvs.TokenOf(draft.Id);
        Assert.Equal(500, (await crvs.CallAsync("event.actions.reject.reject", token, input)).Status);
        Assert.Equal(200, (await crvs.CallAsync("event.actions.reject.accept", token, input)).Status);
    }
}
