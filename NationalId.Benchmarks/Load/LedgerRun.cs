using System.Security.Cryptography;
using Azure.Data.Tables;
using NationalId.Core.Storage;

namespace NationalId.Benchmarks.Load;

/// <summary>Row 8: what an event costs when the ledger holds many.</summary>
internal static class LedgerRun
{
    public static async Task RunAsync(Report report, bool full)
    {
        await using var rig = await Rig.StartAsync();
        using var watch = new StorageWatch(rig.Azurite);
        // Long enough for the compiler's second look: the first figures are those that the others stand against.
        await DeliverRun.DeliverAsync(rig, watch, 1000);
        var (seeded, first) = (0, default(Spent));
        foreach (var size in full ? (int[])[0, 10_000, 100_000] : [0, 2_000, 10_000])
        {
            await SeedAsync(rig, size - seeded);
            seeded = size;
            var runs = new List<Spent>();
            for (var i = 0; i < 3; i++)
            {
                runs.Add(await DeliverRun.DeliverAsync(rig, watch, 200));
            }

            var mean = DeliverRun.Mean(runs);
            first ??= mean;
            report.Add(
                $"cost per event with {size:N0} in the ledger",
                $"{mean.Ours * 5:0.0} ms of processor time, {mean.Calls / 200.0:0.0} storage calls",
                $"none: {first.Ours * 5:0.0} ms, {first.Calls / 200.0:0.0}",
                $"{mean.Ours / first.Ours:0.00} ×, Azurite's own {mean.Azurite / first.Azurite:0.00} × ({mean.Azurite * 5:0.0} ms)",
                "flat", mean.Ours / first.Ours is > 0.85 and < 1.15);
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
