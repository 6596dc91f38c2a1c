using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Registry;

namespace NationalId.Tests.OpenCrvs.Records;

/// <summary>What the sweep does with confirmations that stand still.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ConfirmChoreTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 26, 8, 0, 0, TimeSpan.Zero);
    private static readonly string Key = EventKey.ForUnreadable(Encoding.UTF8.GetBytes("a registration"));

    private readonly FakeTimeProvider time = new(Begin);
    private ServiceProvider services = null!;

    public async Task InitializeAsync()
    {
        var settings = TestSettings.Default(
            await TestAzurite.NewAccountAsync(),
            ("NATIONALID_LEDGER_KEY", "a ledger key of thirty-two bytes"),
            ("NationalId:OpenCrvs:BirthNumberField", "child.nid"),
            ("NationalId:OpenCrvs:ConfirmPatience", "04:00:00")
        );
        TestTriggers.Configure(settings);
        services = TestServices.Of(settings, time).BuildServiceProvider();
    }

    public async Task DisposeAsync() => await services.DisposeAsync();

    /// <summary>
    /// OpenCRVS did not answer when its action was to be rejected, and the event came meanwhile: by a trigger that was
    /// repeated, or by reconciliation.
    /// </summary>
    [Fact]
    public async Task What_was_to_be_rejected_and_is_stored_after_all_is_accepted_when_its_patience_is_over()
    {
        var table = services.GetRequiredService<ConfirmationTable>();
        var row = TestTriggers.Confirmation(Key, "2026B1", Begin.AddHours(-1));
        row.ScheduledAt = row.OpenedAt;
        row.Reason = UnstoredTriggers.NotStored;
        Assert.True(await table.AddAsync(row, default));
        var info = new PayloadInfo(Key, EventKinds.Birth, Begin, "record", "2026B1", null, null, null);
        Assert.True(await services.GetRequiredService<EventLedger>().AddAsync(EventRow.From(info, "blob"), default));

        // Every sweep sees it, and only the first one says when.
        for (var sweep = 0; sweep < 3; sweep++)
        {
            await services.GetRequiredService<ConfirmChore>().RunAsync(default);
            row = (await table.GetAsync(Key, default))!;
            Assert.Equal((Begin.AddHours(4), null), (row.DueAt, row.Reason));
            time.Advance(TimeSpan.FromMinutes(6));
        }
    }
}
