using System.Net;
using NationalId.LocalHost;

namespace NationalId.Tests.LocalHost;

[Trait(Tier.Name, Tier.Whole)]
public sealed class HttpFunctionTests
{
    [Theory]
    [InlineData("api", "api/hello/Ana/3")]
    [InlineData("", "hello/Ana/3")]
    [InlineData("v1/crvs", "v1/crvs/hello/Ana/3")]
    public async Task A_route_starts_with_host_jsons_prefix_and_its_parameters_are_bound_by_name(
        string prefix,
        string path
    )
    {
        await using var host = await SampleHost.StartAsync(routePrefix: prefix, runQueues: false);
        Assert.Equal("GET Ana 3", await host.Http.GetStringAsync(path));
    }

    [Fact]
    public async Task A_function_without_a_route_answers_under_its_name()
    {
        await using var host = await SampleHost.StartAsync(runQueues: false);
        Assert.Equal("/api/SampleUnrouted", await host.Http.GetStringAsync("api/SampleUnrouted"));
    }

    [Fact]
    public async Task Unknown_routes_and_methods_are_not_found()
    {
        await using var host = await SampleHost.StartAsync(runQueues: false);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("api/nothing")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.DeleteAsync("api/SampleUnrouted")).StatusCode);
    }

    [Fact]
    public async Task A_key_opens_what_its_level_opens_and_nothing_else()
    {
        await using var host = await SampleHost.StartAsync(runQueues: false);
        var keys = host.Server.FunctionKeys;

        Assert.Equal(HttpStatusCode.Unauthorized, await Send(HttpMethod.Post, "api/keyed"));
        Assert.Equal(HttpStatusCode.Unauthorized, await Send(HttpMethod.Post, "api/keyed", "wrong"));
        Assert.Equal(HttpStatusCode.Unauthorized, await Send(HttpMethod.Post, "api/keyed", keys.Default + "0"));
        Assert.Equal(HttpStatusCode.Unauthorized, await Send(HttpMethod.Post, "api/keyed?code="));
        Assert.Empty(host.Journal.Done);
        Assert.Equal(HttpStatusCode.Accepted, await Send(HttpMethod.Post, "api/keyed", keys.Default));
        Assert.Equal(HttpStatusCode.Accepted, await Send(HttpMethod.Post, "api/keyed", keys.Admin));
        Assert.Equal(HttpStatusCode.Accepted, await Send(HttpMethod.Post, $"api/keyed?code={keys.Default}"));

        Assert.Equal(HttpStatusCode.Unauthorized, await Send(HttpMethod.Get, "api/admin-only"));
        Assert.Equal(HttpStatusCode.Unauthorized, await Send(HttpMethod.Get, "api/admin-only", keys.Default));
        Assert.Equal(HttpStatusCode.OK, await Send(HttpMethod.Get, "api/admin-only", keys.Admin));

        async Task<HttpStatusCode> Send(HttpMethod method, string path, string? key = null)
        {
            using var request = new HttpRequestMessage(method, path);
            if (key is not null)
            {
                request.Headers.Add("x-functions-key", key);
            }

            return (await host.Http.SendAsync(request)).StatusCode;
        }
    }

    [Fact]
    public void Keys_are_random_and_do_not_show_in_text()
    {
        var keys = FunctionKeys.Random();
        Assert.NotEqual(keys, FunctionKeys.Random());
        Assert.DoesNotContain(keys.Default, keys.ToString());
    }

    [Fact]
    public async Task A_failing_function_answers_500_without_a_body_and_logs_no_message_of_the_failure()
    {
        await using var host = await SampleHost.StartAsync(runQueues: false);
        var answer = await host.Http.GetAsync("api/failing");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        Assert.False(answer.Headers.Contains("Server"));
        Assert.Contains("SampleFailing failed: System.InvalidOperationException", host.Logs.Text);
        Assert.DoesNotContain(SampleFunctions.Secret, host.Logs.Text);
    }

    [Fact]
    public async Task Bodies_beyond_Kestrels_usual_limit_pass_and_a_function_may_set_a_lower_limit()
    {
        await using var host = await SampleHost.StartAsync(runQueues: false);
        const int Size = 50 * 1024 * 1024;
        var answer = await host.Http.PostAsync("api/upload", new ByteArrayContent(new byte[Size]));
        Assert.Equal($"{Size}", await answer.Content.ReadAsStringAsync());

        var refused = await host.Http.PostAsync("api/upload?small", new ByteArrayContent(new byte[11]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
    }

    [Fact]
    public async Task The_banner_names_every_function_with_its_trigger()
    {
        await using var host = await SampleHost.StartAsync(runQueues: false);
        var banner = host.Server.Banner();
        Assert.Contains($"SampleHello: [GET] {host.Server.BaseAddress}api/hello/{{name}}/{{count:int}}", banner);
        Assert.Contains("SampleElsewhere: queueTrigger sample-elsewhere (off)", banner);
        Assert.Contains("SampleTick: timerTrigger 0 */5 * * * *", banner);
    }

    [Fact]
    public async Task The_repositorys_own_functions_and_host_json_start()
    {
        await using var server = await LocalHostServer.StartAsync(
            new LocalHostSettings
            {
                Configuration = TestSettings.Mosip(await TestAzurite.NewAccountAsync()),
                RunTimers = false,
            }
        );
        Assert.Contains("Functions:", server.Banner());
    }
}
