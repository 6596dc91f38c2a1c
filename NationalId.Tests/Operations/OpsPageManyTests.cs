using System.Collections.Concurrent;
using Azure.Data.Tables;
using NationalId.Core.Ledger;

namespace NationalId.Tests.Operations;

/// <summary>The operator's page in Chromium with no event at all, and with 2,000; at a desk and at 390 px.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OpsPageManyTests(OpsPageManyRun run) : IClassFixture<OpsPageManyRun>
{
    [SkippableTheory]
    [MemberData(nameof(OpsPageManyRun.Scenarios), MemberType = typeof(OpsPageManyRun))]
    public async Task An_operator_can_use_the_page(string scenario)
    {
        Chromium.Require();
        var results = await run.ResultsAsync();
        Assert.True(results.TryGetValue(scenario, out var error), $"The scenario did not run. {run.Output}");
        Assert.True(error is null, error);
    }
}

/// <summary>Runs all scenarios once, in their order: the later ones change what the earlier ones read.</summary>
public sealed class OpsPageManyRun : IAsyncLifetime
{
    private static readonly string[] Empty = ["empty", "empty-phone"];
    private static readonly string[] Thirty = ["thirty"];
    private static readonly string[] Many = ["many", "many-phone", "many-replayed"];

    private readonly ConcurrentQueue<string> output = new();
    private readonly Lazy<Task<Dictionary<string, string?>>> results;
    private OperatorWorld world = null!;

    public OpsPageManyRun() => results = new(RunAsync);

    public static TheoryData<string> Scenarios => [.. Empty, .. Thirty, .. Many];

    public string Output => string.Join('\n', output);

    public async Task InitializeAsync() =>
        world = await OperatorWorld.StartAsync(null, ("NationalId__Operations__Environment", "Demonstration"));

    public async Task DisposeAsync() => await world.DisposeAsync();

    public Task<Dictionary<string, string?>> ResultsAsync() => results.Value;

    private async Task<Dictionary<string, string?>> RunAsync()
    {
        Dictionary<string, string?> found = [];
        await PlayAsync(Empty);
        var numbers = Enumerable.Range(0, 2000).ToLookup(n => n is >= 1185 and < 1215);
        await FillAsync(numbers[true]);
        await PlayAsync(Thirty);
        await FillAsync(numbers[false]);
        await PlayAsync(Many);
        return found;

        async Task PlayAsync(string[] scenarios)
        {
            foreach (var (scenario, error) in await OpsPageRun.PlayAsync(world.Server, scenarios, output.Enqueue))
            {
                found[scenario] = error;
            }
        }
    }

    /// <summary>Many events: the rows alone, since nothing is delivered here.</summary>
    private Task FillAsync(IEnumerable<int> numbers) =>
        world.FillAsync(
            EventLedger.TableName,
            numbers.Select(RowOf).SelectMany(row => EventIndex.RowsOf(row).Append<ITableEntity>(row))
        );

    private static EventRow RowOf(int n)
    {
        (EventState State, string? Reason) one = n switch
        {
            < 900 => (EventState.Waiting, "MOSIP can't be reached."),
            < 1200 => (EventState.Waiting, "MOSIP answered 503."),
            < 1700 => (EventState.Poisoned, "MOSIP refused it: 400."),
            < 1800 => (EventState.Poisoned, "MOSIP answered 400: OPN-CRVS-028."),
            _ => (EventState.Delivered, null),
        };
        return OperatorWorld.RowOf($"2026M{n:D4}", TimeSpan.FromMinutes(2000 - n), one.State, one.Reason);
    }
}
