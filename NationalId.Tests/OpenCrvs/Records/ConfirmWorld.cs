using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.OpenCrvs.Records;

/// <summary>An OpenCRVS 1.9, 2.0 or 2.1 and a client that writes numbers into <c>child.nid</c>.</summary>
internal sealed class ConfirmWorld : IAsyncDisposable
{
    private ConfirmWorld(World world) => World = world;

    public World World { get; }

    public EventsSandbox Events => World.Sandbox.Events;

    public ConfirmationTable Table => World.Host.Services.GetRequiredService<ConfirmationTable>();

    public static async Task<ConfirmWorld> StartAsync(
        OpenCrvsVersion version = OpenCrvsVersion.V20,
        NumberAnswer numbers = NumberAnswer.AtOnce,
        string when = "Numbered",
        string patience = "00:00:03",
        bool runQueues = true,
        Action<SandboxSettings>? sandbox = null,
        params (string Name, string? Value)[] settings
    ) =>
        new(
            await World.StartAsync(
                one =>
                {
                    one.OpenCrvsVersion = version;
                    one.ClientName = "Freedonia";
                    one.NumberAnswer = numbers;
                    one.Events.AcceptsByItself = false;
                    sandbox?.Invoke(one);
                },
                client =>
                {
                    client["NationalId:OpenCrvs:ConfirmWhen"] = when;
                    client["NationalId:OpenCrvs:ConfirmPatience"] = patience;
                    foreach (var (name, value) in settings)
                    {
                        client["NationalId:" + name] = value;
                    }
                },
                runQueues
            )
        );

    /// <summary>A registrar registers, and the client answers 202.</summary>
    public async Task<RegistrarAnswer> RegisterAsync(string type = "birth")
    {
        var registered = await Events.RegisterAsync(new RegistrationOrder { Type = type });
        Assert.Equal(200, registered.Status);
        Assert.Equal(202, Events.Triggers.Last(one => one.EventId == registered.EventId).ClientStatus);
        return registered;
    }

    /// <summary>Registered once, under the number that the country configuration sent; shown so in searches.</summary>
    public async Task<RecordState> ConfirmedAsync(RegistrarAnswer registered, bool sweep = false)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                if (sweep)
                {
                    await World.SweepAsync();
                }

