using System.Diagnostics.Tracing;
using Azure.Core.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Osia;

namespace NationalId.Tests.Osia;

[Trait(Tier.Name, Tier.Whole)]
public sealed class DataAccessTests
{
    [Fact]
    public async Task The_registry_reads_matches_verifies_and_finds_whom_we_serve()
    {
        await using var world = await OsiaWorld.StartAsync();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);

        // Read: what is not served is an error in a 200, what has no value is left out.
        await IsAsync(
            world,
            200,
            """{"lastName":"Ωmega","status":{"code":1,"message":"Unknown attribute name"}}""",
            $"persons/{uin}?attributeNames=lastName&attributeNames=dateOfDeath&attributeNames=status&transactionId=1"
        );
        await IsAsync(world, 200, """{"gender":"2"}""", $"persons/{OsiaWorld.MothersNumber}?attributeNames=gender");
        await IsAsync(world, 400, null, $"persons/{uin}");
        await IsAsync(world, 404, "", "persons/1?attributeNames=lastName");

        // Match.
        await IsAsync(world, 200, "[]", $"persons/{uin}/match", """{"lastName":"Ωmega","dateOfBirth":"2026-03-04"}""");
        await IsAsync(
            world,
            200,
            """[{"attributeName":"gender","errorCode":1},{"attributeName":"shoeSize","errorCode":0}]""",
            $"persons/{uin}/match",
            """{"gender":1,"shoeSize":4.5}"""
        );
        await IsAsync(world, 400, null, $"persons/{uin}/match", """{"gender":{"a":1}}""");
        await IsAsync(world, 404, "", "persons/1/match", """{"gender":"1"}""");

        // Verify.
        const string Born = """{"attributeName":"dateOfBirth","operator":">=","value":"2026-01-01"}""";
        await IsAsync(world, 200, "true", $"persons/{uin}/verify", $"[{Born}]");
        await IsAsync(
            world,
            200,
            "false",
            $"persons/{uin}/verify",
            $$"""[{{Born}},{"attributeName":"gender","operator":"<","value":2}]"""
        );
        await IsAsync(
            world,
            403,
            "",
            $"persons/{uin}/verify",
            """[{"attributeName":"shoeSize","operator":"=","value":"1"}]"""
        );
        await IsAsync(
            world,
            400,
            null,
            $"persons/{uin}/verify",
            """[{"attributeName":"gender","operator":"!=","value":"1"}]"""
        );

        // Find.
        await IsAsync(
            world,
            200,
            $"[\"{uin}\"]",
            "persons?dateOfBirth=2026-03-04&lastName=%CE%A9mega&offset=0&limit=5"
        );
        await IsAsync(
            world,
            200,
            """[{"lastName":"Ωmega"}]""",
            "persons?dateOfBirth=2026-03-04&names=lastName&names=dateOfDeath"
        );
        await IsAsync(world, 404, "", "persons?dateOfBirth=2026-03-04&lastName=Else");
        await IsAsync(world, 404, "", "persons?dateOfBirth=2026-03-04&offset=1");
        await IsAsync(world, 400, null, "persons?lastName=%CE%A9mega");
        await IsAsync(world, 400, null, "persons?dateOfBirth=2026-03-04&shoeSize=4");
        await IsAsync(world, 400, null, "persons?dateOfBirth=2026-03-04&limit=-1");

