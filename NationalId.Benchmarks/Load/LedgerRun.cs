using System.Security.Cryptography;
using Azure.Data.Tables;
using NationalId.Core.Storage;

namespace NationalId.Benchmarks.Load;

/// <summary>Row 8: what an event costs when the ledger holds many.</summary>
internal static class LedgerRun
{
    private const int Events = 200;

    public static async Task RunAsync(Report report, bool full)
    {
        await using var rig = await Rig.StartAsync();
        using var watch = new StorageWatch(rig.Azurite);
        // The first figures are those that the others stand against: the compiler has to have done with its second look.
        await DeliverRun.DeliverAsync(rig, watch, full ? 5000 : 2000);
        var (seeded, none) = (0, default((Spent Usual, long Allocated)?));
        foreach (var size in full ? (int[])[0, 10_000, 100_000] : [0, 2_000, 10_000])
        {
            await SeedAsync(rig, size - seeded);
            seeded = size;

            // What seeding leaves behind, here and in Azurite, is not the events' to clear away.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
            await DeliverRun.DeliverAsync(rig, watch, full ? 5 * Events : Events);
            var (runs, before) = (new List<Spent>(), GC.GetTotalAllocatedBytes());
            for (var i = 0; i < 5; i++)
            {
                runs.Add(await DeliverRun.DeliverAsync(rig, watch, Events));
            }

            var (usual, allocated) = (DeliverRun.Median(runs), (GC.GetTotalAllocatedBytes() - before) / (5 * Events));
            var (first, firstAllocated) = none ??= (usual, allocated);
            report.Add(
                $"cost per event with {size:N0} in the ledger",
                $"{usual.Ours / Events * 1000:0.0} ms of processor time, {allocated / 1000:N0} KB allocated, {(double)usual.Calls / Events:0.0} storage calls",
                $"none: {first.Ours / Events * 1000:0.0} ms, {firstAllocated / 1000:N0} KB, {(double)first.Calls / Events:0.0}",
                $"{usual.Ours / first.Ours:0.00} ×, Azurite's own {usual.Azurite / first.Azurite:0.00} × ({usual.Azurite / Events * 1000:0.0} ms)",
                "flat", usual.Ours / first.Ours is > 0.85 and < 1.15 && (double)usual.Calls / first.Calls is > 0.98 and < 1.02);
        }
    }

    /// <summary>Delivered events as the client leaves them: three rows in the one table, two in the other.</summary>
    private static async Task SeedAsync(Rig rig, int count)
    {
        var tables = rig.Client!.Services.GetRequiredService<StorageClients>().Tables;
        var random = new Random(count);
        var events = Enumerable.Range(0, count).Select(_ => Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(random.NextInt64())))).ToList();
        var at = DateTimeOffset.UtcNow.AddDays(-10);
        await WriteAsync(tables.GetTableClient(StorageClients.EventTable), events.SelectMany(key => (ITableEntity[])[Row(key), new TableEntity(key[..1], $"s_Delivered_{at.UtcTicks:D19}_{key}"), new TableEntity(key[..1], $"t_{at.UtcTicks:D19}_{key}")]));
        await WriteAsync(tables.GetTableClient(StorageClients.RegistrationTable), events.SelectMany(key => (ITableEntity[])
        [
            new RegistrationRow { PartitionKey = key[..2], RowKey = "r_" + key, Number = key[..12], Kind = "Birth", Aid = key[..29], AidAt = at },
            new TableEntity(key[..2], $"e_{key}_{key}"),
        ]));

        EventRow Row(string key)
        {
            var row = EventRow.From(new PayloadInfo(key, Topics.Birth, at, key[..32], key[..12], null, null, null), "2026/01/01/000000-" + key[..32]);
            row.State = nameof(EventState.Delivered);
            row.Note(at, EventState.Delivered, null);
            return row;
        }
    }

    private static async Task WriteAsync(TableClient table, IEnumerable<ITableEntity> rows) => await Parallel.ForEachAsync(
        rows.GroupBy(row => row.PartitionKey).SelectMany(partition => partition.Chunk(99)),
        new ParallelOptions { MaxDegreeOfParallelism = 4 },
        async (chunk, stop) => await table.SubmitTransactionAsync(chunk.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)), stop));
}
