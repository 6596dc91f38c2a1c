using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Tests.Operations;

/// <summary>
/// What the alert rules look at is raised when the thing happens, by the sweep after it, and falls when it is mended:
/// else an operator sleeps through the night, or is woken in every one that follows.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class AlertGaugeTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 26, 8, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Begin);
    private ServiceProvider services = null!;

    public async Task InitializeAsync()
    {
        var settings = TestSettings.Default(
            await TestAzurite.NewAccountAsync(),
            ("NATIONALID_LEDGER_KEY", "a ledger key of thirty-two bytes"),
            ("NationalId:Reconcile:Sources", ReconcileOptions.EventsSearch),
            ("NationalId:Quarantine:KeepFor", "2.00:00:00")
        );
        TestTriggers.Configure(settings);
        services = TestServices.Of(settings, time).BuildServiceProvider();
    }

    public async Task DisposeAsync() => await services.DisposeAsync();

    [Fact]
    public async Task Events_poisoned_and_flagged_are_counted_until_the_last_one_is_settled()
    {
        var poisoned = await AddAsync("2026B1");
        await AddAsync("2026B2", flag: "It can't be understood.");
        Assert.Equal((0, 1), (await OpenAsync("poisoned"), await OpenAsync("flagged", ("at", "intake"))));

        await Get<EventLedger>().MoveAsync(poisoned, EventState.Poisoned, "MOSIP answered 400.", default);
        Assert.Equal(1, await OpenAsync("poisoned", ("topic", EventKinds.Birth)));
        await Get<EventLedger>().MoveAsync(poisoned, EventState.Closed, null, default);
        // It says 0, not nothing: a graph with gaps looks like a host that is away.
        Assert.Equal((0, 1), (await OpenAsync("poisoned"), await OpenAsync("flagged", ("at", "intake"))));
    }

    [Fact]
    public async Task How_long_the_oldest_event_waits_grows_until_it_is_delivered()
    {
        Assert.Equal(0, await OldestAsync("received"));
        var row = await AddAsync("2026B1");
        time.Advance(TimeSpan.FromMinutes(90));
        await AddAsync("2026B2");
        Assert.Equal(90 * 60, await OldestAsync("received"));

        // However often it is tried, it waits since it came.
        await Get<EventLedger>().MoveAsync(row, EventState.Waiting, "MOSIP answered 503.", default);
        time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(120 * 60, await OldestAsync("waiting"));
        Assert.Equal(30 * 60, await OldestAsync("received"));
        await Get<EventLedger>().MoveAsync(row, EventState.Delivered, null, default);
        Assert.Equal(0, await OldestAsync("waiting"));
    }

    [Fact]
    public async Task What_waits_in_quarantine_is_counted_by_age_until_it_is_dropped()
    {
        Assert.Equal((0, 0), await QuarantinedAsync());
        Assert.True(
            await Get<Quarantine>()
                .StoreAsync(new MemoryStream("{}"u8.ToArray()), 2, EventSources.Webhook, new byte[32], default)
        );
        time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal((1, 61 * 60), await QuarantinedAsync());

        // Another host has taken the sweep over: what this one knew is no longer told.
        time.Advance(TimeSpan.FromMinutes(20));
        Assert.Null(services.Gauge("nationalid.quarantine.oldest"));

        // It is dropped when it has fitted no secret for as long as the setting says, and not before.
        time.Advance(TimeSpan.FromDays(2) - TimeSpan.FromMinutes(82));
        Assert.Equal(1, (await QuarantinedAsync()).Count);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((0, 0), await QuarantinedAsync());
    }

    [Fact]
    public async Task A_registration_that_should_be_accepted_is_counted_by_how_late_it_is_and_by_its_tokens_life()
    {
        await Get<ConfirmChore>().RunAsync(default);
        Assert.Equal(0, Waiting("overdue"));
        Assert.Null(Waiting("token_hours_left"));

        var key = EventKey.ForUnreadable(Encoding.UTF8.GetBytes("a registration"));
        var row = TestTriggers.Confirmation(key, "2026B1", Begin);
        row.ScheduledAt = Begin;
        row.DueAt = Begin.AddMinutes(2);
        row.NextAt = Begin.AddDays(30);
        row.TokenExpiresAt = Begin.AddHours(30);
        Assert.True(await Get<ConfirmationTable>().AddAsync(row, default));
        await Get<ConfirmChore>().RunAsync(default);
        Assert.Equal((1, 0, 30), (Waiting("waiting"), Waiting("overdue"), Waiting("token_hours_left")));

        time.Advance(TimeSpan.FromHours(11));
        await Get<ConfirmChore>().RunAsync(default);
        Assert.Equal((1, (11 * 3600) - 120, 19), (Waiting("waiting"), Waiting("overdue"), Waiting("token_hours_left")));

        row = (await Get<ConfirmationTable>().GetAsync(key, default))!;
        row.State = ConfirmationStates.Confirmed;
        Assert.True(await Get<ConfirmationTable>().TrySaveAsync(row, default));
        await Get<ConfirmChore>().RunAsync(default);
        Assert.Equal((0, 0, null), (Waiting("waiting"), Waiting("overdue"), Waiting("token_hours_left")));
    }

    [Fact]
    public async Task Hours_without_a_complete_run_of_the_reconciliation_grow_until_there_is_one()
    {
        await Get<ReconcileSchedule>().RunAsync(default);
        Assert.Equal(0, Hours());
        time.Advance(TimeSpan.FromHours(49));
        await Get<ReconcileSchedule>().RunAsync(default);
        Assert.Equal(49, Hours());

        var run = (await Get<ReconcileTable>().RunOfAsync(ReconcileOptions.EventsSearch, default))!;
        run.CompleteAt = time.GetUtcNow();
        Assert.True(await Get<ReconcileTable>().TrySaveAsync(run, default));
        await Get<ReconcileSchedule>().RunAsync(default);
        Assert.Equal(0, Hours());

        // Another host has taken the sweep over.
        time.Advance(TimeSpan.FromMinutes(20));
        Assert.Null(Hours());

        double? Hours() => services.Gauge("nationalid.reconcile.hours_since_complete", ("source", "events"));
    }

    [Fact]
    public async Task A_part_of_the_sweep_that_fails_is_counted_and_the_others_run()
    {
        using var failed = new MetricCounts("nationalid.sweep.failed");
        var part = Guid.NewGuid().ToString();
        var ran = 0;
        var sweep = new Sweep(
            [
                new Chore(part, () => throw new InvalidOperationException("a fault of ours")),
                new Chore("next", () => ran++),
            ],
            Get<StorageClients>(),
            NullLogger<Sweep>.Instance
        );
        await sweep.RunAsync(default);
        await sweep.RunAsync(default);
        Assert.Equal((2, 0, 2), (failed.Of(part), failed.Of("next"), ran));
    }

    [Fact]
    public async Task What_this_host_counted_long_ago_is_told_no_more()
    {
        Assert.Equal(0, await OpenAsync("poisoned"));
        time.Advance(TimeSpan.FromMinutes(20));
        Assert.Null(services.Gauge("nationalid.events.waiting"));
    }

    [Fact]
    public async Task Nobody_looks_for_overdue_numbers_where_the_setting_is_zero()
    {
        await Get<OverdueChore>().RunAsync(default);
        Assert.Equal(0, services.Gauge("nationalid.numbers.overdue", ("kind", "birth")));
        time.Advance(TimeSpan.FromMinutes(20));
        Get<DeliveryOptions>().NumberOverdueAfter = TimeSpan.Zero;
        await Get<OverdueChore>().RunAsync(default);
        Assert.Null(services.Gauge("nationalid.numbers.overdue", ("kind", "birth")));
    }

    private T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    private async Task<EventRow> AddAsync(string number, string? flag = null)
    {
        var key = EventKey.ForUnreadable(Encoding.UTF8.GetBytes(number));
        var info = new PayloadInfo(key, EventKinds.Birth, time.GetUtcNow(), "record", number, null, flag, null);
        Assert.True(await Get<EventLedger>().AddAsync(EventRow.From(info, "blob of " + number), default));
        return (await Get<EventLedger>().GetAsync(key, default))!;
    }

    private async Task<double?> OpenAsync(string state, params (string, string)[] tags)
    {
        await Get<Backlog>().RunAsync(default);
        return services.Gauge("nationalid.events.waiting", [("state", state), .. tags]);
    }

    private async Task<double?> OldestAsync(string state)
    {
        await Get<Backlog>().RunAsync(default);
        return services.Gauge("nationalid.events.oldest_waiting", ("state", state));
    }

    private async Task<(double? Count, double? Oldest)> QuarantinedAsync()
    {
        await Get<QuarantineChore>().RunAsync(default);
        return (services.Gauge("nationalid.quarantine.waiting"), services.Gauge("nationalid.quarantine.oldest"));
    }

    private sealed class Chore(string name, Action run) : IChore
    {
        public string Name => name;

        public Task RunAsync(CancellationToken cancellationToken)
        {
            run();
            return Task.CompletedTask;
        }
    }

    private double? Waiting(string what) => services.Gauge("nationalid.confirmations." + what);
}
