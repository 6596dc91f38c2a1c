using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Tests.Operations;

/// <summary>
/// <c>/api/openapi.json</c> beside what a running host answers: its statuses, types and shapes. The fuzz tests compare
/// statuses and types of all functions with bad input.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OpenApiAnswersTests(OpenApiAnswersTests.Running running)
    : IClassFixture<OpenApiAnswersTests.Running>
{
    [Fact]
    public async Task The_document_is_OpenAPI_3_1_and_answers_have_the_shapes_that_it_tells()
    {
        var body = TestEvents.Birth("2026BOPENAPI1", "composition-openapi");
        var signed = new Dictionary<string, string> { ["X-Hub-Signature"] = running.World.Sandbox.OpenCrvs.Sign(body) };
        List<object> lines = [JsonNode.Parse(await running.World.Http.GetStringAsync("api/openapi.json"))!];
        await AskAsync("ConfirmSubscription", "GET", "api/webhooks?mode=subscribe&challenge=abc&topic=x");
        var receipt = await AskAsync("ReceiveWebhook", "POST", "api/webhooks", body, signed);
        await AskAsync("ReceiveWebhook", "POST", "api/webhooks", body);
        await AskAsync("Health", "GET", "api/health");
        await AskAsync("OpsSummary", "GET", "api/ops/summary");
        await AskAsync("OpsEvents", "GET", "api/ops/events");
        await AskAsync("OpsEvents", "GET", "api/ops/events?limit=x");
        await AskAsync("OpsSearch", "POST", "api/ops/search", """{"registrationNumber":"2026BOPENAPI1"}"""u8.ToArray());
        await AskAsync("OpsEvent", "GET", $"api/ops/events/{receipt!["eventKey"]}");
        await AskAsync("OpsEvent", "GET", $"api/ops/events/{new string('0', 64)}");
        await AskAsync("OpsLife", "POST", "api/ops/life", """{"text":"2026BOPENAPI1"}"""u8.ToArray());
        await AskAsync("OpsBulk", "POST", "api/ops/bulk", """{"state":"Poisoned","do":"replay"}"""u8.ToArray());
        await AskAsync("Subscribe", "POST", "api/subscribe");
        await AskAsync("OpsReconciliation", "GET", "api/ops/reconcile");
        await AskAsync(
            "OpsBatch",
            "POST",
            "api/ops/batches",
            """{"source":"record-search","from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}"""u8.ToArray()
        );
        await AskAsync("OpsBatches", "GET", "api/ops/batches");
        await AskAsync("GetSeederStatus", "GET", "api/authtoken/status/none");

        Assert.Empty(await NodeScript.RunAsync("openapi.mjs", lines));

        async Task<JsonNode?> AskAsync(
            string function,
            string method,
            string path,
            byte[]? content = null,
            Dictionary<string, string>? headers = null
        )
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Add("x-functions-key", running.World.Host.FunctionKeys.Admin);
            request.Headers.Add("X-Requested-With", "test");
            foreach (var (name, value) in headers ?? [])
            {
                request.Headers.Add(name, value);
            }

            if (content is not null)
            {
                request.Content = new ByteArrayContent(content);
            }

            using var answer = await running.World.Http.SendAsync(request);
            var said = await answer.Content.ReadAsStringAsync();
            var type = answer.Content.Headers.ContentType?.MediaType ?? "";
            Assert.Null(ApiAnswers.Problem(function, (int)answer.StatusCode, type));
            lines.Add(
                new
                {
                    operation = function,
                    status = (int)answer.StatusCode,
                    type,
                    body = said,
                }
            );
            return JsonNode.Parse(said);
        }
    }

    [SkippableFact]
    public async Task People_read_it_on_a_page_that_loads_nothing_from_elsewhere()
    {
        Chromium.Require();
        var start = new System.Diagnostics.ProcessStartInfo(
            "node",
            [
                Path.Combine(AppContext.BaseDirectory, "Node", "api-page.mjs"),
                new Uri(running.World.Host.BaseAddress, "api/docs").AbsoluteUri,
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CHROMIUM"] = Chromium.Path;
        using var process = System.Diagnostics.Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
        using var page = JsonDocument.Parse(await said);
        Assert.Empty(page.RootElement.GetProperty("problems").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal(ApiAnswers.AllOperations.Count, page.RootElement.GetProperty("operations").GetInt32());
    }

    /// <summary>One host for all.</summary>
    public sealed class Running : IAsyncLifetime
    {
        internal World World { get; private set; } = null!;

        public async Task InitializeAsync() =>
            World = await World.StartAsync(
                sandbox => sandbox.Reconciles = true,
                settings => settings["NationalId:OpenCrvs:CallbackUrl"] = "http://127.0.0.1:9/api/webhooks"
            );

        public async Task DisposeAsync() => await World.DisposeAsync();
    }
}