        // Documents.
        await IsAsync(world, 404, "", $"persons/{uin}/document?doctype=birth&format=pdf");
        await IsAsync(world, 415, "", $"persons/{uin}/document?doctype=birth&format=gif");
        await IsAsync(world, 400, null, $"persons/{uin}/document?format=pdf");
    }

    [Fact]
    public async Task Only_a_token_for_us_with_the_scope_reads()
    {
        await using var world = await OsiaWorld.StartAsync();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        await world.DeliveredAsync(birth);
        var path = $"persons/{await world.NumberedAsync(birth)}?attributeNames=lastName";
        var tokens = world.Osia().Tokens;
        string[] read = ["other", "cr.person.read"];
        using var reads = new MetricCounts("nationalid.osia.reads");
        Assert.Equal(200, await StatusAsync(tokens.Issue(read)));
        Assert.Equal(200, await StatusAsync(tokens.Issue(read, claim: "scp")));
        Assert.Equal(200, await StatusAsync(tokens.Issue(read, asList: true)));
        Assert.Equal(200, await StatusAsync(tokens.Issue(read, claim: "scp", asList: false)));
        Assert.Equal(403, await StatusAsync(tokens.Issue(["pr.person.read", "cr.person.match"])));
        Assert.Equal(401, await StatusAsync(tokens.Issue(read, audience: "somebody else")));
        Assert.Equal(401, await StatusAsync(tokens.Issue(read, issuer: "https://stranger.example")));
        Assert.Equal(401, await StatusAsync(tokens.Issue(read, life: TimeSpan.FromMinutes(-5))));
        Assert.Equal(401, await StatusAsync(tokens.Issue(read, stranger: true)));
        Assert.Equal(401, await StatusAsync("nonsense"));
        Assert.Equal(401, await StatusAsync(tokens.Issue(read) + "a"));

        // What the alerts registry-reads-refused and registry-reads-unknown look at.
        path = "persons/1?attributeNames=lastName";
        Assert.Equal(404, (await world.Osia().Orchestrator.AskAsync(path, tokens.Issue(read))).Status);
        Assert.All(
            (IEnumerable<(int Status, int AtLeast)>)[(200, 4), (401, 6), (403, 1), (404, 1)],
            one => Assert.True(reads.With(("call", "read"), ("status", one.Status)) >= one.AtLeast, $"{one}")
        );

        async Task<int> StatusAsync(string token)
        {
            var (status, body) = await world.Osia().Orchestrator.AskAsync(path, token);
            Assert.Equal(status == 200, body.Length > 0);
            return status;
        }
    }

    [Fact]
    public async Task People_can_be_read_until_the_registry_has_them_and_a_while_after()
    {
        await using var world = await OsiaWorld.StartAsync(settings =>
            settings[OsiaWorld.Section + "ServeFor"] = "00:00:00"
        );
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        world.Osia().Orchestrator.Loses = 1;
        var row = await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);
        await world.SweepAsync();
        var path = $"persons/{uin}?attributeNames=lastName";
        Assert.Equal(200, (await world.Osia().Orchestrator.AskAsync(path)).Status);

        world.Osia().Registry.Add(uin, "Zoë Łucja", "Ωmega", "2026-03-04");
        await world.SweptAsync(row, one => one.IsDone("registered"));
        Assert.Equal(404, (await world.Osia().Orchestrator.AskAsync(path)).Status);
        var people = world.Host.Services.GetRequiredService<ServedPeople>();
        await people.RemoveEndedAsync(default);
        Assert.Equal(0, await RowsAsync(world));
    }

    [Fact]
    public async Task A_read_by_number_is_one_call_of_storage()
    {
        await using var world = await OsiaWorld.StartAsync();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        await world.DeliveredAsync(birth);
        var path = $"persons/{await world.NumberedAsync(birth)}?attributeNames=lastName";
        await world.Osia().Orchestrator.AskAsync(path);

        var account = world.StorageConnection.Split("AccountName=")[1].Split(';')[0];
        var calls = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using (
            new AzureEventSourceListener(
                (args, message) =>
                {
                    // The queues are polled meanwhile.
                    if (args.EventName == "Request" && message.Contains($"/{account}/osia", StringComparison.Ordinal))
                    {
                        calls.Enqueue(message);
                    }
                },
                EventLevel.Informational
            )
        )
        {
            Assert.Equal(200, (await world.Osia().Orchestrator.AskAsync(path)).Status);
        }

        Assert.Single(calls);
    }

    private static async Task<int> RowsAsync(World world) =>
        await new Azure.Data.Tables.TableClient(world.StorageConnection, ServedPeople.TableName)
            .QueryAsync<Azure.Data.Tables.TableEntity>()
            .CountAsync();

    private static async Task IsAsync(World world, int status, string? text, string path, string? body = null)
    {
        var (got, said) = await world.Osia().Orchestrator.AskAsync(path, body: body);
        Assert.Equal((path, status), (path, got));
        if (text is null)
        {
            Assert.Matches("^\\{\"code\":\\d,\"message\":\"[^\"]+\"\\}$", said);
            return;
        }

        Assert.Equal(
            text.Length == 0 ? "" : System.Text.Json.Nodes.JsonNode.Parse(text)!.ToJsonString(),
            said.Length == 0 ? "" : System.Text.Json.Nodes.JsonNode.Parse(said)!.ToJsonString()
        );
    }
}
