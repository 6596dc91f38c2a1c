using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NationalId.Core.OpenCrvs;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.OpenCrvs.Auth;

/// <summary>Our own token, from OpenCRVS 1.2 and from later ones.</summary>
public sealed class OpenCrvsTokensTests : IAsyncLifetime
{
    private readonly TestSecrets secrets = new()
    {
        Values = { [SecretNames.OpenCrvsClientId] = "client", [SecretNames.OpenCrvsClientSecret] = "secret" },
    };

    private LoopbackServer auth = null!;
    private string present = "authenticateSystemClient";
    private int absence = 404;
    private int given;

    public async Task InitializeAsync() => auth = await LoopbackServer.StartAsync(AnswerAsync);

    public async Task DisposeAsync() => await auth.DisposeAsync();

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    public async Task At_1_2_the_client_signs_in_where_that_version_has_it_and_remembers_it(int status)
    {
        absence = status;
        var tokens = Tokens();
        Assert.Equal("good1", await FetchAsync(tokens));
        Assert.Equal("good2", await FetchAsync(tokens));
        Assert.Equal(["token", "authenticateSystemClient", "authenticateSystemClient"], Paths());
        var body = JsonDocument.Parse(auth.Seen.Last().Body).RootElement;
        Assert.Equal("client", body.GetProperty("client_id").GetString());
        Assert.Equal("secret", body.GetProperty("client_secret").GetString());
        Assert.Equal("/authenticateSystemClient", auth.Seen.Last().Path);
    }

    [Fact]
    public async Task An_OpenCRVS_that_is_upgraded_meanwhile_is_found_again()
    {
        var tokens = Tokens();
        await FetchAsync(tokens);
        present = "token";
        Assert.Equal("good2", await FetchAsync(tokens));
        Assert.Equal("good3", await FetchAsync(tokens));
        Assert.Equal(["token", "authenticateSystemClient", "authenticateSystemClient", "token", "token"], Paths());
    }

    [Fact]
    public async Task A_proxy_without_its_service_says_nothing_about_the_version()
    {
        present = "nothing";
        var tokens = Tokens();
        var failure = await Assert.ThrowsAsync<TransientFailureException>(() => FetchAsync(tokens));
        Assert.Contains("no token endpoint", failure.Reason);
        present = "token";
        await FetchAsync(tokens);
        Assert.Equal(["token", "authenticateSystemClient", "token"], Paths());
    }

    [Theory]
    [InlineData(OpenCrvsTokenEndpoint.Token, "token")]
    [InlineData(OpenCrvsTokenEndpoint.AuthenticateSystemClient, "authenticateSystemClient")]
    public async Task A_setting_leaves_nothing_to_try(OpenCrvsTokenEndpoint endpoint, string path)
    {
        present = path;
        var tokens = Tokens(endpoint);
        Assert.Equal("good1", await FetchAsync(tokens));
        present = "nothing";
        tokens.Invalidate("good1");
        await Assert.ThrowsAsync<TransientFailureException>(() => FetchAsync(tokens));
        Assert.Equal([path, path], Paths());
    }

    private static async Task<string> FetchAsync(OpenCrvsTokens tokens)
    {
        var token = await tokens.GetAsync(default);
        tokens.Invalidate(token);
        return token;
    }

    private string[] Paths() => [.. auth.Seen.Select(seen => seen.Path.Split('?')[0][1..])];

    private Task AnswerAsync(SeenRequest seen, HttpContext context)
    {
        var path = seen.Path.Split('?')[0][1..];
        if (path != present)
        {
            context.Response.StatusCode = absence;
            return Task.CompletedTask;
        }

        var name = path == "token" ? "access_token" : "token";
        given++;
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($$"""{"{{name}}":"good{{given}}"}""")).AsTask();
    }

    private OpenCrvsTokens Tokens(OpenCrvsTokenEndpoint endpoint = OpenCrvsTokenEndpoint.Auto)
    {
        var options = new OpenCrvsOptions();
        options.AuthUrl = auth.Address;
        options.TokenEndpoint = endpoint;
        return new OpenCrvsTokens(LoopbackServer.Client(), secrets, options, TimeProvider.System);
    }
}
