using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.OpenCrvs.Reconcile;

namespace NationalId.Tests.EndToEnd.Reconcile;

/// <summary>When a run begins, and over which window, is as docs/settings.md says.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ScheduleSettingsTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 26, 8, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Begin);

    [Theory]
    [InlineData("record-search", "", "", "", 24 * 60, 60, 30)]
    [InlineData("record-search-split", "", "", "", 24 * 60, 2 * 24 * 60, 30)]
    [InlineData("record-search", "02:00:00", "05:00:00", "00:10:00", 2 * 60, 5 * 60, 10)]
    [InlineData("record-search-split", "02:00:00", "3.00:00:00", "00:00:00", 2 * 60, 3 * 24 * 60, 0)]
    public async Task A_run_begins_when_its_time_has_come_and_goes_back_behind_the_last(
        string source,
        string every,
        string overlap,
        string grace,
        int everyMinutes,
        int overlapMinutes,
        int graceMinutes
    )
    {
        await using var services = await ServicesAsync(
            source,
            ("NationalId:Reconcile:Every", every),
            ("NationalId:Reconcile:Overlap", overlap),
            ("NationalId:Reconcile:Grace", grace)
        );
        var (schedule, table) = Parts(services);
        await schedule.RunAsync(default);

        // The sweep comes every five minutes: what stood still for longer would be a time in which we were down.
        for (var minutes = 5; minutes < everyMinutes; minutes += 5)
        {
            time.Advance(TimeSpan.FromMinutes(5));
            await table.SetAliveAsync(time.GetUtcNow(), default);
        }

        await schedule.RunAsync(default);
        Assert.False((await table.RunOfAsync(source, default))!.IsOpen);
        time.Advance(TimeSpan.FromMinutes(5));
        await schedule.RunAsync(default);
        var run = (await table.RunOfAsync(source, default))!;
        Assert.True(run.IsOpen);
        Assert.Equal(ReconcileCauses.Timer, run.Cause);
        Assert.Equal(Begin.AddMinutes(-overlapMinutes), run.From);
        Assert.Equal(time.GetUtcNow().AddMinutes(-graceMinutes), run.JudgeBefore);
    }

    [Theory]
    [InlineData("35.00:00:00", 35)]
    [InlineData("4.00:00:00", 4)]
    [InlineData("00:00:00", null)]
    public async Task Once_a_week_a_run_goes_back_as_far_as_a_validation_may_take(string longest, int? days)
    {
        const string Source = "record-search-split";
        await using var services = await ServicesAsync(Source, ("NationalId:Reconcile:LongestValidation", longest));
        var (schedule, table) = Parts(services);
        await schedule.RunAsync(default);
        var run = (await table.RunOfAsync(Source, default))!;
        time.Advance(TimeSpan.FromDays(8));
        run.CompleteAt = time.GetUtcNow();
        run.EndedAt = time.GetUtcNow();
        Assert.True(await table.TrySaveAsync(run, default));
        await table.SetAliveAsync(time.GetUtcNow(), default);
        await schedule.RunAsync(default);
        run = (await table.RunOfAsync(Source, default))!;
        Assert.Equal(days is not null, run.IsOpen);
        if (days is { } far)
        {
            Assert.Equal(ReconcileCauses.Far, run.Cause);
            Assert.Equal(run.Watermark!.Value.AddDays(-far), run.From);
        }
    }

    private static (ReconcileSchedule Schedule, ReconcileTable Table) Parts(IServiceProvider services) =>
        (services.GetRequiredService<ReconcileSchedule>(), services.GetRequiredService<ReconcileTable>());

    private async Task<ServiceProvider> ServicesAsync(string source, params (string, string?)[] more)
    {
        var settings = TestSettings.Default(
            await TestAzurite.NewAccountAsync(),
            [
                ("NATIONALID_LEDGER_KEY", "a ledger key of thirty-two bytes"),
                ("NationalId:Reconcile:Sources", source),
                ("NationalId:Reconcile:GatewayUrl", "http://127.0.0.1:9"),
                .. more,
            ]
        );
        return TestServices.Of(settings, time).BuildServiceProvider();
    }
}
