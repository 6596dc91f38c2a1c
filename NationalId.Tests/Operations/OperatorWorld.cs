using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
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
    private readonly string storage;

    private OperatorWorld(LocalHostServer server, string storage)
    {
        Server = server;
        this.storage = storage;
        Http = new HttpClient { BaseAddress = new Uri(server.BaseAddress, "api/ops/") };
        Http.DefaultRequestHeaders.Add("x-functions-key", server.FunctionKeys.Admin);
    }

    public LocalHostServer Server { get; }

    /// <summary>Has the admin key.</summary>
    public HttpClient Http { get; }

    public EventLedger Ledger => Get<EventLedger>();

    public static async Task<OperatorWorld> StartAsync(Action<IServiceCollection>? configure = null) =>
        await StartAsync(await TestAzurite.NewAccountAsync(), configure);

    /// <summary>A second host on the same storage.</summary>
    public static Task<OperatorWorld> StartAsync(OperatorWorld other) => StartAsync(other.storage, null);

    private static async Task<OperatorWorld> StartAsync(string storage, Action<IServiceCollection>? configure) =>
        new(
            await LocalHostServer.StartAsync(
                new LocalHostSettings
                {
                    Configuration = TestSettings.Mosip(storage),
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
        var info = new PayloadInfo(
            EventKey.ForUnreadable(Encoding.UTF8.GetBytes(topic + number)),
            topic,
            DateTimeOffset.UtcNow - age,
            $"composition-{number.Length}",
            number,
            null,
            flag,
            null
        );
        var blob = Get<PayloadStore>().NewName();
        await Get<PayloadStore>().PutAsync(blob, new MemoryStream("{}"u8.ToArray()), info, CancellationToken.None);
        var row = EventRow.From(info, blob);
        if (moves.Length > 0 && moves[0].State == EventState.Waiting && moves.Length == 1)
        {
            // As old in its state as it is itself.
            row.State = nameof(EventState.Waiting);
            row.Reason = moves[0].Note;
            row.Note(row.StateAt, EventState.Waiting, moves[0].Note);
            moves = [];
        }

        Assert.True(await Ledger.AddAsync(row, CancellationToken.None));
        await Get<Registrations>().AddEventAsync(number, row.Key, CancellationToken.None);
        row = (await Ledger.GetAsync(row.Key, CancellationToken.None))!;
        foreach (var (state, note) in moves)
        {
            row.Reason = state == EventState.Delivered ? null : note;
            row.Attempt++;
            await Ledger.MoveAsync(row, state, note, CancellationToken.None);
        }

        return row;
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
