using System.Security.Cryptography;
using Azure.Data.Tables;
using NationalId.Benchmarks.Crypto;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Benchmarks.Load;

/// <summary>Row 8: what an event costs when the ledger holds many.</summary>
internal static class LedgerRun
{
    private const int Events = 200;

    /// <summary>
    /// A filled ledger and an empty one take turns: what the machine's neighbours take, they take from both.
    /// </summary>
    public static async Task RunAsync(Report report, bool full)
    {
        // The compiler has to have done with its second look before anything counts.
        await using (var rig = await Rig.StartAsync())
        {
            using var watch = new StorageWatch(rig.Azurite);
            await DeliverRun.DeliverAsync(rig, watch, full ? 5000 : 2000);
        }

        await using var filled = await Rig.StartAsync();
        await using var empty = await Rig.StartAsync();
        using var filledWatch = new StorageWatch(filled.Azurite);
        using var emptyWatch = new StorageWatch(empty.Azurite);
        var seeded = 0;
        foreach (var size in full ? (int[])[0, 10_000, 100_000] : [0, 2_000, 10_000])
        {
            await SeedAsync(filled, size - seeded);
            seeded = size;

            // What seeding leaves behind, here and in Azurite, is not the events' to clear away.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
            await DeliverRun.DeliverAsync(filled, filledWatch, full ? 5 * Events : Events);
            await DeliverRun.DeliverAsync(empty, emptyWatch, Events);
            var (many, none) = (new List<(Spent Spent, long Allocated)>(), new List<(Spent Spent, long Allocated)>());
            for (var i = 0; i < (full ? 9 : 5); i++)
            {
                many.Add(await MeasureAsync(filled, filledWatch));
                none.Add(await MeasureAsync(empty, emptyWatch));
            }

            var (usual, first) = (
                DeliverRun.Median([.. many.Select(run => run.Spent)]),
                DeliverRun.Median([.. none.Select(run => run.Spent)])
            );
            var ours = Ratio(spent => spent.Ours);
            report.Add(
                $"cost per event with {size:N0} in the ledger",
                Figures(usual, many),
                $"none, in turns: {Figures(first, none)}",
                $"{ours:0.00} ×, Azurite's own {Ratio(spent => spent.Azurite):0.00} × "
                    + $"({usual.Azurite / Events * 1000:0.0} ms)",
                "flat",
                ours is > 0.85 and < 1.15 && (double)usual.Calls / first.Calls is > 0.98 and < 1.02
            );

            double Ratio(Func<Spent, double> figure) =>
                ThreadClock.Median([.. many.Zip(none, (one, other) => figure(one.Spent) / figure(other.Spent))]);
        }

        static string Figures(Spent usual, List<(Spent Spent, long Allocated)> runs) =>
            $"{usual.Ours / Events * 1000:0.0} ms of processor time, "
            + $"{runs.Average(run => run.Allocated) / Events / 1000:N0} KB allocated, "
            + $"{(double)usual.Calls / Events:0.0} storage calls";
    }

    private static async Task<(Spent Spent, long Allocated)> MeasureAsync(Rig rig, StorageWatch watch)
    {
        var before = GC.GetTotalAllocatedBytes();
        var spent = await DeliverRun.DeliverAsync(rig, watch, Events);
        return (spent, GC.GetTotalAllocatedBytes() - before);
    }

    /// <summary>Delivered events as the client leaves them: five rows in the one table, one in the other.</summary>
    private static async Task SeedAsync(Rig rig, int count)
    {
        var tables = rig.Client!.Services.GetRequiredService<StorageClients>().Tables;
        var random = new Random(count);
        var events = Enumerable
            .Range(0, count)
            .Select(_ => Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(random.NextInt64()))))
            .ToList();
        var at = DateTimeOffset.UtcNow.AddDays(-10);
        await WriteAsync(
            tables.GetTableClient(EventLedger.TableName),
            events.SelectMany(key =>
                (ITableEntity[])
                    [
                        Row(key),
                        new TableEntity(key[..1], $"s_Delivered_{at.UtcTicks:D19}_{key}"),
                        new TableEntity(key[..1], $"t_{at.UtcTicks:D19}_{key}"),
                        new TableEntity(key[..1], $"n_{key}_{key}"),
                        new TableEntity(key[..1], $"n_{key[32..]}{key[..32]}_{key}"),
                    ]
            )
        );
        await WriteAsync(
            tables.GetTableClient(Registrations.TableName),
            events.Select(key => new RegistrationRow
            {
                PartitionKey = key[..2],
                RowKey = "r_" + key,
                Number = key[..12],
                Kind = "Birth",
                Aid = key[..29],
                AidAt = at,
            })
        );

        EventRow Row(string key)
        {
            var row = EventRow.From(
                new PayloadInfo(key, EventKinds.Birth, at, key[..32], key[..12], null, null, null),
                "2026/01/01/000000-" + key[..32]
            );
            row.State = nameof(EventState.Delivered);
            row.Note(at, EventState.Delivered, null);
            return row;
        }
    }

    /// <summary>Writes rows, many at a time.</summary>
    public static async Task WriteAsync(TableClient table, IEnumerable<ITableEntity> rows) =>
        await Parallel.ForEachAsync(
            rows.GroupBy(row => row.PartitionKey).SelectMany(partition => partition.Chunk(99)),
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (chunk, stop) =>
                await table.SubmitTransactionAsync(
                    chunk.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)),
                    stop
                )
        );
}
