using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NationalId.Tests.Infra;

namespace NationalId.Tests.OpenCrvs.Actions;

/// <summary>
/// The handler that docs/opencrvs-2.md gives to a country configuration, run by Node as it is printed there: forwards,
/// makes the number, and never leaves a record stuck.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class CountryConfigurationTests
{
    private const string BirthPath = "/trigger/events/birth/actions/REGISTER";
    private const string DeathPath = "/trigger/events/death/actions/REGISTER";

    // Spaces and an escape that a JSON library would write in another way.
    private const string Birth = """
        {"id":"8c1f",  "type":"birth","createdAt":"2026-12-31T23:59:59.000Z","trackingId":"B4K7QX",
         "actions":[{"declaration":{"child.name":{"firstname":"\u00c5da","surname":"Ñame"}}}]}
        """;

    [Fact]
    public async Task It_passes_the_strict_check_of_TypeScript()
    {
        var lines = await RunAsync([new { check = true }]);

        Assert.Equal("[]", lines.Single().GetProperty("errors").GetRawText());
    }

    [Fact]
    public async Task It_forwards_the_trigger_byte_for_byte_with_its_token_and_a_number()
    {
        await using var client = await LoopbackServer.StartAsync((202, ""));

        var answer = (await RunAsync(Trigger(client.Url, BirthPath, Birth))).Single();

        Assert.Equal(202, answer.GetProperty("status").GetInt32());
        var seen = client.Seen.Single();
        Assert.Equal(("POST", "/api" + BirthPath), (seen.Method, seen.Path));
        Assert.Equal(Encoding.UTF8.GetBytes(Birth), seen.Body);
        Assert.Equal("Bearer the-token", seen.Headers.Authorization);
        Assert.StartsWith("application/json", seen.Headers.ContentType);
        Assert.Equal("2026BB4K7QX", seen.Headers["X-Registration-Number"]);
    }

    [Fact]
    public async Task A_record_has_one_number_however_often_it_is_asked_for()
    {
        await using var client = await LoopbackServer.StartAsync((400, ""), (404, ""), (202, ""));
        var death = Birth.Replace("birth", "death");

        var answers = await RunAsync([
            .. Enumerable.Range(0, 3).SelectMany(_ => Trigger(client.Url, DeathPath, death)),
        ]);

        Assert.Equal([400, 200, 202], answers.Select(answer => answer.GetProperty("status").GetInt32()));
        Assert.Equal("""{"registrationNumber":"2026DB4K7QX"}""", answers[1].GetProperty("body").GetString());
        Assert.All(client.Seen, seen => Assert.Equal("2026DB4K7QX", seen.Headers["X-Registration-Number"]));
    }

    [Fact]
    public async Task A_client_that_starts_anew_is_asked_again_with_the_same()
    {
        await using var client = await LoopbackServer.StartAsync(
            (seen, context) =>
            {
                context.Response.StatusCode = seen.Number < 3 ? 503 : 202;
                if (seen.Number == 1)
                {
                    context.Abort();
                }

                return Task.CompletedTask;
            }
        );

        var answer = (await RunAsync(Trigger(client.Url, BirthPath, Birth))).Single();

        Assert.Equal(202, answer.GetProperty("status").GetInt32());
        Assert.Equal(3, client.Seen.Count);
        Assert.All(
            client.Seen,
            seen =>
            {
                Assert.Equal(Encoding.UTF8.GetBytes(Birth), seen.Body);
                Assert.Equal("2026BB4K7QX", seen.Headers["X-Registration-Number"]);
            }
        );
    }

    [Fact]
    public async Task What_the_client_answers_goes_to_OpenCRVS()
    {
        const string accepted = """{"registrationNumber":"2026BB4K7QX","declaration":{"child.nid":"1"}}""";
        await using var client = await LoopbackServer.StartAsync((200, accepted));

        var answer = (await RunAsync(Trigger(client.Url, BirthPath, Birth))).Single();

        Assert.Equal(
            (200, accepted),
            (answer.GetProperty("status").GetInt32(), answer.GetProperty("body").GetString())
        );
    }

    [Theory]
    [InlineData(204)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(429)]
    public async Task What_would_leave_the_record_stuck_is_accepted_instead(int status)
    {
        await using var client = await LoopbackServer.StartAsync(
            (_, context) =>
            {
                context.Response.StatusCode = status;
                return Task.CompletedTask;
            }
        );

        AssertAcceptedByItself((await RunAsync(Trigger(client.Url, BirthPath, Birth))).Single());
    }

    [Theory]
    [InlineData("CUSTOM")]
    [InlineData("APPROVE_CORRECTION")]
    public async Task A_change_of_a_record_goes_to_the_client_and_is_refused_where_that_does_not_answer(string action)
    {
        await using var client = await LoopbackServer.StartAsync((200, "{}"), (404, ""));
        var path = "/trigger/events/birth/actions/" + action;

        var answers = await RunAsync([.. Trigger(client.Url, path, Birth).Concat(Trigger(client.Url, path, Birth))]);

        Assert.Equal([200, 400], answers.Select(answer => answer.GetProperty("status").GetInt32()));
        Assert.All(client.Seen, seen => Assert.Equal("/api" + path, seen.Path));
    }

    [Fact]
    public async Task It_gives_up_after_ten_seconds_whatever_the_client_does()
    {
        var nobody = await LoopbackServer.NobodyAsync();
        await using var silent = await LoopbackServer.StartSilentAsync();
        await using var broken = await LoopbackServer.StartAsync((503, ""));
        await using var cutting = await LoopbackServer.StartAsync(
            (_, context) =>
            {
                context.Abort();
                return Task.CompletedTask;
            }
        );
        await using var half = await LoopbackServer.StartAsync(
            async (_, context) =>
            {
                await context.Response.WriteAsync("{");
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { });
            }
        );

        var all = await Task.WhenAll(
            new[] { nobody, silent.Address, broken.Address, cutting.Address, half.Address }.Select(address =>
                RunAsync(Trigger(address.ToString().TrimEnd('/'), BirthPath, Birth))
            )
        );

        Assert.All(
            all.Select(answers => answers.Single()),
            answer =>
            {
                AssertAcceptedByItself(answer);
                Assert.InRange(answer.GetProperty("ms").GetInt32(), 9_900, 20_000);
            }
        );
    }

    [Fact]
    public async Task A_record_with_attachments_goes_through()
    {
        await using var client = await LoopbackServer.StartAsync((202, ""));
        var large = Birth.Replace("Ñame", new string('x', 20 * 1024 * 1024));

        var answer = (await RunAsync(Trigger(client.Url, BirthPath, large))).Single();

        Assert.Equal(202, answer.GetProperty("status").GetInt32());
        Assert.Equal(Encoding.UTF8.GetByteCount(large), client.Seen.Single().Body.Length);
    }

    private static object[] Trigger(string nationalId, string path, string body) =>
        [
            new
            {
                nationalId,
                path,
                body,
                token = "the-token",
            },
        ];

    private static Task<IReadOnlyList<JsonElement>> RunAsync(object[] lines) =>
        NodeScript.RunAsync("country-config.mjs", lines, CompiledBicep.Path("docs/opencrvs-2.md"));

    private static void AssertAcceptedByItself(JsonElement answer)
    {
        Assert.Equal(200, answer.GetProperty("status").GetInt32());
        Assert.Equal("""{"registrationNumber":"2026BB4K7QX"}""", answer.GetProperty("body").GetString());
    }
}
