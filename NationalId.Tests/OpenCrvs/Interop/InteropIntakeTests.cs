using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Interop;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.OpenCrvs.Interop;

/// <summary>mosip-api's routes, status by status, while MOSIP is away.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class InteropIntakeTests
{
    private const string Registration = "events/registration";
    private const string Update = "events/update-biographics";

    [Fact]
    public async Task Every_request_has_the_answer_that_the_country_s_client_can_use()
    {
        await using var world = await StartAsync();
        var (token, eventId) = Token(world);
        using var refusals = new Refusals();

        // 1. Who has no token of the record gets nothing stored.
        foreach (var path in (string[])[Registration, "api/" + Registration, Update, "api/" + Update])
        {
            foreach (var bad in new[] { null, "nonsense", world.Sandbox.OpenCrvs.IssueToken() })
            {
                Assert.Equal((401, """{"error":"Unauthorized"}"""), await SendAsync(world, path, Birth("x"), bad));
            }
        }

        // However the country's client joins addresses, it finds us.
        var joined = await NodeScript.RunAsync(
            "esignet.mjs",
            ((string[])["", "/", "/api", "/api/"]).SelectMany(end =>
                ((string[])["./" + Registration, "./verify"]).Select(path => new
                {
                    join = new { @base = world.Host.BaseAddress.ToString().TrimEnd('/') + end, path },
                })
            )
        );
        Assert.Equal(8, joined.Count);
        foreach (var address in joined.Select(one => one.GetProperty("address").GetString()!))
        {
            Assert.Equal(401, (await SendAsync(world, address, "{}", null)).Status);
        }

        // 2. What is no registration of this record.
        Assert.Equal(400, (await SendAsync(world, Registration, "[]", token)).Status);
        Assert.Equal(400, (await SendAsync(world, Registration, "not json", token)).Status);
        Assert.Equal(400, (await SendAsync(world, Registration, """{"eventId":"another"}""", token)).Status);
        Assert.Equal(413, (await SendAsync(world, Registration, new string(' ', 1 << 20) + "{}", token)).Status);
        Assert.Equal(400, (await SendAsync(world, Update, Birth("x"), token)).Status);

        Assert.All(
            (IEnumerable<(string Reason, int AtLeast)>)
                [
                    ("mosip-api-token", 12),
                    ("mosip-api-document", 3),
                    ("mosip-api-record", 1),
                    ("mosip-api-too-large", 1),
                ],
            one => Assert.True(refusals.Of(one.Reason) >= one.AtLeast, $"{one}")
        );

        // mosip-api's routes for debugging, by which its tokens could be read, are not there.
        foreach (var path in (string[])["debug/transactions", "api/debug/transactions", "documentation"])
        {
            using var answer = await world.Http.GetAsync(world.Url(path));
            Assert.Equal(404, (int)answer.StatusCode);
        }

        // 3. What is one: the same twice, with a slash at the end, a query, another kind of content.
        var number = "2026B" + eventId[..6];
        Assert.Equal((202, "{}"), await SendAsync(world, Registration, Birth(number), token));
        Assert.Equal((202, "{}"), await SendAsync(world, "api/" + Registration + "/?a=b", Birth(number), token));
        var row = await world.EventAsync(
            number,
            EventKinds.Birth,
            EventState.Waiting,
            EventState.Received,
            EventState.Flagged
        );
        Assert.Equal(eventId, row.CompositionId);
        Assert.Single(await world.Ledger.FindAsync(number, default));

        // 4. A correction of somebody with a number: nothing here delivers any, and it is kept.
        var update = """{"trackingId":"ABC123","requestFields":{"VID":"1234567890123456","gender":"male"}}""";
        Assert.Equal((202, "{}"), await SendAsync(world, Update, update, token));
        await Eventually.TrueAsync(async () =>
            (await ListAsync(world, "api/ops/events?state=Delivered")).ToJsonString() is var list
            && list.Contains(EventKinds.Update, StringComparison.Ordinal)
            && list.Contains(InteropReasons.NoUpdates, StringComparison.Ordinal)
        );
        Assert.DoesNotContain(world.Logs.Lines, line => line.Contains(token, StringComparison.Ordinal));
        Assert.DoesNotContain(world.Logs.Lines, line => line.Contains("Testperson", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_exactly_one_number_it_is_kept_flagged_and_accepted_by_nobody()
    {
        await using var world = await StartAsync();
        const string Both = """{"requestFields":{"birthCertificateNumber":"1","deathCertificateNumber":"2"}}""";
        foreach (var neither in new[] { "{}", """{"requestFields":{"fullName":"Zita Testperson"}}""" })
        {
            Assert.Equal((202, "{}"), await SendAsync(world, Registration, neither, Token(world).Token));
        }

        var (token, eventId) = Token(world);
        Assert.Equal((202, "{}"), await SendAsync(world, Registration, Both, token));
        await world.SweepAsync();
        var all = (await ListAsync(world, "api/ops/confirmations")).AsArray();
        Assert.Equal(3, all.Count);
        Assert.All(all, one => Assert.Equal(InteropReasons.Held, (string?)one!["reason"]));
        Assert.All(all, one => Assert.Null(one!["dueAt"]));
        var waiting = Assert.Single(all, one => (string?)one!["recordId"] == eventId)!;
        var row = (await world.Ledger.GetAsync((string)waiting["key"]!, default))!;
        Assert.Equal(EventState.Flagged, row.Current);
        Assert.Equal(InteropReasons.NotOneNumber, row.Reason);

        // An operator can't have it accepted: it has no number.
        Assert.Equal(409, await OrderAsync(world, row.Key));

        // The same action told rightly is another matter.
        var number = "2026B" + eventId[..6];
        Assert.Equal((202, "{}"), await SendAsync(world, Registration, Birth(number), token));
        await world.EventAsync(number, EventKinds.Birth, EventState.Waiting, EventState.Received);
    }

    private static Task<World> StartAsync() =>
        World.StartAsync(
            sandbox =>
            {
                sandbox.OpenCrvsVersion = OpenCrvsVersion.V20;
                sandbox.MosipTakesPackets = true;
            },
            client => client["NationalId:Mosip:Packets:Url"] = "http://127.0.0.1:9"
        );

    private static (string Token, string EventId) Token(World world)
    {
        var eventId = Guid.NewGuid().ToString();
        return (
            world.Sandbox.OpenCrvs.IssueToken(
                new IssuedTokenOptions
                {
                    Scope = ["type=record.confirm-registration", "type=record.reject-registration"],
                    EventId = eventId,
                    ActionId = Guid.NewGuid().ToString(),
                    UserType = "user",
                }
            ),
            eventId
        );
    }

    private static string Birth(string number) =>
        new JsonObject
        {
            ["trackingId"] = "B4K7QX",
            ["requestFields"] = new JsonObject
            {
                ["birthCertificateNumber"] = number,
                ["fullName"] = "Zita Mila Testperson",
                ["dateOfBirth"] = "2026-06-20",
                ["gender"] = "female",
            },
        }.ToJsonString();

    private static async Task<(int Status, string Text)> SendAsync(World world, string path, string body, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, world.Url(path))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("bearer", token);
        }

        using var answer = await world.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<JsonNode> ListAsync(World world, string path)
    {
        using var request = Operator(world, HttpMethod.Get, path);
        using var answer = await world.Http.SendAsync(request);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private static async Task<int> OrderAsync(World world, string key)
    {
        using var request = Operator(world, HttpMethod.Post, $"api/ops/confirmations/{key}/confirm");
        using var answer = await world.Http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private static HttpRequestMessage Operator(World world, HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, world.Url(path));
        request.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
        request.Headers.Add("X-Requested-With", "NationalId");
        return request;
    }
}
