using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Search;

namespace NationalId.Benchmarks.Load;

/// <summary>Row 9: a run over all that OpenCRVS holds, one of a thousand missing, against listing it alone.</summary>
internal static class ReconcileRun
{
    private const int Page = 100;
    private const int OneOf = 1_000;

    private const string Query =
        "query searchEvents($p: AdvancedSearchParametersInput!, $sort: String, $sortColumn: String, $count: Int, "
        + "$skip: Int) { searchEvents(advancedSearchParameters: $p, sort: $sort, sortColumn: $sortColumn, "
        + "count: $count, skip: $skip) { totalItems results { id type registration { status registrationNumber "
        + "trackingId dateOfDeclaration } operationHistories { operationType operatedOn } } } }";

    public static async Task RunAsync(Report report, bool full)
    {
        var size = full ? 100_000 : 10_000;
        await using var rig = await Rig.StartAsync(
            client: false,
            change: settings =>
            {
                settings.Reconciles = true;
                settings.Search.DailyQuota = int.MaxValue;
            }
        );
        await using var child = await Child.StartAsync(
            Published.LocalHost(),
            new Dictionary<string, string?>(rig.Settings)
            {
                ["NationalId:Reconcile:PageSize"] = $"{Page}",
                ["NationalId:Reconcile:DailyQuota"] = "10000000",
            }
        );
        var from = DateTimeOffset.UtcNow.AddHours(-20);
        var entries = Register(rig, size, from);
        await SeedAsync(rig, entries.Where((_, i) => i % OneOf != OneOf / 2));
        var missing = (size + (OneOf / 2) - 1) / OneOf;

        // 1. The list alone, once so that everything is compiled, and then with a watch.
        await ListAsync(rig, from, Math.Min(size, 5_000));
        var listing = Stopwatch.StartNew();
        await ListAsync(rig, from, size);
        listing.Stop();

        // 2. The run. A small one comes first, over the last hundredth.
        await RunAsync(rig, child, from.AddMilliseconds(size * 0.99 * Gap.TotalMilliseconds));
        await Task.Delay(TimeSpan.FromSeconds(3));
        var idle = Linux.Megabytes(child.Id, "VmRSS");
        Linux.ResetPeak(child.Id);
        var azurite = Linux.ProcessorTime(rig.Azurite.ProcessId);
        var ours = Linux.ProcessorTime(child.Id);
        var running = Stopwatch.StartNew();
        var run = await RunAsync(rig, child, from.AddSeconds(-1));
        var wall = running.Elapsed.TotalSeconds;
        azurite = Linux.ProcessorTime(rig.Azurite.ProcessId) - azurite;
        ours = Linux.ProcessorTime(child.Id) - ours;
        var peak = Linux.Megabytes(child.Id, "VmHWM");
        if ((int)run["listed"]! != size || rig.Sandbox.Mosip.Refused.Count > 0)
        {
            throw new InvalidOperationException($"Of {size} registrations the run has seen {run.ToJsonString()}.");
        }

        var list = listing.Elapsed.TotalSeconds;
        report.Add(
            $"a run over {size:N0} registrations, {missing:N0} of them missing",
            $"{size / wall:N0}/s, {wall:0.0} s",
            $"the same pages listed and thrown away {size / list:N0}/s, {list:0.0} s",
            $"{wall / list:0.00} ×"
        );
        report.Add(
            "- Azurite's own time in it: each registration is looked up in the ledger",
            $"{azurite:0.0} s",
            "",
            $"{azurite / wall:P0} of it"
        );
        report.Add(
            "- apart from Azurite's own time",
            $"{wall - azurite:0.0} s",
            $"{list:0.0} s",
            $"{(wall - azurite) / list:0.00} ×"
        );
        report.Add("- the client's processor time a registration", $"{ours / size * 1000:0.00} ms", "", "");
        report.Add(
            "- memory",
            $"{peak:N0} MB at most",
            $"idle {idle:N0} MB",
            $"+{peak - idle:N0} MB",
            "≤ 32 MB",
            peak - idle <= 32
        );
    }

    private static TimeSpan Gap => TimeSpan.FromMilliseconds(500);

