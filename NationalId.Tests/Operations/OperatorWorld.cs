using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.LocalHost;

namespace NationalId.Tests.Operations;

/// <summary>
/// A local host on an account of its own whose ledger the test fills: queues and timers are off, so that events stay
/// where they are put.
/// </summary>
internal sealed class OperatorWorld : IAsyncDisposable
{
    private OperatorWorld(LocalHostServer server, string storage)
    {
        Server = server;
        Storage = storage;
        Http = new HttpClient { BaseAddress = new Uri(server.BaseAddress, "api/ops/") };
        Http.DefaultRequestHeaders.Add("x-functions-key", server.FunctionKeys.Admin);
        Http.DefaultRequestHeaders.Add("X-Requested-With", "test");
    }

    public LocalHostServer Server { get; }

    /// <summary>The storage account's connection string.</summary>
    public string Storage { get; }

    /// <summary>Has the admin key.</summary>
    public HttpClient Http { get; }

    public EventLedger Ledger => Get<EventLedger>();

    public static async Task<OperatorWorld> StartAsync(
        Action<IServiceCollection>? configure = null,
        params (string Name, string Value)[] settings
    ) => await StartAsync(await TestAzurite.NewAccountAsync(), configure, settings);

    /// <summary>A second host on the same storage.</summary>
    public static Task<OperatorWorld> StartAsync(OperatorWorld other) => StartAsync(other.Storage, null, []);

    private static async Task<OperatorWorld> StartAsync(
        string storage,
        Action<IServiceCollection>? configure,
        (string Name, string Value)[] settings
    ) =>
        new(
            await LocalHostServer.StartAsync(
                new LocalHostSettings
                {
                    Configuration = TestSettings.Mosip(
                        storage,
                        [("NATIONALID_LEDGER_KEY", "the key of the tests"), .. settings]
                    ),
                    RunQueues = false,
                    RunTimers = false,
                    ConfigureServices = configure,
                }
            ),
            storage
        );

    public T Get<T>()
        where T : notnull => Server.Services.GetRequiredService<T>();

    /// <summary>Puts an event into the ledger with its payload, as intake does, and moves it on.</summary>
    public async Task<EventRow> AddAsync(
        string number,
        TimeSpan age,
        string topic = EventKinds.Birth,
        string? flag = null,
        params (EventState State, string? Note)[] moves
    )
    {
        var content = "{}"u8.ToArray();
        var blob = Get<PayloadStore>().NewName();
        var info = new PayloadInfo(
            EventKey.ForUnreadable(Encoding.UTF8.GetBytes(topic + number)),
            topic,
            DateTimeOffset.UtcNow - age,
            $"composition-{topic}-{number}",
            number,
            $"T-{topic[0]}-{number}",
            flag,
            $"00-{Guid.NewGuid():N}-{Guid.NewGuid().ToString("N")[..16]}-01"
        );
        info = await Get<PayloadSeals>().SealAsync(info, blob, SHA256.HashData(content), CancellationToken.None);
        await Get<PayloadStore>().PutAsync(blob, new MemoryStream(content), info, CancellationToken.None);
        var row = EventRow.From(info, blob);
        if (moves is [{ State: EventState.Waiting }])
        {
            // As old in its state as it is itself.
            row.State = nameof(EventState.Waiting);
            row.Reason = moves[0].Note;
            row.Note(row.StateAt, EventState.Waiting, moves[0].Note);
            moves = [];
        }

        Assert.True(await Ledger.AddAsync(row, CancellationToken.None));
        row = (await Ledger.GetAsync(row.Key, CancellationToken.None))!;
        foreach (var (state, note) in moves)
        {
            row.Reason = state == EventState.Delivered ? null : note;
            row.Attempt++;
            await Ledger.MoveAsync(row, state, note, CancellationToken.None);
        }

        return row;
    }

    /// <summary>The row of an event that came and stands in a state, without a payload that could be read.</summary>
    public static EventRow RowOf(string number, TimeSpan age, EventState state, string? reason)
    {
        var info = new PayloadInfo(
            EventKey.ForUnreadable(Encoding.UTF8.GetBytes(number)),
            EventKinds.Birth,
            DateTimeOffset.UtcNow - age,
            $"composition-{number}",
            number,
            $"T-{number}",
            null,
            null
        );
        var row = EventRow.From(info, $"2026/11/26/000000-{number}");
        row.State = state.ToString();
        row.Reason = reason;
        row.Attempt = 1;
        row.Note(row.StateAt, state, reason);
        return row;
    }

    /// <summary>Writes rows as they are, many in a transaction.</summary>
    public async Task FillAsync(string table, IEnumerable<ITableEntity> rows)
    {
        var slices = rows.GroupBy(row => row.PartitionKey).SelectMany(partition => partition.Chunk(100));
        var client = Get<StorageClients>().Tables.GetTableClient(table);
        await Get<StorageClients>().ReadyAsync();
        await Parallel.ForEachAsync(
            slices,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (slice, stop) =>
                await client.SubmitTransactionAsync(
                    slice.Select(row => new TableTransactionAction(TableTransactionActionType.UpsertReplace, row)),
                    stop
                )
        );
    }

    public async Task<EventRow> ReadAsync(EventRow row) => (await Ledger.GetAsync(row.Key, CancellationToken.None))!;

    public async Task<JsonElement> GetJsonAsync(string path) => await Http.GetFromJsonAsync<JsonElement>(path);

    /// <summary>How many messages wait in a queue.</summary>
    public async Task<int> MessagesAsync(string queue) =>
        (await Get<StorageClients>().Queues.GetQueueClient(queue).PeekMessagesAsync(32)).Value.Length;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
    }
}
