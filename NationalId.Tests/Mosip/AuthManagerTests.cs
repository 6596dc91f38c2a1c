using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Mosip;
using NationalId.Core.Mosip.Packets;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Mosip;

/// <summary>MOSIP's auth manager is told who we are as the settings say.</summary>
public sealed class AuthManagerTests
{
    private readonly TestSecrets secrets = new();

    public AuthManagerTests()
    {
        secrets.Values[SecretNames.MosipHubClientId] = "hub client";
        secrets.Values[SecretNames.MosipHubClientSecret] = "hub secret";
    }

    [Theory]
    [InlineData(false, "client", "client&secret")]
    [InlineData(true, "hub client", "hub secret")]
    public async Task It_is_told_the_client_and_the_application_id_of_the_settings(bool hub, string id, string secret)
    {
        await using var mosip = await LoopbackServer.StartAsync(
            (_, context) =>
            {
                context.Response.Headers.SetCookie = "Authorization=a-token; Path=/; HttpOnly";
                return context.Response.WriteAsync("{}");
            }
        );
        using var http = LoopbackServer.Client();
        Assert.Equal("a-token", await Tokens(http, mosip.Address, hub).GetAsync(default));
        var seen = Assert.Single(mosip.Seen);
        Assert.Equal("/auth", seen.Path);
        var told = JsonDocument.Parse(seen.Body).RootElement.GetProperty("request");
        Assert.Equal(
            (id, secret, "our-app"),
            (
                told.GetProperty("clientId").GetString(),
                told.GetProperty("secretKey").GetString(),
                told.GetProperty("appId").GetString()
            )
        );
    }

    [Theory]
    [InlineData("opaque")]
    [InlineData("a.b.c")]
    [InlineData("e30.W10.AAAA")]
    [InlineData("e30.bnVsbA.AAAA")]
    [InlineData("e30.eyJleHAiOiJzb29uIn0.AAAA")]
    [InlineData("e30.eyJleHAiOnt9fQ.AAAA")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjk5OTk5OTk5OTk5OTk5fQ.AAAA")]
    public async Task A_token_of_whatever_form_is_taken_and_kept(string token)
    {
        await using var mosip = await LoopbackServer.StartAsync(
            (_, context) =>
            {
                context.Response.Headers.SetCookie = $"Authorization={token}; Path=/";
                return context.Response.WriteAsync("{}");
            }
        );
        using var http = LoopbackServer.Client();
        var tokens = Tokens(http, mosip.Address, hub: true);
        Assert.Equal(token, await tokens.GetAsync(default));
        Assert.Equal(token, await tokens.GetAsync(default));
        Assert.Single(mosip.Seen);
    }

    [Theory]
    [InlineData(200, """{"errors":[{"errorCode":"KER-ATH-003"}]}""")]
    [InlineData(401, "")]
    public async Task Secrets_that_it_refuses_are_read_again(int status, string body)
    {
        await using var mosip = await LoopbackServer.StartAsync((status, body));
        using var http = LoopbackServer.Client();
        var tokens = Tokens(http, mosip.Address, hub: true);
        await Assert.ThrowsAsync<TransientFailureException>(() => tokens.GetAsync(default).AsTask());
        Assert.Contains(SecretNames.MosipHubClientSecret, secrets.Refreshed);
    }

    private AuthManagerTokens Tokens(HttpClient http, Uri mosip, bool hub) =>
        hub
            ? new HubTokens(
                http,
                secrets,
                new WebSubOptions { AuthUrl = new Uri(mosip, "/auth"), AuthAppId = "our-app" },
                TimeProvider.System
            )
            : new PacketTokens(
                http,
                secrets,
                new PacketOptions { AuthUrl = new Uri(mosip, "/auth"), AuthAppId = "our-app" },
                TimeProvider.System
            );
}
