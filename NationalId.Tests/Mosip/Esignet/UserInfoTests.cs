using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Mosip.Esignet;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Mosip.Esignet;

/// <summary>Who has signed in with e-Signet fills the form, and nobody else does.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class UserInfoTests
{
    private const string Page = "https://register.crvs.example/registration/birth/mother";
    private const string Origin = "https://register.crvs.example";
    private const string Client = NationalId.Sandbox.Mosip.Esignet.ClientId;

    [Fact]
    public async Task Who_has_signed_in_is_told_and_nothing_that_e_Signet_did_not_say_to_us_now()
    {
        await using var world = await StartAsync();
        var esignet = world.Sandbox.Esignet;

        // 1. Signed, and encrypted too; at the root and under api/; each code once.
        var code = SignIn(world);
        var (status, told) = await AskAsync(world, code);
        Assert.Equal(200, status);
        Assert.Equal("Zita", (string?)told["name"]!["firstname"]);
        Assert.Equal("1990-03-04", (string?)told["birthDate"]);
        Assert.Equal("authenticated", (string?)told["verificationStatus"]);
        Assert.Equal(400, (await AskAsync(world, code)).Status);
        esignet.Encrypts = true;
        Assert.Equal(200, (await AskAsync(world, SignIn(world), "api/")).Status);
        esignet.Encrypts = false;

        // 2. Without an audience the id token proves for whom it is; without both, nothing does.
        esignet.Audience = null;
        Assert.Equal(200, (await AskAsync(world, SignIn(world))).Status);
        esignet.GivesIdToken = false;
        Assert.Equal(400, (await AskAsync(world, SignIn(world))).Status);
        esignet.GivesIdToken = true;
        esignet.Audience = "another-client";
        Assert.Equal(400, (await AskAsync(world, SignIn(world))).Status);
        esignet.Audience = Client;

        // 3. Another's key, another person, an old answer.
        esignet.SignsWithAnotherKey = true;
        Assert.Equal(400, (await AskAsync(world, SignIn(world))).Status);
        esignet.SignsWithAnotherKey = false;
        esignet.MixesPeople = true;
        Assert.Equal(400, (await AskAsync(world, SignIn(world))).Status);
        esignet.MixesPeople = false;
        esignet.Lifetime = TimeSpan.FromMinutes(-2);
        Assert.Equal(400, (await AskAsync(world, SignIn(world))).Status);
        esignet.Lifetime = TimeSpan.FromMinutes(2);
        Assert.Equal(200, (await AskAsync(world, SignIn(world))).Status);
        Assert.Equal(["code"], esignet.Refusals);

        // 4. e-Signet is away: as mosip-api says it.
        foreach (var fault in (Fault[])[Fault.Status503, Fault.Html200])
        {
            esignet.UserInfo.Set(fault);
            (status, told) = await AskAsync(world, SignIn(world));
            Assert.True(status is 500 or 400, $"{status}");
            Assert.NotNull(told["error"]);
        }

        Assert.DoesNotContain(
            world.Logs.Lines,
            line =>
                line.Contains("Zita", StringComparison.Ordinal)
                || line.Contains("1990", StringComparison.Ordinal)
                || line.Contains(code, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Only_the_client_s_pages_and_people_who_are_signed_in_to_OpenCRVS_may_ask()
    {
        await using var world = await StartAsync();
        Assert.Equal(401, (await AskAsync(world, SignIn(world), token: "nonsense")).Status);
        Assert.Equal(401, (await AskAsync(world, SignIn(world), token: "")).Status);
        Assert.Equal(400, (await AskAsync(world, "")).Status);
        Assert.Equal(400, (await AskAsync(world, SignIn(world), client: "another-client")).Status);

        using var allowed = await PreflightAsync(world, Origin);
        Assert.Equal(204, (int)allowed.StatusCode);
        Assert.Equal(Origin, allowed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("Content-Type, Authorization", allowed.Headers.GetValues("Access-Control-Allow-Headers").Single());
        using var other = await PreflightAsync(world, "https://elsewhere.example");
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
        using var none = await PreflightAsync(world, null);
        Assert.Equal(400, (int)none.StatusCode);

        using var asked = Request(world, SignIn(world), "");
        asked.Headers.Add("Origin", Origin);
        using var answer = await world.Http.SendAsync(asked);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(Origin, answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
    }

    [Fact]
    public async Task Settings_say_whom_e_Signet_must_name_who_may_ask_and_how_a_name_is_split()
    {
        await using var world = await StartAsync();
        var esignet = world.Sandbox.Esignet;
        var options = world.Host.Services.GetRequiredService<EsignetOptions>();

        // An e-Signet that says for nobody whom it told: OpenCRVS's mock is one.
        esignet.Audience = null;
        esignet.GivesIdToken = false;
        Assert.Equal(400, (await AskAsync(world, SignIn(world))).Status);
        options.RequireAudience = false;
        Assert.Equal(200, (await AskAsync(world, SignIn(world))).Status);

        options.NameRule = NameRule.FirstIsSurname;
        var (_, told) = await AskAsync(world, SignIn(world));
        Assert.Equal(("Testperson", "Zita"), ((string?)told["name"]!["firstname"], (string?)told["name"]!["surname"]));

        // Whichever client the form names is e-Signet's business where the settings name none.
        Assert.Equal(400, (await AskAsync(world, SignIn(world), client: "another-client")).Status);
        Assert.Empty(esignet.Refusals);
        options.ClientIds = "";
        Assert.Equal(400, (await AskAsync(world, SignIn(world), client: "another-client")).Status);
        Assert.NotEmpty(esignet.Refusals);
        options.ClientIds = "first-client, " + Client;
        Assert.Equal(200, (await AskAsync(world, SignIn(world))).Status);

        // A proof that is addressed to somebody else is none.
        options.Audience = "https://somebody.else.example";
        Assert.NotEqual(200, (await AskAsync(world, SignIn(world))).Status);
        options.Audience = "";
        options.ClientAppUrl = null;
        using var none = await PreflightAsync(world, Origin);
        Assert.False(none.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData(
        "https://e.example/v1/esignet/oauth/v2/token",
        null,
        "https://e.example/v1/esignet/oauth/.well-known/jwks.json"
    )]
    [InlineData(
        "https://e.example/v1/esignet/oauth/token",
        null,
        "https://e.example/v1/esignet/oauth/.well-known/jwks.json"
    )]
    [InlineData("https://e.example/v1/esignet/oauth/v2/token", "https://keys.example/set", "https://keys.example/set")]
    [InlineData("https://e.example/tokens", null, null)]
    public void Its_keys_are_beside_the_token_endpoint_or_where_the_setting_says(
        string token,
        string? keys,
        string? expected
    ) =>
        Assert.Equal(
            expected,
            new EsignetOptions { TokenUrl = new Uri(token), KeysUrl = keys is null ? null : new Uri(keys) }
                .Keys
                ?.AbsoluteUri
        );

    private static Task<World> StartAsync() =>
        World.StartAsync(
            sandbox => sandbox.EsignetFor = new Uri(Origin),
            client =>
            {
                client["NationalId:Delivery:QuickRetries"] = "0";
                // A machine that is busy is no e-Signet that is away.
                client["NationalId:Esignet:Timeout"] = "00:00:30";
            }
        );

    private static string SignIn(World world) =>
        world.Sandbox.Esignet.SignIn(
            Page,
            new Dictionary<string, object>
            {
                ["sub"] = "4711",
                ["name"] = "Zita Testperson",
                ["gender"] = "Female",
                ["birthdate"] = "1990/03/04",
            }
        );

    private static HttpRequestMessage Request(
        World world,
        string code,
        string prefix,
        string? token = null,
        string client = Client
    )
    {
        var request = new HttpRequestMessage(
            HttpMethod.Post,
            world.Url($"{prefix}esignet/get-oidp-user-info?code={code}&state=fetch-on-mount")
        )
        {
            Content = JsonContent.Create(new { clientId = client, redirectUri = Page + "?code=x&state=y" }),
        };
        // The user's own: no record, whatever scopes.
        token ??= world.Sandbox.OpenCrvs.IssueToken(
            new IssuedTokenOptions { Scope = ["record.declare-birth"], UserType = "user" }
        );
        if (token.Length > 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        return request;
    }

    private static async Task<(int Status, JsonNode Told)> AskAsync(
        World world,
        string code,
        string prefix = "",
        string? token = null,
        string client = Client
    )
    {
        using var request = Request(world, code, prefix, token, client);
        using var answer = await world.Http.SendAsync(request);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    private static Task<HttpResponseMessage> PreflightAsync(World world, string? origin)
    {
        var request = new HttpRequestMessage(HttpMethod.Options, world.Url("esignet/get-oidp-user-info"));
        request.Headers.Add("Access-Control-Request-Method", "POST");
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return world.Http.SendAsync(request);
    }
}
