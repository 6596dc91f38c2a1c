using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.Sandbox;

/// <summary>The sandbox's OpenCRVS calls the country configuration as the real one does.</summary>
public sealed class EventsTriggerTests(SandboxTests.SharedKeys shared) : IClassFixture<SandboxTests.SharedKeys>
{
    [Theory]
    [InlineData(OpenCrvsVersion.V19, "birth", "1.9-birth-REGISTER")]
    [InlineData(OpenCrvsVersion.V20, "birth", "birth-REGISTER")]
    [InlineData(OpenCrvsVersion.V20, "death", "death-REGISTER")]
    [InlineData(OpenCrvsVersion.V21, "birth", "birth-REGISTER")]
    public async Task A_registration_is_triggered_in_the_real_shape(OpenCrvsVersion version, string type, string real)
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys, version);
        var registered = await crvs.PendingAsync(new RegistrationOrder { Type = type });

        var (path, body, headers) = Assert.Single(crvs.Client.Posts);
        Assert.Equal($"/api/trigger/events/{type}/actions/REGISTER", path);
        Assert.Equal(
            EventShapes.OfDocument(EventShapes.Real("triggers", real)),
            EventShapes.OfDocument(JsonNode.Parse(body)!)
        );
        Assert.Equal("application/json", headers["Content-Type"]);
        Assert.StartsWith("Bearer ", headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal(
            $"{DateTime.UtcNow.Year}{(type == "birth" ? 'B' : 'D')}{registered.TrackingId}",
            headers["X-Registration-Number"]
        );
        Assert.Equal("application/json", headers["Content-Type"]);
    }

    [Fact]
    public async Task What_202_leaves_pending_is_indexed_as_such()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var registered = await crvs.PendingAsync(
            new RegistrationOrder { Registering = new JsonObject { ["child.gender"] = "unknown" } }
        );
        var indexed = crvs.Events.Indexed(registered.EventId)!;
        Assert.Equal("DECLARED", (string?)indexed["status"]);
        Assert.Equal("register:requested", (string?)Assert.Single(indexed["flags"]!.AsArray()));
        Assert.NotEqual("unknown", (string?)indexed["declaration"]!["child.gender"]);
    }

    [Fact]
    public async Task A_200_registers_with_its_number()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        crvs.Answers(200, """{"registrationNumber":"R1","declaration":{"child.nid":"1"},"unknown":1}""");
        var registered = await crvs.Events.RegisterAsync();
        Assert.Equal(200, registered.Status);
        Assert.Equal("R1", Assert.Single(crvs.Events.Find(registered.EventId)!.Registrations).RegistrationNumber);
        var indexed = crvs.Events.Indexed(registered.EventId)!;
        Assert.Equal("REGISTERED", (string?)indexed["status"]);
        Assert.Equal("1", (string?)indexed["declaration"]!["child.nid"]);
    }

    [Theory]
    [InlineData(200, "{}")]
    [InlineData(200, "")]
    [InlineData(200, "null")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"registrationNumber":1}""")]
    [InlineData(204, "")]
    [InlineData(302, "")]
    [InlineData(401, "")]
    [InlineData(500, "")]
    [InlineData(503, "")]
    [InlineData(0, "")]
    public async Task Any_other_answer_leaves_the_record_stuck(int status, string body)
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        crvs.Client.Answer =
            status == 0
                ? (_, _) => Task.FromResult<IResult>(new Cut())
                : (_, _) => Task.FromResult(Results.Text(body, "application/json", statusCode: status));
        var registered = await crvs.Events.RegisterAsync();
        Assert.Equal(500, registered.Status);
        Assert.Single(crvs.Events.Find(registered.EventId)!.Pending);
        // Core does not index it: the search still shows the record as declared.
        Assert.Empty(crvs.Events.Indexed(registered.EventId)!["flags"]!.AsArray());

        // The same once more looks well and does nothing; a new try is refused.
        crvs.Answers(202);
        var posts = crvs.Client.Posts.Count;
        Assert.Equal(200, (await crvs.Events.PressAgainAsync(registered.EventId, registered.TransactionId)).Status);
        Assert.Equal(409, (await crvs.Events.PressAgainAsync(registered.EventId)).Status);
        Assert.Equal(posts, crvs.Client.Posts.Count);

        // The token that came with the trigger frees it.
        var (accepted, _) = await crvs.AcceptAsync(
            registered,
            EventsCaller.Input(registered, "N" + status + body.Length)
        );
        Assert.Equal(200, accepted);
        Assert.Equal("REGISTERED", (string?)crvs.Events.Indexed(registered.EventId)!["status"]);
    }

    [Fact]
    public async Task A_400_lets_the_registrar_press_again_with_the_same_number()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        crvs.Answers(400);
        var registered = await crvs.Events.RegisterAsync();
        Assert.Equal(200, registered.Status);
        Assert.Equal(["register:rejected"], crvs.Events.State(registered.EventId).Flags);

        crvs.Answers(202);
        var again = await crvs.Events.PressAgainAsync(registered.EventId);
        Assert.Equal(200, again.Status);
        Assert.NotEqual(registered.ActionId, again.ActionId);
        Assert.Equal(2, crvs.Client.Posts.Count);
        Assert.Single(crvs.Client.Posts.Select(post => post.Headers["X-Registration-Number"]).Distinct());
    }

    [Fact]
    public async Task A_declaration_is_triggered_again_with_another_token_while_it_waits()
    {
        await using var crvs = await EventsCaller.StartAsync(
            shared.Keys,
            change: settings => settings.Events.ForwardsAll = true
        );
        crvs.Answers(202);
        var draft = crvs.Events.Registrar.CreateDraft("birth");
        await crvs.Events.Registrar.DeclareAsync(draft.Id, "t1");
        await crvs.Events.Registrar.DeclareAsync(draft.Id, "t1");
        Assert.Equal(2, crvs.Client.Posts.Count);
        Assert.Single(crvs.Events.Find(draft.Id)!.Pending);
        Assert.Null(crvs.Events.Indexed(draft.Id));

        // With another transaction id a second one waits, and nothing goes on any more.
        var failure = await Assert.ThrowsAsync<CoreException>(() => crvs.Events.Registrar.DeclareAsync(draft.Id, "t2"));
        Assert.StartsWith("Expected exactly one pending action, but found ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, crvs.Client.Posts.Count);
    }

    [Fact]
    public async Task A_registration_without_a_declaration_is_in_its_edit()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        var registered = await crvs.PendingAsync(new RegistrationOrder { ByNotification = true });
        var document = crvs.Events.Find(registered.EventId)!;
        Assert.DoesNotContain(document.Actions, action => action.Type == "DECLARE");
        Assert.NotNull(crvs.Events.State(registered.EventId).Declaration["child.name"]);
    }

    [Fact]
    public async Task Without_the_auth_service_the_record_is_stuck_and_nobody_is_called()
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys);
        crvs.Client.Answer = (_, _) =>
        {
            crvs.Sandbox.OpenCrvs.Auth.Clear();
            return Task.FromResult(Results.StatusCode(202));
        };
        var first = await crvs.PendingAsync();
        await crvs.AcceptAsync(first, EventsCaller.Input(first, "A1"));
        crvs.Answers(400);
        var second = await crvs.Events.RegisterAsync();
        crvs.Sandbox.OpenCrvs.Auth.Set(Fault.Status500);
        var posts = crvs.Client.Posts.Count;
        Assert.Equal(500, (await crvs.Events.PressAgainAsync(second.EventId)).Status);
        Assert.Single(crvs.Events.Find(second.EventId)!.Pending);
        Assert.Equal(posts, crvs.Client.Posts.Count);
    }

    [Fact]
    public async Task The_country_configuration_accepts_by_itself_when_the_client_is_away_or_slow()
    {
        await using var crvs = await EventsCaller.StartAsync(
            shared.Keys,
            change: settings =>
            {
                settings.Events.AcceptsByItself = true;
                settings.Events.Patience = TimeSpan.FromMilliseconds(300);
            }
        );
        var hung = new TaskCompletionSource();
        crvs.Client.Answer = async (_, _) =>
        {
            await hung.Task;
            return Results.StatusCode(202);
        };
        var slow = await crvs.Events.RegisterAsync();
        hung.SetResult();
        crvs.Sandbox.ClientUrl = new Uri("http://127.0.0.1:9");
        var away = await crvs.Events.RegisterAsync();
        foreach (var registered in new[] { slow, away })
        {
            Assert.Equal(200, registered.Status);
            Assert.Equal(
                $"{DateTime.UtcNow.Year}B{registered.TrackingId}",
                Assert.Single(crvs.Events.Find(registered.EventId)!.Registrations).RegistrationNumber
            );
        }
    }

    [Theory]
    [InlineData(OpenCrvsVersion.V19, "/countryconfig/events")]
    [InlineData(OpenCrvsVersion.V20, "/countryconfig/config/events")]
    public async Task The_forms_are_told(OpenCrvsVersion version, string path)
    {
        await using var crvs = await EventsCaller.StartAsync(shared.Keys, version);
        var forms = JsonNode.Parse(await crvs.TextAsync(path))!.AsArray();
        Assert.Equal(["birth", "death"], forms.Select(form => (string?)form!["id"]));
        Assert.Contains(
            "child.nid",
            forms[0]!["declaration"]!["pages"]!
                .AsArray()
                .SelectMany(page => page!["fields"]!.AsArray())
                .Select(field => (string?)field!["id"])
        );
    }

    /// <summary>The connection goes without an answer.</summary>
    private sealed class Cut : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Abort();
            return Task.CompletedTask;
        }
    }
}
