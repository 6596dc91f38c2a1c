using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Tests.OpenCrvs.Auth;

namespace NationalId.Tests.OpenCrvs.Actions;

/// <summary>A trigger's token is all that keeps others out.</summary>
public sealed class TriggerTokensTests
{
    private readonly BearerWorld world = new();

    [Theory]
    [InlineData("1.9", "record.confirm-registration", "record.reject-registration")]
    [InlineData("2.0", "type=record.confirm-registration", "type=record.reject-registration")]
    [InlineData("2.0", "type=record.confirm-registration&event=birth", "type=record.reject-registration")]
    public async Task A_record_s_token_is_taken_with_record_action_and_end(string version, params string[] scopes)
    {
        var (pass, refusal, detail) = await CheckAsync(world.Token(ForRecord(scopes)), version);
        Assert.Equal(("", ""), (refusal, detail));
        Assert.Equal("event", pass!.EventId);
        Assert.Equal("action", pass.ActionId);
        Assert.Equal(world.Time.GetUtcNow().AddMinutes(10), pass.ExpiresAt);
        Assert.DoesNotContain(pass.Token, pass.ToString());
    }

    [Theory]
    [InlineData("2.0")]
    [InlineData("2.0", "type=record.confirm-registration")]
    [InlineData("2.0", "type=record.reject-registration", "type=record.read")]
    public async Task A_token_without_both_scopes_is_not(string version, params string[] scopes) =>
        Assert.Equal("token scope", await RefusalAsync(world.Token(ForRecord(scopes)), version));

    [Fact]
    public async Task A_token_that_names_no_record_is_for_none()
    {
        var token = world.Token(claims =>
            claims["scope"] = new JsonArray("record.confirm-registration", "record.reject-registration")
        );
        var (pass, _, _) = await CheckAsync(token, "2.0");
        Assert.Equal(("", ""), (pass!.EventId, pass.ActionId));
    }

    [Fact]
    public async Task A_token_of_2_1_has_no_scope_and_no_record()
    {
        var token = world.Token(claims =>
        {
            claims.Remove("scope");
            claims["eventId"] = "event";
        });
        var (pass, _, _) = await CheckAsync(token, "2.1");
        Assert.NotNull(pass);
        Assert.Null(pass.EventId);
        Assert.Null(pass.ActionId);
        Assert.Equal("token scope", await RefusalAsync(token, "2.0"));
    }

    [Theory]
    [InlineData("iss", "somebody", "issuer")]
    [InlineData("aud", "opencrvs:gateway-user", "audience")]
    [InlineData("exp", 1, "expired")]
    public async Task Whatever_else_is_wrong_refuses_it_in_every_version(string claim, object value, string reason)
    {
        var token = world.Token(claims =>
        {
            ForRecord("record.confirm-registration", "record.reject-registration")(claims);
            claims[claim] = JsonValue.Create(value);
        });
        Assert.Equal("token " + reason, await RefusalAsync(token, "2.0"));
        Assert.Equal("token " + reason, await RefusalAsync(token, "2.1"));
    }

    [Fact]
    public async Task A_forged_one_is_refused_and_without_a_key_none_is_taken()
    {
        Action<JsonObject> good = ForRecord("record.confirm-registration", "record.reject-registration");
        Assert.Equal("token algorithm", await RefusalAsync(world.Token(good, algorithm: "none"), "2.0"));
        Assert.Equal("token algorithm", await RefusalAsync(world.Token(good, algorithm: "HS256"), "2.1"));
        Assert.Equal("token signature", await RefusalAsync(world.Token(good, BearerWorld.Second), "2.0"));
        Assert.Equal("token malformed", await RefusalAsync("nonsense", "2.0"));

        var away = new BearerWorld { Answer = _ => BearerWorld.Text("", 503) };
        var (pass, refusal, detail) = await new TriggerTokens(
            away.Bearers,
            new ActionsOptions { Version = "2.0" }
        ).CheckAsync(Request("Bearer " + away.Token(good)), default);
        Assert.Equal((null, "key", "no-key"), (pass, refusal, detail));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer")]
    public async Task Without_a_bearer_token_there_is_nothing_to_check(string? header)
    {
        var (pass, refusal, detail) = await Tokens("2.0").CheckAsync(Request(header), default);
        Assert.Null(pass);
        Assert.Equal(("token", "missing"), (refusal, detail));
        Assert.Empty(world.Asked);
    }

    private static Action<JsonObject> ForRecord(params string[] scopes) =>
        claims =>
        {
            claims["scope"] = new JsonArray([.. scopes.Select(scope => JsonValue.Create(scope))]);
            claims["eventId"] = "event";
            claims["actionId"] = "action";
        };

    private async Task<string> RefusalAsync(string token, string version)
    {
        var (pass, refusal, detail) = await CheckAsync(token, version);
        Assert.Null(pass);
        return $"{refusal} {detail}";
    }

    private Task<(TriggerPass? Pass, string Refusal, string Detail)> CheckAsync(string token, string version) =>
        Tokens(version).CheckAsync(Request("Bearer " + token), default);

    private TriggerTokens Tokens(string version) => new(world.Bearers, new ActionsOptions { Version = version });

    private static HttpRequest Request(string? authorization)
    {
        var request = new DefaultHttpContext().Request;
        if (authorization is not null)
        {
            request.Headers.Authorization = authorization;
        }

        return request;
    }
}