                return Events.State(registered.EventId).Status == "REGISTERED"
                    && Events.Indexed(registered.EventId)?["flags"]?.AsArray().Count == 0;
            },
            instead: () => Describe(registered)
        );
        Assert.Equal(NumberOf(registered), Assert.Single(Record(registered).Registrations).RegistrationNumber);
        return Events.State(registered.EventId);
    }

    /// <summary>Waits until the National ID system's number stands on the record.</summary>
    public Task NumberedAsync(RegistrarAnswer registered) =>
        Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    GivenTo(registered) is { } given
                        && (string?)Events.State(registered.EventId).Declaration["child.nid"] == given
                ),
            instead: () => Describe(registered)
        );

    public EventDocument Record(RegistrarAnswer registered) => Events.Find(registered.EventId)!;

    /// <summary>
    /// Accepts a registration as OpenCRVS does when its country configuration answers 200: in the action's own
    /// transaction, without a field.
    /// </summary>
    public async Task AcceptElsewhereAsync(RegistrarAnswer registered)
    {
        var trigger = Events.Triggers.Last(one => one.EventId == registered.EventId);
        await AcceptAsync(
            trigger,
            "register",
            new JsonObject
            {
                ["actionId"] = registered.ActionId,
                ["transactionId"] = registered.TransactionId,
                ["registrationNumber"] = trigger.Number,
            }
        );
    }

    /// <summary>The country configuration accepts a correction that it had answered with 202.</summary>
    public async Task AcceptLaterAsync(RegistrarAnswer registered, string type, string path)
    {
        var asked = Record(registered).Pending.Single(one => one.Type == type);
        await AcceptAsync(
            Events.Triggers.Last(one => one.EventId == registered.EventId && one.Action == type),
            path,
            new JsonObject
            {
                ["actionId"] = asked.Id,
                ["transactionId"] = Guid.NewGuid().ToString(),
                ["requestId"] = asked.RequestId,
            }
        );
    }

    private async Task AcceptAsync(Trigger trigger, string path, JsonObject input)
    {
        input["eventId"] = trigger.EventId;
        input["declaration"] = new JsonObject();
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"{World.Sandbox.OpenCrvsUrl.ToString().TrimEnd('/')}/events/event.actions.{path}.accept"
        );
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", trigger.Token);
        request.Content = JsonContent.Create(new JsonObject { ["json"] = input });
        await request.Content.LoadIntoBufferAsync();
        using var http = new HttpClient();
        using var answer = await http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, answer.ToString());
    }

    public string NumberOf(RegistrarAnswer registered) =>
        Events.Triggers.First(one => one.EventId == registered.EventId && one.Number is not null).Number!;

    public string? GivenTo(RegistrarAnswer registered) =>
        World.Sandbox.NationalIdSystem.FindByBirth(NumberOf(registered))?.Number;

    public int Corrections(RegistrarAnswer registered) =>
        Record(registered).Actions.Count(one => one is { Type: "APPROVE_CORRECTION", Status: EventAction.Accepted });

    /// <summary>As if the client had died after it had noted the action, and before it stored the event.</summary>
    public async Task ForgetEventAsync(ConfirmationRow row, bool keepsPayload = false)
    {
        var storage = World.Host.Services.GetRequiredService<StorageClients>();
        var stored = (await World.Ledger.GetAsync(row.EventKey, default))!;
        var events = storage.Tables.GetTableClient(EventLedger.TableName);
        await events.DeleteEntityAsync(stored.PartitionKey, stored.RowKey);
        if (!keepsPayload)
        {
            await World.Host.Services.GetRequiredService<PayloadStore>().DeleteAsync(stored.Blob!, default);
        }

        foreach (var queue in new[] { EventKinds.BirthQueue, ConfirmQueue.Name })
        {
            await storage.Queues.GetQueueClient(queue).ClearMessagesAsync();
        }

        row.ScheduledAt = null;
        row.DueAt = null;
        row.NextAt = null;
        Assert.True(await Table.TrySaveAsync(row, default));
    }

    /// <summary>As if the client had died before it noted any action.</summary>
    public async Task ForgetConfirmationsAsync()
    {
        var table = World
            .Host.Services.GetRequiredService<StorageClients>()
            .Tables.GetTableClient(ConfirmationTable.Name);
        foreach (var row in await table.QueryAsync<TableEntity>().ToListAsync())
        {
            await table.DeleteEntityAsync(row.PartitionKey, row.RowKey);
        }
    }

    /// <summary>What is not done; healing included.</summary>
    public async Task<IReadOnlyList<ConfirmationRow>> OpenAsync() => await Table.OpenAsync(default).ToListAsync();

    public async Task<ConfirmationRow> RowAsync() => Assert.Single(await OpenAsync());

    /// <summary>Nothing is left to do and no token is kept.</summary>
    public Task DoneAsync() =>
        Eventually.TrueAsync(async () => (await OpenAsync()).Count == 0 && (await TokensAsync()).Count == 0);

    public Task<IReadOnlyList<string>> TokensAsync() => World.KeptTokensAsync();

    /// <summary>Asks as an operator.</summary>
    public async Task<(int Status, JsonNode? Body)> OperatorAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, World.Url("api/ops/confirmations" + path));
        request.Headers.Add("x-functions-key", World.Host.FunctionKeys.Admin);
        request.Headers.Add("X-Requested-With", "test");
        request.Content = body is null ? null : JsonContent.Create(body);
        using var answer = await World.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null);
    }

    public ValueTask DisposeAsync() => World.DisposeAsync();

    private string Describe(RegistrarAnswer registered) =>
        string.Join(
            Environment.NewLine,
            Record(registered)
                .Actions.Select(one =>
                    $"{one.Type} {one.Status} {one.RegistrationNumber} {one.Declaration.ToJsonString()}"
                )
                .Append($"index: {Events.Indexed(registered.EventId)?["flags"]}")
                .Concat(World.Logs.Lines.Where(line => line.StartsWith("Warning") || line.StartsWith("Error")))
        );
}
