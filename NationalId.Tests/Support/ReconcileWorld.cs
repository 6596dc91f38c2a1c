using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.Platform.Storage;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.Support;

/// <summary>An OpenCRVS whose messages can get lost, and a client that looks for what is missing.</summary>
internal sealed class ReconcileWorld : IAsyncDisposable
{
    private readonly World2? inner2;

    private ReconcileWorld(World inner, World2? inner2)
    {
        Inner = inner;
        this.inner2 = inner2;
    }

    public World Inner { get; }

    /// <summary>The same with new events.</summary>
    public World2 Inner2 => inner2 ?? throw new InvalidOperationException("This OpenCRVS has no new events.");

    public SandboxServer Sandbox => Inner.Sandbox;

    public static async Task<ReconcileWorld> StartAsync(
        OpenCrvsVersion version,
        Action<SandboxSettings>? sandbox = null,
        Action<Dictionary<string, string?>>? client = null
    )
    {
        if (version >= OpenCrvsVersion.V19)
        {
            var world2 = await World2.StartAsync(
                version,
                settings =>
                {
                    settings.Reconciles = true;
                    sandbox?.Invoke(settings);
                },
                client
            );
            return new ReconcileWorld(world2.Inner, world2);
        }

        var world = await World.StartAsync(
            settings =>
            {
                settings.OpenCrvsVersion = version;
                settings.ClientName = "Freedonia";
                settings.Reconciles = true;
                sandbox?.Invoke(settings);
            },
            client
        );
        return new ReconcileWorld(world, null);
    }

    /// <summary>Runs a reconciliation over all, as an operator asks for it, until it has ended.</summary>
    /// <returns>The run.</returns>
    public async Task<JsonObject> ReconcileAsync(bool deep = false)
    {
        await BeginAsync(deep);
        return await RunAsync(run => !(bool)run["underWay"]!);
    }

    /// <summary>An operator asks for a run.</summary>
    public async Task BeginAsync(bool deep = false)
    {
        using var answer = await OrderAsync(
            "api/ops/reconcile",
            new JsonObject { ["from"] = DateTimeOffset.UtcNow.AddDays(-1).ToString("O"), ["deep"] = deep }
        );
        Assert.Equal(202, (int)answer.StatusCode);
    }

    /// <summary>A run begins because its time has come.</summary>
    public async Task RunByTimerAsync()
    {
        await ScheduleAsync();
        await ChangeRunAsync(run =>
        {
            run.ThereSince = DateTimeOffset.UtcNow.AddDays(-30);
            run.Watermark = DateTimeOffset.UtcNow.AddDays(-1);
        });
        await ScheduleAsync();
    }

    /// <summary>The schedule looks what is due.</summary>
    public Task ScheduleAsync() => Inner.Host.Services.GetRequiredService<ReconcileSchedule>().RunAsync(default);

    /// <summary>The first source's run as it is stored.</summary>
    public async Task<ReconcileRun> RunRowAsync() =>
        (
            await Inner
                .Host.Services.GetRequiredService<ReconcileTable>()
                .RunOfAsync(Inner.Host.Services.GetRequiredService<IRecordSource>().Name, default)
        )!;

    /// <summary>Time passes, as the stored run sees it.</summary>
    public async Task ChangeRunAsync(Action<ReconcileRun> change)
    {
        var run = await RunRowAsync();
        change(run);
        Assert.True(await Inner.Host.Services.GetRequiredService<ReconcileTable>().TrySaveAsync(run, default));
    }

    /// <summary>The client was down, until now.</summary>
    public Task WasDownAsync(TimeSpan time) =>
        Inner.Host.Services.GetRequiredService<ReconcileTable>().SetAliveAsync(DateTimeOffset.UtcNow - time, default);

    /// <summary>Makes an event look as if it had come an hour ago, so that a search must know it.</summary>
    public async Task HoldAsync(SentEvent sent) => await HoldAsync(await Inner.DeliveredAsync(sent));

    /// <summary>The same of an event that is delivered.</summary>
    public async Task HoldAsync(EventRow row)
    {
        var events = Inner.Host.Services.GetRequiredService<StorageClients>().Tables.GetTableClient("events");
        var earlier = DateTimeOffset.UtcNow.AddHours(-1).UtcTicks;
        await events.AddEntityAsync(new TableEntity(row.PartitionKey, $"s_Delivered_{earlier:D19}_{row.Key}"));
    }

