using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Osia;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Registry;

namespace NationalId.Tests.Osia;

/// <summary>What OSIA leaves open is a setting, and its services see what the setting says.</summary>
public sealed class OsiaSettingsTests
{
    private readonly TestSecrets secrets = new();
    private readonly OsiaOptions options = new();

    [Fact]
    public async Task Services_are_called_at_their_own_addresses_with_the_headers_that_a_gateway_wants()
    {
        await using var osia = await StartAsync();
        options.UinUrl = new Uri(osia.Address, "/numbers/");
        options.NotificationUrl = new Uri(osia.Address, "/notices");
        options.Authentication = OsiaAuthentication.None;
        options.Headers = "X-Api-Key=a key; X-Tenant=crvs";
        Assert.Equal("4711", await new UinGenerator(Client(), options).DrawAsync(Told, "t", default));
        await new Notifications(Client(), options).PublishAsync("liveBirth", [], default);
        Assert.Equal(
            [
                "POST /numbers/v1/uin?transactionId=t",
                "POST /notices/v1/topics?name=CR",
                "POST /notices/v1/topics/topic-1/publish?subject=liveBirth",
            ],
            osia.Seen.Select(request => $"{request.Method} {request.Path}")
        );
        Assert.All(
            osia.Seen,
            request =>
            {
                Assert.Equal<(string?, string?)>(
                    ("a key", "crvs"),
                    ((string?)request.Headers["X-Api-Key"], (string?)request.Headers["X-Tenant"])
                );
                Assert.False(request.Headers.ContainsKey("Authorization"));
            }
        );
    }

    [Theory]
    [InlineData(false, "EVENTS", "EVENTS")]
    [InlineData(true, "EVENTS", "death")]
    public async Task The_topic_and_its_content_type_are_those_agreed_on(bool perEvent, string topic, string made)
    {
        await using var osia = await StartAsync();
        options.NotificationUrl = osia.Address;
        options.Authentication = OsiaAuthentication.None;
        options.Topic = topic;
        options.TopicPerEvent = perEvent;
        options.PublishContentType = "plain/text";
        await new Notifications(Client(), options).PublishAsync("death", [], default);
        Assert.Equal("/v1/topics?name=" + made, osia.Seen.First().Path);
        Assert.Equal("plain/text", osia.Seen.Last().Headers.ContentType);
    }

    [Fact]
    public async Task A_token_is_asked_for_with_the_scopes_of_the_setting_and_sent()
    {
        await using var osia = await StartAsync();
        secrets.Values[SecretNames.OsiaClientId] = "client";
        secrets.Values[SecretNames.OsiaClientSecret] = "secret";
        options.TokenUrl = new Uri(osia.Address, "/token");
        options.Scope = "a.scope another.scope";
        options.UinUrl = osia.Address;
        await new UinGenerator(Client(), options).DrawAsync(Told, "t", default);
        var form = WebUtility.UrlDecode(Encoding.UTF8.GetString(osia.Seen.First().Body));
        Assert.Contains("scope=a.scope another.scope", form);
        Assert.Equal("Bearer a token", osia.Seen.Last().Headers.Authorization);
    }

    [Fact]
    public void The_generator_and_the_search_are_told_what_the_settings_name_and_no_more()
    {
        options.UinAttributes = "gender";
        options.MatchAttributes = "lastName,dateOfBirth,gender";
        var attributes = new OsiaAttributes(options);
        var child = new Person(null, [new("en", ["Ada"], "Example")], "female", "2026-06-20", null, []);
        Assert.Equal(["gender"], attributes.ForNumber(new OsiaPerson(child, null)).Keys);
        Assert.Equal(["dateOfBirth", "gender", "lastName"], attributes.ToMatch(child)!.Keys.Order());
    }

    [Fact]
    public async Task An_answer_without_what_it_must_have_can_t_be_read_and_is_asked_for_again()
    {
        await using var osia = await LoopbackServer.StartAsync(
            (request, context) =>
                context.Response.WriteAsync(
                    request.Path.EndsWith("/match", StringComparison.Ordinal) ? """[{"errorCode":1}]""" : "{}"
                )
        );
        options.NotificationUrl = options.RegistryUrl = osia.Address;
        options.Authentication = OsiaAuthentication.None;
        var registry = new RegistryClient(Client(), new OsiaAttributes(options), options);
        var failures = new[]
        {
            await Assert.ThrowsAsync<TransientFailureException>(() =>
                new Notifications(Client(), options).PublishAsync("liveBirth", [], default)
            ),
            await Assert.ThrowsAsync<TransientFailureException>(() => registry.MatchAsync("4711", Told, default)),
        };
        Assert.All(
            failures,
            failure => Assert.Equal("The OSIA system answered something that can't be read.", failure.Reason)
        );
    }

    private static Dictionary<string, string> Told => new() { ["firstName"] = "Ada" };

    private static Task<LoopbackServer> StartAsync() =>
        LoopbackServer.StartAsync(
            (request, context) =>
                context.Response.WriteAsync(
                    request.Path.StartsWith("/token", StringComparison.Ordinal)
                        ? """{"access_token":"a token","expires_in":60}"""
                    : request.Path.Contains("topics?", StringComparison.Ordinal) ? """{"uuid":"topic-1"}"""
                    : request.Path.Contains("/uin?", StringComparison.Ordinal) ? "\"4711\""
                    : ""
                )
        );

    private OsiaClient Client()
    {
        var http = LoopbackServer.Client();
        return new OsiaClient(
            http,
            new OsiaTokens(http, secrets, options, TimeProvider.System),
            options,
            TimeProvider.System
        );
    }
}
