using Azure.Data.Tables;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Registry;
using NationalId.Tests.Operations;

namespace NationalId.Tests.Pipeline;

/// <summary>However many births have no number, a sweep calls storage a bounded number of times.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OverdueSweepTests : IAsyncLifetime
{
    private OperatorWorld world = null!;

    public async Task InitializeAsync() =>
        world = await OperatorWorld.StartAsync(null, ("NationalId__Delivery__NumberOverdueAfter", "1.00:00:00"));

    public async Task DisposeAsync() => await world.DisposeAsync();

    [Fact]
    public async Task What_is_new_is_looked_at_in_slices_and_nothing_is_left_out()
    {
        // Most were kept and not sent; these three were.
        var rows = Delivered(700);
        int[] sent = [0, 450, 699];
        foreach (var index in sent)
        {
            rows[index].Done(EventSteps.Sent, rows[index].StateAt);
        }

        await FillAsync(
            EventLedger.TableName,
            rows.SelectMany(row => EventIndex.RowsOf(row).Prepend<ITableEntity>(row))
        );
        Assert.InRange(await CallsOfARunAsync(), 500, 560);
        Assert.Equal(2, Chore.Current!.Births);
        Assert.InRange(await CallsOfARunAsync(), 200, 260);
        Assert.Equal(3, Chore.Current!.Births);
        Assert.Equal(sent.Select(index => rows[index].Key), await ListedAsync());
        Assert.InRange(await CallsOfARunAsync(), 1, 40);
    }

    [Fact]
    public async Task Of_what_stands_there_each_run_looks_at_a_part_and_the_count_is_right()
    {
        var rows = Delivered(450);
        await FillAsync(EventLedger.TableName, rows);
        await FillAsync(
            OverdueTable.TableName,
            rows.Select(row => new OverdueRow
            {
                PartitionKey = nameof(RegistrationKind.Birth),
                RowKey = EventIndex.Place(row.ReceivedAt, row.Key),
                Number = row.RegistrationNumber,
                Since = row.StateAt,
            })
        );
        // What the sweeps find out: nobody tells them.
        EventRow[] revoked = [rows[10], rows[300], rows[449]];
        foreach (var row in revoked)
        {
            await world
                .Get<Registrations>()
                .ChangeAsync(RegistrationKind.Birth, row.RegistrationNumber!, one => one.Revoked = true, default);
        }

        int[] left = [449, 448, 447];
        foreach (var births in left)
        {
            // Two reads of each that is looked at, and the lists.
            Assert.InRange(await CallsOfARunAsync(), 1, (2 * 200) + 40);
            Assert.Equal(births, Chore.Current!.Births);
        }

        Assert.Empty((await ListedAsync()).Intersect(revoked.Select(row => row.Key)));
        Assert.Null(await world.Get<Watermarks>().GetAsync("overdue Birth", default));
    }

    [Fact]
    public async Task Where_one_waits_longer_than_before_what_is_not_overdue_yet_leaves_the_list_until_it_is()
    {
        var young = OperatorWorld.RowOf("2026S1", TimeSpan.FromDays(3), EventState.Delivered, null);
        var old = OperatorWorld.RowOf("2026S2", TimeSpan.FromDays(6), EventState.Delivered, null);
        EventRow[] rows = [young, old];
        Array.ForEach(rows, row => row.Done(EventSteps.Sent, row.StateAt));
        await FillAsync(
            EventLedger.TableName,
            rows.SelectMany(row => EventIndex.RowsOf(row).Prepend<ITableEntity>(row))
        );
        await Chore.RunAsync(default);
        Assert.Equal(2, Chore.Current!.Births);

        var options = world.Get<DeliveryOptions>();
        options.NumberOverdueAfter = TimeSpan.FromDays(5);
        await Chore.RunAsync(default);
        Assert.Equal([old.Key], await ListedAsync());
        Assert.Equal(1, Chore.Current!.Births);
        options.NumberOverdueAfter = TimeSpan.FromDays(1);
        await Chore.RunAsync(default);
        Assert.Equal(2, Chore.Current!.Births);
    }

    [Fact]
    public async Task A_birth_that_counts_again_is_looked_at_again()
    {
        // Nobody looks at it for its own sake: it was delivered too long ago.
        var birth = OperatorWorld.RowOf("2026S1", TimeSpan.FromDays(30), EventState.Delivered, null);
        birth.Done(EventSteps.Sent, birth.StateAt);
        var again = OperatorWorld.RowOf("reinstated", TimeSpan.FromDays(3), EventState.Delivered, null);
        again.Topic = EventKinds.BirthReinstated;
        again.RegistrationNumber = birth.RegistrationNumber;
        await FillAsync(
            EventLedger.TableName,
            new[] { birth, again }.SelectMany(row => EventIndex.RowsOf(row).Prepend<ITableEntity>(row))
        );
        await Chore.RunAsync(default);
        Assert.Equal([birth.Key], await ListedAsync());
    }

    private OverdueChore Chore => world.Get<OverdueChore>();

    private static EventRow[] Delivered(int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(n =>
                    OperatorWorld.RowOf(
                        $"2026S{n:D4}",
                        TimeSpan.FromDays(3) - TimeSpan.FromSeconds(n),
                        EventState.Delivered,
                        null
                    )
                ),
        ];

    private async Task<int> CallsOfARunAsync()
    {
        using var calls = new StorageCalls(world.Storage);
        await Chore.RunAsync(default);
        return calls.Take();
    }

    private async Task<IEnumerable<string>> ListedAsync() =>
        (await world.GetJsonAsync("overdue")).EnumerateArray().Select(one => one.GetProperty("key").GetString()!);

    private Task FillAsync(string table, IEnumerable<ITableEntity> rows) => world.FillAsync(table, rows);
}