    /// <summary>The first source's run, once it is so.</summary>
    public async Task<JsonObject> RunAsync(Func<JsonObject, bool> isSo, TimeSpan? deadline = null)
    {
        JsonObject? run = null;
        await Eventually.TrueAsync(
            async () =>
            {
                run = (JsonObject)(await StatusAsync())["runs"]![0]!;
                return isSo(run);
            },
            deadline,
            instead: () => $"{run?.ToJsonString()}{Environment.NewLine}{Inner.LastWarnings}"
        );
        return run!;
    }

    /// <summary>How reconciliation stands.</summary>
    public async Task<JsonObject> StatusAsync()
    {
        using var request = Operator(HttpMethod.Get, "api/ops/reconcile");
        using var answer = await Inner.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, answer.ToString());
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>An operator orders something.</summary>
    public async Task<HttpResponseMessage> OrderAsync(string path, JsonNode? body)
    {
        using var request = Operator(HttpMethod.Post, path);
        request.Content = body is null ? null : JsonContent.Create(body);
        return await Inner.Http.SendAsync(request);
    }

    /// <summary>Begins a batch.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> BatchAsync(string path, HttpContent body)
    {
        using var request = Operator(HttpMethod.Post, path);
        request.Content = body;
        using var answer = await Inner.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == 202, text);
        return (string)JsonNode.Parse(text)!["id"]!;
    }

    /// <summary>A batch, once it is in a state.</summary>
    public Task<JsonObject> BatchAsync(string id, string state) =>
        BatchAsync(id, batch => (string?)batch["state"] == state);

    /// <summary>A batch, once it is so.</summary>
    public async Task<JsonObject> BatchAsync(string id, Func<JsonObject, bool> isSo)
    {
        JsonObject? batch = null;
        await Eventually.TrueAsync(
            async () =>
            {
                batch = (JsonObject)
                    (await StatusAsync())["batches"]!.AsArray().Single(one => (string?)one!["id"] == id)!;
                return isSo(batch);
            },
            instead: () => $"{batch?.ToJsonString()}{Environment.NewLine}{Inner.LastWarnings}"
        );
        return batch!;
    }

    /// <summary>An operator releases a batch.</summary>
    public async Task ReleaseAsync(string id)
    {
        using var answer = await OrderAsync($"api/ops/batches/{id}/release", null);
        Assert.Equal(202, (int)answer.StatusCode);
    }

    /// <summary>A batch's next minute comes.</summary>
    public async Task PassMinuteAsync(string id)
    {
        var table = Inner.Host.Services.GetRequiredService<BackfillTable>();
        // A worker may be about to end its minute.
        await Eventually.TrueAsync(async () =>
        {
            var batch = (await table.GetAsync(id, default))!;
            batch.NextAt = null;
            return batch.LeaseUntil is null && await table.TrySaveAsync(batch, default);
        });
        await Inner.Host.Services.GetRequiredService<Backfill>().RunAsync(default);
    }

    /// <summary>Ten minutes pass after the last piece of a reindexing.</summary>
    /// <returns>Its batch.</returns>
    public async Task<string> EndReindexingAsync()
    {
        var table = Inner.Host.Services.GetRequiredService<BackfillTable>();
        var id = (string)Assert.Single((await StatusAsync())["batches"]!.AsArray())!["id"]!;
        var batch = (await table.GetAsync(id, default))!;
        batch.NextAt = DateTimeOffset.UtcNow.AddSeconds(-1);
        Assert.True(await table.TrySaveAsync(batch, default));
        await Inner.Host.Services.GetRequiredService<Backfill>().RunAsync(default);
        return id;
    }

    /// <summary>A registration of new events of which nobody tells us.</summary>
    public async Task<RegistrarAnswer> UnheardAsync(bool acceptsByItself, RegistrationOrder? order = null)
    {
        Sandbox.ClientUrl = new Uri("http://127.0.0.1:9");
        Inner2.Events.Settings.AcceptsByItself = acceptsByItself;
        var registered = await Inner2.Events.RegisterAsync(order);
        Inner2.Events.Settings.AcceptsByItself = false;
        Sandbox.ClientUrl = Inner.Host.BaseAddress;
        Assert.Equal(acceptsByItself ? 200 : 500, registered.Status);
        return registered;
    }

    public ValueTask DisposeAsync() => Inner.DisposeAsync();

    /// <summary>An operator's request.</summary>
    public HttpRequestMessage Operator(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, Inner.Url(path));
        request.Headers.Add("x-functions-key", Inner.Host.FunctionKeys.Admin);
        request.Headers.Add("X-Requested-With", "NationalId");
        return request;
    }
}
