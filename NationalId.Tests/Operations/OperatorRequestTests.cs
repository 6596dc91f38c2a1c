using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using NationalId.Core.Operations;

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
                    "ops/replay-poisoned",
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
}
