using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Pipeline;

/// <summary>What the sweep repairs and what it leaves alone. A second run changes nothing.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class SweepTests
{
    [Fact]
    public async Task A_payload_without_message_and_row_is_enqueued_and_delivered()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Delivery:OrphanAfter"] = "00:00:00.001"
        );
        var sent = await world.UnheardBirthAsync();
        await PutAsync(world, sent);
        await SweepTwiceAsync(world);

        var row = await world.DeliveredAsync(sent);
        Assert.Equal(sent.CompositionId, row.CompositionId);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
        Assert.Single(world.Sandbox.Mosip.DrawnAids);
    }

    [Fact]
    public async Task A_payload_that_intake_may_still_be_working_on_is_left_alone_until_it_is_old_enough()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await SleepingWorldAsync(time);
        await PutAsync(world, await world.UnheardBirthAsync());
        await SweepTwiceAsync(world);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue));

        time.Advance(TimeSpan.FromMinutes(6));
        await SweepTwiceAsync(world);
        Assert.Equal(1, await world.WaitingAsync(EventKinds.BirthQueue));
    }

    [Fact]
    public async Task A_flagged_payload_without_row_gets_its_row_and_no_message()
    {
        await using var world = await World.StartAsync(
            client: settings => settings["NationalId:Delivery:OrphanAfter"] = "00:00:00.001",
            runQueues: false
        );
        var info = new PayloadInfo(
            EventKey.ForUnreadable([1, 2, 3]),
            "",
            DateTimeOffset.UtcNow,
            null,
            null,
            null,
            "not JSON",
            null
        );
        var payloads = world.Host.Services.GetRequiredService<PayloadStore>();
        var blob = payloads.NewName();
        info = await SealAsync(world, info, blob, "not JSON"u8.ToArray());
        await payloads.PutAsync(blob, new MemoryStream("not JSON"u8.ToArray()), info, default);
        await SweepTwiceAsync(world);
        Assert.Equal(EventState.Flagged, (await world.Ledger.GetAsync(info.Key, default))!.Current);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue));
    }

    [Fact]
    public async Task A_second_copy_of_a_known_event_s_payload_is_removed_and_the_first_stays()
    {
        await using var world = await World.StartAsync(
            client: settings => settings["NationalId:Delivery:OrphanAfter"] = "00:00:00.001",
            runQueues: false
        );
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var copy = await PutAsync(world, sent);
        await SweepTwiceAsync(world);

        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Received);
        Assert.Equal([row.Blob!], await BlobsAsync(world));
        Assert.NotEqual(copy, row.Blob);
        Assert.Equal(1, await world.WaitingAsync(EventKinds.BirthQueue));
    }

    [Fact]
    public async Task A_poisoned_event_s_payload_that_came_later_and_lay_there_when_intake_died_takes_its_place()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Delivery:OrphanAfter"] = "00:00:00.001"
        );
        world.Sandbox.Mosip.Birth.Set(Fault.Status400);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Poisoned);
        var later = await PutAsync(world, sent);
        world.Sandbox.Mosip.Birth.Clear();
        await SweepTwiceAsync(world);
        Assert.Equal(later, (await world.DeliveredAsync(sent)).Blob);
        Assert.Equal([later], await BlobsAsync(world));
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
    }

    [Fact]
    public async Task Of_payloads_of_an_event_that_cross_each_other_the_latest_stays_and_is_there()
    {
        await using var world = await World.StartAsync(runQueues: false);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Received);
        await world.Ledger.MoveAsync(row, EventState.Waiting, "MOSIP answered 500.", default);
        var known = (await world.Ledger.GetAsync(row.Key, default))!;
        var (slow, latest, old) = (
            await PutAsync(world, sent),
            await PutAsync(world, sent),
            await PutAsync(world, sent)
        );

        // The slower one read the row before the other took its place; the last was in quarantine since yesterday.
        await AgainAsync(latest, DateTimeOffset.UtcNow);
        await AgainAsync(slow, DateTimeOffset.UtcNow);
        known = (await world.Ledger.GetAsync(row.Key, default))!;
        await AgainAsync(old, DateTimeOffset.UtcNow.AddDays(-1));
        Assert.Equal(latest, (await world.Ledger.GetAsync(row.Key, default))!.Blob);
        Assert.Equal([latest], await BlobsAsync(world));

        Task AgainAsync(string blob, DateTimeOffset at) =>
            world
                .Host.Services.GetRequiredService<EventAcceptor>()
                .AgainAsync(
                    new PayloadInfo(
                        row.Key,
                        sent.Topic,
                        at,
                        sent.CompositionId,
                        sent.RegistrationNumber,
                        sent.TrackingId,
                        null,
                        null
                    ),
                    blob,
                    known
                );
    }

    [Fact]
    public async Task Messages_too_many_of_an_event_that_waits_are_one_again_after_a_round()
    {
        await using var world = await World.StartAsync(client: World.ShortLeases);
        world.Sandbox.Mosip.Birth.Set(Fault.Status500);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        for (var i = 0; i < 20; i++)
        {
            await world.Host.Services.GetRequiredService<EventQueues>().SendAsync(row.ToMessage(), null, default);
        }

        await Eventually.TrueAsync(async () => await world.WaitingAsync(EventKinds.BirthQueue) == 1);
        world.Sandbox.Mosip.Birth.Clear();
        await world.DeliveredAsync(sent);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue));
    }

    [Theory]
    [InlineData(EventState.Received)]
    [InlineData(EventState.Waiting)]
    public async Task An_event_whose_message_was_lost_is_driven_on(EventState state)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await SleepingWorldAsync(time);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Received);
        if (state == EventState.Waiting)
        {
            row.NextAt = time.GetUtcNow().AddHours(1);
            await world.Ledger.MoveAsync(row, state, "MOSIP answered 500.", default);
        }

        await Queue(world, EventKinds.BirthQueue).ClearMessagesAsync();
        time.Advance(TimeSpan.FromHours(1.9));
        await SweepTwiceAsync(world);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue));

        // Two hours after the moment at which it should have gone on.
        time.Advance(TimeSpan.FromHours(state == EventState.Waiting ? 1.2 : 0.2));
        await SweepTwiceAsync(world);
        Assert.Equal(1, await world.WaitingAsync(EventKinds.BirthQueue));
        row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, state);
        Assert.Equal("re-driven by the sweep", row.Changes[^1].Note);
        var message = EventQueues.Read(
            (await Queue(world, EventKinds.BirthQueue).PeekMessageAsync()).Value.MessageText
        );
        Assert.Equal(row.Key, message!.Key);
    }

    [Fact]
    public async Task While_delivery_is_paused_or_a_worker_has_the_event_nothing_is_driven_on()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await SleepingWorldAsync(time);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await Queue(world, EventKinds.BirthQueue).ClearMessagesAsync();
        await OperateAsync(world, "pause");
        time.Advance(TimeSpan.FromHours(3));
        await SweepTwiceAsync(world);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue));

        await OperateAsync(world, "resume");
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Received);
        Assert.True(await world.Ledger.TryLeaseAsync(row, time.GetUtcNow().AddMinutes(5), default));
        await SweepTwiceAsync(world);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue));

        time.Advance(TimeSpan.FromMinutes(6));
        await SweepTwiceAsync(world);
        Assert.Equal(1, await world.WaitingAsync(EventKinds.BirthQueue));
    }

    [Fact]
    public async Task A_message_that_the_host_gave_up_goes_back_and_its_event_is_delivered()
    {
        await using var world = await World.StartAsync();
        var sent = await world.UnheardBirthAsync();
        var blob = await PutAsync(world, sent);
        var poison = EventKinds.BirthQueue + StorageClients.PoisonSuffix;
        // The host moves what it can't decode there as it is: here more than two answers hold, before what can be
        // saved.
        const int Undecodable = 70;
        var raw = new QueueClient(world.StorageConnection, poison);
        await Task.WhenAll(Enumerable.Range(0, Undecodable).Select(_ => raw.SendMessageAsync("no base64!")));
        // This event has no row: the function died each time before it wrote one.
        await PoisonAsync(world, new EventMessage(KeyOf(sent), sent.Topic, blob, 0, DateTimeOffset.UtcNow));
        await SweepTwiceAsync(world);
        await world.DeliveredAsync(sent);
        Assert.Equal(Undecodable, await world.WaitingAsync(poison));
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));

        // A delivered event's message is only tidied away.
        await PoisonAsync(world, new EventMessage(KeyOf(sent), sent.Topic, blob, 0, DateTimeOffset.UtcNow));
        await SweepTwiceAsync(world);
        Assert.Equal(Undecodable, await world.WaitingAsync(poison));
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
    }

    [Fact]
    public async Task A_poisoned_event_s_message_and_one_that_is_not_ours_stay_in_the_poison_queue()
    {
        await using var world = await World.StartAsync();
        world.Sandbox.Mosip.Birth.Set(Fault.Status400);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Poisoned);
        await Queue(world, EventKinds.BirthQueue + StorageClients.PoisonSuffix).SendMessageAsync("not ours");
        var calls = world.Sandbox.Mosip.Birth.Calls;
        await SweepTwiceAsync(world);
        Assert.Equal(2, await world.WaitingAsync(EventKinds.BirthQueue + StorageClients.PoisonSuffix));
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue));
        Assert.Equal(calls, world.Sandbox.Mosip.Birth.Calls);
    }

    [Fact]
    public async Task A_delivered_payload_goes_after_its_time_and_the_row_stays()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Delivery:PayloadRetention"] = "00:00:02"
        );
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.DeliveredAsync(sent);
        Assert.Equal([row.Blob!], await BlobsAsync(world));
        await Eventually.TrueAsync(async () =>
        {
            await SweepTwiceAsync(world);
            return (await BlobsAsync(world)).Count == 0;
        });
        row = await world.DeliveredAsync(sent);
        Assert.Null(row.Blob);
        Assert.Equal(sent.CompositionId, row.CompositionId);

        // The same event again is still known.
        Assert.Equal(202, (await world.Sandbox.OpenCrvs.ResendAsync(sent)).Status);
        Assert.Empty(await BlobsAsync(world));
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
    }

    [Fact]
    public async Task Payloads_younger_than_retention_and_of_events_that_are_not_delivered_stay()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await SleepingWorldAsync(time);
        var delivered = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(delivered.RegistrationNumber, EventKinds.Birth, EventState.Received);
        await world.Ledger.MoveAsync(row, EventState.Delivered, null, default);
        time.Advance(TimeSpan.FromDays(29));
        await SweepTwiceAsync(world);
        Assert.Equal(2, (await BlobsAsync(world)).Count);

        time.Advance(TimeSpan.FromDays(2));
        await SweepTwiceAsync(world);
        Assert.Single(await BlobsAsync(world));
        Assert.DoesNotContain(row.Blob!, await BlobsAsync(world));
    }

    [Fact]
    public async Task Uncommitted_blocks_go_after_a_day_and_a_committed_blob_never()
    {
        await using var world = await World.StartAsync(runQueues: false);
        var container = new BlobServiceClient(world.StorageConnection).GetBlobContainerClient(
            PayloadStore.AcceptedContainer
        );
        await world.Host.Services.GetRequiredService<StorageClients>().ReadyAsync();
        var (old, fresh) = (NameAt(DateTimeOffset.UtcNow.AddDays(-2)), NameAt(DateTimeOffset.UtcNow));
        var (strange, leftover) = (
            NameAt(DateTimeOffset.UtcNow.AddDays(-2.01)),
            NameAt(DateTimeOffset.UtcNow.AddDays(-2.02))
        );
        foreach (var name in new[] { old, fresh })
        {
            await container
                .GetBlockBlobClient(name)
                .StageBlockAsync(Convert.ToBase64String([0, 0, 0, 0]), new MemoryStream(new byte[1000]));
        }

        // Committed, and not one of ours to tell from its metadata; and what a sweep left that died while it discarded
        // blocks.
        await container.GetBlockBlobClient(strange).UploadAsync(new MemoryStream(new byte[10]));
        await container.GetBlockBlobClient(leftover).UploadAsync(new MemoryStream());
        await SweepTwiceAsync(world);

        Assert.Equal(new[] { fresh, strange }.Order(), (await BlobsAsync(world, BlobStates.Uncommitted)).Order());
        Assert.Equal([strange], await BlobsAsync(world));
    }

    [Fact]
    public async Task An_operator_can_run_the_sweep_by_hand_as_on_the_Functions_host()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Delivery:OrphanAfter"] = "00:00:00.001"
        );
        var sent = await world.UnheardBirthAsync();
        await PutAsync(world, sent);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            await CallAsync("Sweep", world.Host.FunctionKeys.Default, new { input = "" })
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            await CallAsync("Broom", world.Host.FunctionKeys.Admin, new { input = "" })
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            await CallAsync("ReceiveWebhook", world.Host.FunctionKeys.Admin, new { input = "" })
        );
        Assert.Equal(HttpStatusCode.BadRequest, await CallAsync("Sweep", world.Host.FunctionKeys.Admin, "no object"));
        Assert.Equal(
            HttpStatusCode.Accepted,
            await CallAsync("Sweep", world.Host.FunctionKeys.Admin, new { input = "" })
        );
        await world.DeliveredAsync(sent);

        async Task<HttpStatusCode> CallAsync(string function, string key, object body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, world.Url("admin/functions/" + function))
            {
                Content = JsonContent.Create(body),
            };
            request.Headers.Add("x-functions-key", key);
            using var answer = await world.Http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Paused_delivery_keeps_taking_events_and_delivers_them_after_it_is_resumed()
    {
        await using var world = await World.StartAsync();
        await OperateAsync(world, "pause");
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        Assert.Equal(202, sent.Status);
        // Several rounds of its message pass.
        for (var since = DateTime.UtcNow; DateTime.UtcNow - since < TimeSpan.FromSeconds(4); await Task.Delay(100))
        {
            Assert.Empty(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
        }

        Assert.Equal(
            EventState.Received,
            (await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Received)).Current
        );
        await OperateAsync(world, "resume");
        var row = await world.DeliveredAsync(sent);
        Assert.Equal(1, row.Attempt);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
    }

    /// <summary>A host whose clock we move and whose queues nobody reads.</summary>
    private static Task<World> SleepingWorldAsync(FakeTimeProvider time) =>
        World.StartAsync(runQueues: false, services: services => services.AddSingleton<TimeProvider>(time));

    private static async Task SweepTwiceAsync(World world)
    {
        await world.SweepAsync();
        await world.SweepAsync();
        Assert.DoesNotContain(world.Logs.Lines, line => line.Contains("The sweep's part", StringComparison.Ordinal));
    }

    /// <summary>Stores an event's payload as intake does, and nothing else: as when the process dies there.</summary>
    private static async Task<string> PutAsync(World world, SentEvent sent)
    {
        var payloads = world.Host.Services.GetRequiredService<PayloadStore>();
        var blob = payloads.NewName();
        var info = new PayloadInfo(
            KeyOf(sent),
            sent.Topic,
            DateTimeOffset.UtcNow,
            sent.CompositionId,
            sent.RegistrationNumber,
            sent.TrackingId,
            null,
            null
        );
        info = await SealAsync(world, info, blob, sent.Body);
        await payloads.PutAsync(blob, new MemoryStream(sent.Body), info, default);
        return blob;
    }

    private static Task<PayloadInfo> SealAsync(World world, PayloadInfo info, string blob, byte[] body) =>
        world
            .Host.Services.GetRequiredService<PayloadSeals>()
            .SealAsync(info, blob, SHA256.HashData(body), CancellationToken.None);

    private static string KeyOf(SentEvent sent) =>
        EventKey.Compute(sent.Topic, sent.CompositionId, sent.RegistrationNumber);

    private static string NameAt(DateTimeOffset at) =>
        at.ToString("yyyy/MM/dd/HHmmss", CultureInfo.InvariantCulture) + "-" + Guid.NewGuid().ToString("N");

    private static Task PoisonAsync(World world, EventMessage message) =>
        world
            .Host.Services.GetRequiredService<EventQueues>()
            .PoisonAsync(
                EventKinds.BirthQueue,
                System.Text.Json.JsonSerializer.Serialize(message, MessageJson.Default.EventMessage),
                default
            );

    private static QueueClient Queue(World world, string name) =>
        new(world.StorageConnection, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    private static async Task<IReadOnlyList<string>> BlobsAsync(World world, BlobStates states = BlobStates.None)
    {
        var container = new BlobServiceClient(world.StorageConnection).GetBlobContainerClient(
            PayloadStore.AcceptedContainer
        );
        return await container
            .GetBlobsAsync(new GetBlobsOptions { States = states })
            .Select(item => item.Name)
            .ToListAsync();
    }

    private static async Task OperateAsync(World world, string what)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, world.Url("api/ops/" + what));
        request.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
        request.Headers.Add("X-Requested-With", "test");
        using var answer = await world.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}");
    }
}
