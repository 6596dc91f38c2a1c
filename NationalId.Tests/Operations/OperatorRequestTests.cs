using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using NationalId.Core.Operations;
using NationalId.Functions;
using NationalId.LocalHost;

namespace NationalId.Tests.Operations;

/// <summary>A page of another site must not act for an operator, whatever a gateway adds to its requests.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OperatorRequestTests
{
    public static TheoryData<string?, string?, bool> Requests =>
        new()
        {
            // What curl sends, what the page sends, and what a person's own script at the page's address sends.
            { null, "NationalId", true },
            { "same-origin", "NationalId", true },
            { "none", "XMLHttpRequest", true },
            // Forms: no header, whatever the site.
            { null, null, false },
            { null, "", false },
            { null, "  ", false },
            { "same-origin", null, false },
            { "none", null, false },
            { "cross-site", null, false },
            // Scripts of others, should CORS ever be opened.
            { "cross-site", "NationalId", false },
            { "same-site", "NationalId", false },
            { "Same-Origin", "NationalId", false },
            { "same-origin,cross-site", "NationalId", false },
            { "same-origin|none", "NationalId", false },
            { "", "NationalId", false },
            { "whatever comes next", "NationalId", false },
        };

    [Theory]
    [MemberData(nameof(Requests))]
    public void What_a_page_of_another_site_can_send_is_refused(string? site, string? header, bool served)
    {
        var request = new DefaultHttpContext().Request;
        if (site is not null)
        {
            request.Headers["Sec-Fetch-Site"] = site.Split('|');
        }

        if (header is not null)
        {
            request.Headers[OperatorRequest.Header] = header;
        }

        var refusal = OperatorRequest.Refusal(request);
        Assert.Equal(served, refusal is null);
        if (!served)
        {
            Assert.Equal(403, Assert.IsType<ProblemHttpResult>(refusal).StatusCode);
        }
    }

    [Fact]
    public async Task No_POST_of_an_operator_acts_for_a_form_of_another_site_even_with_the_key()
    {
        await using var world = await World.StartAsync(runQueues: false);
        foreach (
            var path in (string[])
                [
                    "ops/pause",
                    "ops/resume",
                    "ops/bulk",
                    "ops/life",
                    $"ops/events/{new string('a', 64)}/close",
                    $"ops/events/{new string('a', 64)}/replay",
                    "ops/search",
                    "subscribe",
                ]
        )
        {
            // As a browser sends a form of evil.example; the gateway adds the key.
            using var request = new HttpRequestMessage(HttpMethod.Post, world.Url("api/" + path))
            {
                Content = new StringContent("a=b", Encoding.UTF8, "application/x-www-form-urlencoded"),
            };
            request.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
            request.Headers.Add("Origin", "https://evil.example");
            request.Headers.Add("Sec-Fetch-Site", "cross-site");
            using var answer = await world.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        }

        using var ask = new HttpRequestMessage(HttpMethod.Get, world.Url("api/ops/summary"));
        ask.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
        using var summary = JsonDocument.Parse(
            await (await world.Http.SendAsync(ask)).EnsureSuccessStatusCode().Content.ReadAsStringAsync()
        );
        Assert.False(summary.RootElement.GetProperty("paused").GetBoolean());
    }

    /// <summary>Each function that a key opens asks for the sign-in where no key is asked for.</summary>
    [Fact]
    public async Task With_the_sign_in_alone_nobody_is_let_in_who_is_not_signed_in()
    {
        await using var world = await OperatorWorld.StartAsync(
            null,
            ("NationalId__Operations__NameHeader", "X-Test-Name"),
            ("NationalId__Operations__SignInAlone", "true")
        );
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("X-Requested-With", "test");
        var functions = FunctionDescriptor
            .FindIn(Assembly.Load("NationalId.Functions"))
            .Select(function => function.Trigger)
            .OfType<HttpTriggerAttribute>()
            .Where(trigger => trigger.AuthLevel == AuthorizationLevel.Function)
            .ToList();
        Assert.InRange(functions.Count, 15, 60);
        foreach (var function in functions)
        {
            using var request = new HttpRequestMessage(
                new HttpMethod(function.Methods![0]),
                new Uri(
                    world.Server.BaseAddress,
                    function.Route!.Replace("{key}", new string('a', 64)).Replace("{id}", "x")
                )
            );
            using var answer = await http.SendAsync(request);
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{function.Route}: {answer.StatusCode}");
        }

        http.DefaultRequestHeaders.Add("X-Test-Name", "amina@moh.example");
        using var summary = JsonDocument.Parse(
            await http.GetStringAsync(new Uri(world.Server.BaseAddress, "api/ops/summary"))
        );
        Assert.Equal("amina@moh.example", summary.RootElement.GetProperty("operator").GetString());
    }

    [Theory]
    [InlineData(true, "Anonymous")]
    [InlineData(false, "Function")]
    public void The_Functions_host_is_told_which_functions_need_no_key(bool alone, string level)
    {
        List<IFunctionMetadata> functions =
        [
            new DefaultFunctionMetadata
            {
                Name = "OpsSummary",
                RawBindings =
                [
                    """{"name":"request","type":"httpTrigger","authLevel":"Function","route":"api/ops/summary"}""",
                    """{"name":"$return","type":"http","direction":"Out"}""",
                ],
            },
        ];
        new OperatorLevel(new OperationsOptions { SignInAlone = alone }).Transform(functions);
        var binding = JsonDocument.Parse(functions[0].RawBindings![0]).RootElement;
        Assert.Equal(level, binding.GetProperty("authLevel").GetString());
        Assert.Equal("api/ops/summary", binding.GetProperty("route").GetString());
    }
}
