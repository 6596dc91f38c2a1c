using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using NationalId.Sandbox;

namespace NationalId.Tests.OpenCrvs.Interop;

[Trait(Tier.Name, Tier.Whole)]
public sealed class VerifyTests
{
    [Fact]
    public async Task Who_MOSIP_recognises_is_verified_and_nobody_else_is()
    {
        await using var world = await World.StartAsync();
        var person = world.Sandbox.Mosip.AddPerson("John Dino Doe", "Male", "2001-02-20");
        Assert.Equal((200, "verified"), await AskAsync(world, Body(person.Uin)));
        Assert.Equal((200, "verified"), await AskAsync(world, Body(person.Uin, gender: null)));
        Assert.Equal((200, "verified"), await AskAsync(world, Body(person.Vid)));

        Assert.Equal((200, "failed"), await AskAsync(world, Body(person.Uin, dob: "2001-02-21")));
        Assert.Equal((200, "failed"), await AskAsync(world, Body(person.Uin, first: "Johan")));
        // The middle name counts.
        Assert.Equal((200, "failed"), await AskAsync(world, Body(person.Uin, middle: null)));
        Assert.Equal((200, "failed"), await AskAsync(world, Body("9999999999")));
        Assert.Equal((200, "failed"), await AskAsync(world, Body("a passport")));
        Assert.DoesNotContain(world.Logs.Lines, line => line.Contains(person.Uin, StringComparison.Ordinal));
    }

    /// <summary>
    /// A client of packets, which is what a country that moves here has, asked as the country's client joins addresses.
    /// </summary>
    [Fact]
    public async Task However_the_country_s_client_joins_addresses_it_reads_plain_text_without_quotes()
    {
        await using var world = await World.StartAsync(sandbox =>
        {
            sandbox.OpenCrvsVersion = OpenCrvsVersion.V20;
            sandbox.MosipTakesPackets = true;
        });
        var person = world.Sandbox.Mosip.AddPerson("John Dino Doe", "Male", "2001-02-20");
        var joined = await NodeScript.RunAsync(
            "esignet.mjs",
            ((string[])["", "/", "/api", "/api/"]).Select(end => new
            {
                join = new { @base = world.Host.BaseAddress.ToString().TrimEnd('/') + end, path = "./verify" },
            })
        );
        Assert.Equal(4, joined.Count);
        foreach (var address in joined.Select(one => one.GetProperty("address").GetString()!))
        {
            foreach (var (middle, word) in (IEnumerable<(string?, string)>)[("Dino", "verified"), (null, "failed")])
            {
                using var answer = await SendAsync(
                    world,
                    Body(person.Uin, middle: middle),
                    world.Sandbox.OpenCrvs.IssueToken(),
                    address
                );
                Assert.Equal("text/plain; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
                Assert.Equal(word, await answer.Content.ReadAsStringAsync());
            }
        }
    }

    [Theory]
    [InlineData(null, 200, "failed")]
    [InlineData("pending", 200, "pending")]
    [InlineData("503", 503, "{\"error\":\"MOSIP does not say: try again later\"}")]
    public async Task A_MOSIP_that_does_not_say_is_answered_as_the_country_wants(string? word, int status, string text)
    {
        await using var world = await World.StartAsync(client: settings =>
        {
            settings["NationalId:MosipApi:VerifyOutage"] = word;
            settings["NationalId:MosipApi:VerifyPatience"] = "00:00:04";
        });
        var person = world.Sandbox.Mosip.AddPerson("John Dino Doe", "Male", "2001-02-20");
        using var undecided = new MetricCounts("nationalid.verify.undecided");
        // The last but one is a technical code of IDA's in a 200: it says nothing of the person either.
        foreach (
            var fault in (Fault[])
                [Fault.Down, Fault.Status503, Fault.Html200, Fault.NullResponse, Fault.ErrorsArray, Fault.Hang]
        )
        {
            world.Sandbox.Mosip.Authentication.Set(fault);
            Assert.Equal((status, text), await AskAsync(world, Body(person.Uin)));
        }

        Assert.True(undecided.Of("mosip") >= 5, "Nobody would be told that MOSIP does not say.");
        Assert.NotEqual(0, undecided.Of("too-slow"));
        world.Sandbox.Mosip.Authentication.Clear();
        await Eventually.TrueAsync(async () => await AskAsync(world, Body(person.Uin)) == (200, "verified"));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{\"nid\":1234567892,\"dob\":\"2001-02-20\",\"name\":{\"firstname\":\"a\",\"surname\":\"b\"}}")]
    [InlineData("{\"nid\":\"1234567892\",\"dob\":\"20/02/2001\",\"name\":{\"firstname\":\"a\",\"surname\":\"b\"}}")]
    [InlineData("{\"nid\":\"1234567892\",\"dob\":\"2001-02-20\",\"name\":\"a\"}")]
    [InlineData("{\"nid\":\"1234567892\",\"dob\":\"2001-02-20\"}")]
    public async Task What_is_no_request_is_answered_with_the_reason(string body)
    {
        await using var world = await World.StartAsync();
        var (status, text) = await AskAsync(world, new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(400, status);
        Assert.StartsWith("{\"error\":\"", text);
    }

    [Fact]
    public async Task Without_a_good_token_of_OpenCRVS_nothing_is_told()
    {
        await using var world = await World.StartAsync();
        var person = world.Sandbox.Mosip.AddPerson("John Dino Doe", "Male", "2001-02-20");
        foreach (var token in new[] { null, "", "nonsense", world.Sandbox.OpenCrvs.IssueToken() + "a" })
        {
            using var answer = await SendAsync(world, Body(person.Uin), token);
            Assert.Equal(401, (int)answer.StatusCode);
            Assert.Equal("{\"error\":\"Unauthorized\"}", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Who_asks_too_often_has_to_wait()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:MosipApi:VerifyPerMinute"] = "2"
        );
        var person = world.Sandbox.Mosip.AddPerson("John Dino Doe", "Male", "2001-02-20");
        Assert.Equal(200, (await AskAsync(world, Body(person.Uin))).Status);
        Assert.Equal(200, (await AskAsync(world, Body(person.Uin))).Status);
        using var answer = await SendAsync(world, Body(person.Uin), world.Sandbox.OpenCrvs.IssueToken());
        Assert.Equal(429, (int)answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    private static JsonContent Body(
        string nid,
        string first = "John",
        string? middle = "Dino",
        string dob = "2001-02-20",
        string? gender = "male"
    ) =>
        JsonContent.Create(
            new
            {
                nid,
                dob,
                name = new
                {
                    firstname = first,
                    middlename = middle,
                    surname = "Doe",
                },
                gender,
                transactionId = "father-e1",
            }
        );

    private static async Task<(int Status, string Text)> AskAsync(World world, HttpContent body)
    {
        using var answer = await SendAsync(world, body, world.Sandbox.OpenCrvs.IssueToken());
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> SendAsync(
        World world,
        HttpContent body,
        string? token,
        string address = "api/verify"
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = body };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return await world.Http.SendAsync(request);
    }
}