    private static List<SearchEntry> Register(Rig rig, int size, DateTimeOffset from) =>
        [
            .. Enumerable
                .Range(0, size)
                .Select(i =>
                    rig.Sandbox.OpenCrvs.Search.Add(
                        new BirthRecord
                        {
                            // Tracking ids have six characters: among many, two can be the same.
                            RegistrationNumber = "2026B" + Guid.NewGuid().ToString("N")[..12].ToUpperInvariant(),
                        },
                        from + (i * Gap)
                    )
                ),
        ];

    /// <summary>The rows by which the ledger knows that they came and were delivered.</summary>
    private static async Task SeedAsync(Rig rig, IEnumerable<SearchEntry> entries)
    {
        var storage = new StorageClients(
            new ConfigurationBuilder()
                .AddInMemoryCollection([new(StorageClients.Connection, rig.Azurite.ConnectionString)])
                .Build(),
            []
        );
        // The client makes its tables when it needs them first.
        var table = storage.Tables.GetTableClient(EventLedger.TableName);
        await table.CreateIfNotExistsAsync();
        var birth = EventKinds.Carried.Get(EventKinds.Birth);
        await LedgerRun.WriteAsync(
            table,
            entries.Select(entry =>
            {
                var key = birth.KeyOf(entry.CompositionId, entry.RegistrationNumber, null);
                var info = new PayloadInfo(
                    key,
                    EventKinds.Birth,
                    entry.RegisteredAt,
                    entry.CompositionId,
                    entry.RegistrationNumber,
                    null,
                    null,
                    null
                )
                {
                    Source = EventSources.Webhook,
                };
                var row = EventRow.From(info, "2026/01/01/000000-" + key[..32]);
                row.State = nameof(EventState.Delivered);
                return (ITableEntity)row;
            })
        );
    }

    /// <summary>Lists as many registrations, page by page, and looks at none.</summary>
    private static async Task ListAsync(Rig rig, DateTimeOffset from, int count)
    {
        var token = rig.Sandbox.OpenCrvs.IssueToken(null, "recordsearch");
        for (var listed = 0; listed < count; listed += Page)
        {
            var body = new JsonObject
            {
                ["operationName"] = "searchEvents",
                ["query"] = Query,
                ["variables"] = new JsonObject
                {
                    ["p"] = new JsonObject
                    {
                        ["event"] = "birth",
                        ["registrationStatuses"] = new JsonArray("REGISTERED", "CERTIFIED", "ISSUED"),
                        ["dateOfRegistrationStart"] = (from + (listed * Gap)).ToString("O"),
                        ["dateOfRegistrationEnd"] = DateTimeOffset.UtcNow.ToString("O"),
                    },
                    ["sort"] = "asc",
                    ["sortColumn"] = "dateOfDeclaration",
                    ["count"] = Page,
                    ["skip"] = 0,
                },
            };
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(rig.Sandbox.OpenCrvsUrl, "/graphql"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Content = JsonContent.Create(body);
            using var answer = await rig.Http.SendAsync(request);
            var page = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
            if (page["data"]?["searchEvents"]?["results"]?.AsArray().Count is not > 0)
            {
                throw new InvalidOperationException($"The list ended at {listed}: {page.ToJsonString()}");
            }
        }
    }

    /// <summary>A run as an operator orders it, until it is complete.</summary>
    private static async Task<JsonObject> RunAsync(Rig rig, Child child, DateTimeOffset from)
    {
        using var order = Operator(child, HttpMethod.Post);
        order.Content = JsonContent.Create(new { from });
        using var begun = await rig.Http.SendAsync(order);
        begun.EnsureSuccessStatusCode();
        for (var until = DateTime.UtcNow.AddMinutes(40); DateTime.UtcNow < until; await Task.Delay(100))
        {
            using var request = Operator(child, HttpMethod.Get);
            using var answer = await rig.Http.SendAsync(request);
            var run = (JsonObject)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["runs"]![0]!;
            if (!(bool)run["underWay"]!)
            {
                return run;
            }
        }

        throw new InvalidOperationException("The run does not end.");
    }

    private static HttpRequestMessage Operator(Child child, HttpMethod method)
    {
        var request = new HttpRequestMessage(method, new Uri(child.Address, "api/ops/reconcile"));
        request.Headers.Add("x-functions-key", child.Admin);
        request.Headers.Add("X-Requested-With", "NationalId");
        return request;
    }
}
