using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Registry;

namespace NationalId.Tests.OpenCrvs.Actions;

/// <summary>The fields of the country's forms are known before one is written.</summary>
public sealed class EventFormsTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("1.9", "/events")]
    [InlineData("2.0", "/config/events")]
    [InlineData("2.1", "/config/events")]
    public async Task They_are_read_where_each_version_has_them(string version, string path)
    {
        await using var country = await StartAsync();
        await using var services = Services(country.Url, version);
        var forms = services.GetRequiredService<EventForms>();
        Assert.True(await forms.HasAsync(RegistrationKind.Birth, "child.nid", default));
        Assert.False(await forms.HasAsync(RegistrationKind.Birth, "child.nidd", default));
        Assert.False(await forms.HasAsync(RegistrationKind.Death, "child.nid", default));
        Assert.Equal(
            [path],
            country.Seen.Select(seen => seen.Path).Where(seen => !seen.StartsWith("/token", StringComparison.Ordinal))
        );
        Assert.StartsWith("Bearer ", country.Seen.Last().Headers.Authorization.Single());

        var missing = await services.GetRequiredService<FormCheck>().MissingAsync(default);
        Assert.Contains("mother.name", missing!);
        Assert.DoesNotContain("child.name", missing!);
        Assert.DoesNotContain("-", missing!);
    }

    [Fact]
    public async Task What_was_read_is_used_while_the_country_configuration_is_away_and_asked_for_again_in_time()
    {
        var away = false;
        await using var country = await StartAsync(() => away);
        await using var services = Services(country.Url, "2.0");
        var forms = services.GetRequiredService<EventForms>();
        Assert.True(await forms.HasAsync(RegistrationKind.Birth, "child.nid", default));
        Assert.True(await forms.HasAsync(RegistrationKind.Birth, "child.dob", default));
        Assert.Equal(1, Asked());
        away = true;
        time.Advance(TimeSpan.FromHours(2));
        Assert.True(await forms.HasAsync(RegistrationKind.Birth, "child.nid", default));
        Assert.True(await forms.HasAsync(RegistrationKind.Birth, "child.nid", default));
        Assert.Equal(2, Asked());

        int Asked() => country.Seen.Count(seen => seen.Path == "/config/events");
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(200, "<html>")]
    [InlineData(200, "{}")]
    public async Task Nothing_is_known_without_them(int status, string body)
    {
        await using var country = await StartAsync(answer: (status, body));
        await using var services = Services(country.Url, "2.0");
        var forms = services.GetRequiredService<EventForms>();
        Assert.Null(await forms.HasAsync(RegistrationKind.Birth, "child.nid", default));
        Assert.Null(await services.GetRequiredService<FormCheck>().MissingAsync(default));
    }

    private static Task<LoopbackServer> StartAsync(Func<bool>? away = null, (int Status, string Body)? answer = null) =>
        LoopbackServer.StartAsync(
            (seen, context) =>
            {
                if (seen.Path.StartsWith("/token", StringComparison.Ordinal))
                {
                    return context.Response.WriteAsJsonAsync(new { access_token = "ours" });
                }

                context.Response.StatusCode = away?.Invoke() == true ? 503 : answer?.Status ?? 200;
                return context.Response.WriteAsync(answer?.Body ?? Forms());
            }
        );

    private static string Forms() =>
        new JsonArray(
            Form("birth", "child.name", "child.dob", "child.gender", "child.nid"),
            Form("death", "deceased.name"),
            new JsonObject { ["id"] = "tennis" }
        ).ToJsonString();

    private static JsonObject Form(string type, params string[] fields) =>
        new()
        {
            ["id"] = type,
            ["declaration"] = new JsonObject
            {
                ["pages"] = new JsonArray([
                    .. fields.Select(field => new JsonObject
                    {
                        ["id"] = "page",
                        ["fields"] = new JsonArray(new JsonObject { ["id"] = field, ["type"] = "TEXT" }, "odd"),
                    }),
                ]),
            },
        };

    private ServiceProvider Services(string country, string version)
    {
        var settings = TestSettings.Default(
            "UseDevelopmentStorage=true",
            ("NationalId__OpenCrvs__Version", version),
            ("NationalId__OpenCrvs__AuthUrl", country),
            ("NationalId__OpenCrvs__CountryConfigUrl", country + "/"),
            ("NationalId__OpenCrvs__Fields__FatherName", "-"),
            ("NationalId__Delivery__QuickRetries", "0"),
            ("OPENCRVS_CLIENT_ID", "id"),
            ("OPENCRVS_CLIENT_SECRET", "secret")
        );
        return TestServices.Of(settings, time).BuildServiceProvider();
    }
}
