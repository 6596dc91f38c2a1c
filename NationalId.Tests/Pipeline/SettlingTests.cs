using System.Security.Cryptography;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.Tests.Outage;

namespace NationalId.Tests.Pipeline;

/// <summary>
/// What becomes of an event by what its delivery came to, seen where an operator sees it: the row, its history, the
/// queues. Every way out has its own.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class SettlingTests : IAsyncLifetime, IDestination
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 26, 8, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider time = new(Begin);
    private readonly CollectedLogs logs = new();
    private StorageProxy storage = null!;
    private ServiceProvider services = null!;
    private int deliveries;

    /// <summary>What the National ID system does with an event.</summary>
    private Func<EventRow, CancellationToken, Task> answer = (_, _) => Task.CompletedTask;

    /// <summary>Whether the destination notes record and number itself, and does not come to it.</summary>
    private bool claimsItself;

    bool IDestination.Delivers(EventKind kind) => true;

    bool IDestination.ClaimsItself(EventRow row) => claimsItself;

    Task IDestination.DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        deliveries++;
        return answer(row, cancellationToken);
    }

    public async Task InitializeAsync()
    {
        storage = new StorageProxy(await TestAzurite.NewAccountAsync());
        var settings = TestSettings.Default(
            storage.ConnectionString,
            ("NationalId:Delivery:LeaseFor", "00:05:00"),
            ("NATIONALID_LEDGER_KEY", "a ledger key of thirty-two bytes")
        );
        services = TestServices
            .Of(settings, time)
            .AddLogging(builder => builder.AddProvider(logs))
            .RemoveAll<IDestination>()
            .AddSingleton<IDestination>(this)
            .BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await services.DisposeAsync();
        await storage.DisposeAsync();
    }

    [Fact]
    public async Task What_was_delivered_is_done_and_its_payload_stays_until_its_time_is_over()
    {
        using var delivered = new MetricCounts("nationalid.events.delivered");
        var message = await ReceivedAsync();
        var row = await DeliverAsync(message);
        Assert.NotEqual(0, delivered.Of(EventKinds.Birth));
        Assert.Equal(EventState.Delivered, row.Current);
        Assert.Equal((1, null, null, null), (row.Attempt, row.Reason, row.NextAt, row.LeaseUntil));
        Assert.Equal([EventState.Received, EventState.Delivered], row.Changes.Select(change => change.State));
        Assert.Equal(Begin, row.StateAt);
        Assert.NotNull(await Get<PayloadStore>().GetInfoAsync(message.Blob, default));
        Assert.Equal((0, 0), await WaitingAsync());
        Assert.Contains(logs.Lines, line => line.Contains("delivered at attempt 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_comes_again_after_its_delivery_is_not_delivered_again()
    {
        var message = await ReceivedAsync();
        await DeliverAsync(message);
        time.Advance(TimeSpan.FromDays(1));
        var row = await DeliverAsync(message);
        Assert.Equal((1, 1), (deliveries, row.Attempt));
        Assert.Equal((0, 0), await WaitingAsync());
    }

    [Fact]
    public async Task What_is_kept_and_not_sent_is_done_with_its_reason()
    {
        answer = (_, _) => throw new KeptException("It came another way.");
        var row = await DeliverAsync(await ReceivedAsync());
        Assert.Equal((EventState.Delivered, "It came another way."), (row.Current, row.Reason));
        Assert.Equal("It came another way.", row.Changes[^1].Note);
        Assert.Equal((0, 0), await WaitingAsync());
    }

    [Fact]
    public async Task What_contradicts_is_flagged_for_an_operator_and_waits_in_no_queue()
    {
        answer = (_, _) => throw new FlaggedException("Another record has this number.");
        using var flagged = new MetricCounts("nationalid.events.flagged");
        var message = await ReceivedAsync();
        var row = await DeliverAsync(message);
        Assert.Equal((EventState.Flagged, "Another record has this number."), (row.Current, row.Reason));
        Assert.Equal("Another record has this number.", row.Changes[^1].Note);
        Assert.Equal((1, null, null), (row.Attempt, row.NextAt, row.LeaseUntil));
        Assert.Equal((0, 0), await WaitingAsync());
        Assert.NotEqual(0, flagged.Of(EventKinds.Birth));

        // Its message come again finds it settled.
        Assert.Equal(EventState.Flagged, (await DeliverAsync(message)).Current);
        Assert.Equal(1, deliveries);
    }

    [Fact]
    public async Task What_can_never_succeed_is_poison_with_its_reason()
    {
        answer = (_, _) => throw new PermanentFailureException("MOSIP refuses the message.");
        using var poisoned = new MetricCounts("nationalid.events.poisoned");
        var message = await ReceivedAsync();
        var row = await DeliverAsync(message);
        Assert.Equal((EventState.Poisoned, "MOSIP refuses the message."), (row.Current, row.Reason));
        Assert.Equal("MOSIP refuses the message.", row.Changes[^1].Note);
        Assert.Equal((0, 1), await WaitingAsync());
        Assert.Equal(message with { Attempt = 1 }, await TakeAsync(EventKinds.BirthQueue + "-poison"));
        Assert.NotEqual(0, poisoned.Of(EventKinds.Birth));
    }

    [Fact]
    public async Task What_may_pass_comes_again_after_a_delay_that_grows()
    {
        answer = (_, _) => throw new TransientFailureException("MOSIP answered 503.");
        var message = await ReceivedAsync();
        var row = await DeliverAsync(message);
        Assert.Equal((EventState.Waiting, "MOSIP answered 503."), (row.Current, row.Reason));
        Assert.Equal((1, null), (row.Attempt, row.LeaseUntil));
        Assert.Equal("MOSIP answered 503.", row.Changes[^1].Note);
        Assert.InRange(row.NextAt!.Value, Begin.AddSeconds(30), Begin.AddSeconds(36));
        // It is there, and nobody sees it yet.
        Assert.Equal((1, 0), await WaitingAsync());
        Assert.Null(await TakeAsync(EventKinds.BirthQueue));

        time.SetUtcNow(row.NextAt.Value);
        row = await DeliverAsync(row.ToMessage());
        Assert.Equal(2, row.Attempt);
        Assert.InRange(row.NextAt!.Value - time.GetUtcNow(), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(72));

        time.SetUtcNow(row.NextAt.Value);
        answer = (_, _) => Task.CompletedTask;
        row = await DeliverAsync(row.ToMessage());
        Assert.Equal((EventState.Delivered, 3, null, null), (row.Current, row.Attempt, row.Reason, row.NextAt));
    }

    [Fact]
    public async Task What_the_partner_asks_to_wait_is_waited()
    {
        answer = (_, _) => throw new TransientFailureException("MOSIP answered 429.", TimeSpan.FromHours(3));
        var row = await DeliverAsync(await ReceivedAsync());
        Assert.InRange(row.NextAt!.Value, Begin.AddHours(3), Begin.AddHours(3.6));
    }

    [Fact]
    public async Task What_nobody_foresaw_is_tried_again_and_said_without_its_words()
    {
        answer = (_, _) => throw new FormatException("Ada Lovelace was born in 1815");
        var row = await DeliverAsync(await ReceivedAsync());
        Assert.Equal((EventState.Waiting, "unexpected FormatException"), (row.Current, row.Reason));
        Assert.Contains(logs.Lines, line => line.Contains("unexpected FormatException", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, line => line.Contains("Lovelace", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_payload_that_is_gone_can_never_be_delivered()
    {
        answer = (_, _) => throw new PayloadMissingException();
        var row = await DeliverAsync(await ReceivedAsync());
        Assert.Equal((EventState.Poisoned, "The payload was removed."), (row.Current, row.Reason));
    }

    [Fact]
    public async Task What_ends_before_its_destination_has_noted_it_has_its_number_all_the_same()
    {
        claimsItself = true;
        answer = (_, _) => throw new PayloadMissingException();
        var row = await DeliverAsync(await ReceivedAsync());
        Assert.Equal(EventState.Poisoned, row.Current);
        var registrations = Get<Registrations>();
        var known = await registrations.GetAsync(RegistrationKind.Birth, row.RegistrationNumber!, default);
        Assert.Equal(row.CompositionId, known!.RecordId);
    }

    [Fact]
    public async Task A_secret_that_is_missing_or_a_store_that_is_away_makes_events_wait()
    {
        Exception[] failures =
        [
            new SecretMissingException("MOSIP_PUBLIC_KEY"),
            new SecretUnusableException("MOSIP_PUBLIC_KEY", "it is no certificate"),
            new SecretStoreUnavailableException("MOSIP_PUBLIC_KEY", new IOException("away")),
        ];
        foreach (var failure in failures)
        {
            answer = (_, _) => throw failure;
            var row = await DeliverAsync(await ReceivedAsync());
            Assert.Equal(EventState.Waiting, row.Current);
            Assert.DoesNotContain("unexpected", row.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_delivery_that_outlives_its_lease_is_given_up_before_another_worker_may_begin()
    {
        answer = async (_, stop) =>
        {
            time.Advance(TimeSpan.FromMinutes(4));
            Assert.False(stop.IsCancellationRequested);
            time.Advance(TimeSpan.FromMinutes(0.6));
            await Task.Delay(TimeSpan.FromMinutes(1), stop);
        };
        var row = await DeliverAsync(await ReceivedAsync());
        Assert.Equal(EventState.Waiting, row.Current);
        Assert.Equal("The delivery took longer than one worker may have the event.", row.Reason);
        Assert.True(time.GetUtcNow() < Begin.AddMinutes(5));
    }

    [Fact]
    public async Task An_event_under_way_when_the_host_stops_goes_back_as_it_was()
    {
        using var stopping = new CancellationTokenSource();
        answer = async (_, stop) =>
        {
            await stopping.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop);
        };
        var message = await ReceivedAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Get<EventDelivery>().DeliverAsync(EventKinds.BirthQueue, Text(message), stopping.Token)
        );
        var row = (await Get<EventLedger>().GetAsync(message.Key, default))!;
        Assert.Equal((EventState.Received, 0, null), (row.Current, row.Attempt, row.LeaseUntil));

        // Whoever gets its message next has it at once.
        answer = (_, _) => Task.CompletedTask;
        Assert.Equal(EventState.Delivered, (await DeliverAsync(message)).Current);
    }

    [Theory]
    [InlineData(EventState.Delivered)]
    [InlineData(EventState.Waiting)]
    [InlineData(EventState.Poisoned)]
    [InlineData(EventState.Flagged)]
    public async Task What_is_changed_while_it_is_delivered_is_delivered_again_and_waits_for_no_lease(
        EventState outcome
    )
    {
        var message = await ReceivedAsync();
        var second = await StoredAsync(message.Key);
        answer = async (_, stop) =>
        {
            if (deliveries > 1)
            {
                return;
            }

            // As Replacements does when OpenCRVS sends it again.
            var row = (await Get<EventLedger>().GetAsync(message.Key, stop))!;
            row.Blob = second;
            await Get<EventLedger>().MoveAsync(row, EventState.Waiting, "sent again by OpenCRVS", stop);
            if (FailureOf(outcome) is { } failure)
            {
                throw failure;
            }
        };
        var row = await DeliverAsync(message);
        Assert.Equal((EventState.Waiting, second, null), (row.Current, row.Blob, row.LeaseUntil));
        Assert.Contains(logs.Lines, line => line.Contains("changed while it was delivered", StringComparison.Ordinal));

        // Its message is there at once, and names what it is now.
        var again = (await TakeAsync(EventKinds.BirthQueue))!;
        Assert.Equal(second, again.Blob);
        Assert.Equal(EventState.Delivered, (await DeliverAsync(again)).Current);
        Assert.Equal(2, deliveries);

        static DeliveryException? FailureOf(EventState outcome) =>
            outcome switch
            {
                EventState.Waiting => new TransientFailureException("MOSIP answered 503."),
                EventState.Poisoned => new PermanentFailureException("MOSIP refuses the message."),
                EventState.Flagged => new FlaggedException("Another record has this number."),
                _ => null,
            };
    }

    [Fact]
    public async Task An_event_that_was_changed_goes_back_when_the_host_stops()
    {
        using var stopping = new CancellationTokenSource();
        var message = await ReceivedAsync();
        answer = async (_, stop) =>
        {
            var row = (await Get<EventLedger>().GetAsync(message.Key, stop))!;
            row.Note(Begin, row.Current, "looked at by the operator");
            await Get<EventLedger>().SaveAsync(row, stop);
            await stopping.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Get<EventDelivery>().DeliverAsync(EventKinds.BirthQueue, Text(message), stopping.Token)
        );
        var row = (await Get<EventLedger>().GetAsync(message.Key, default))!;
        Assert.Equal((EventState.Received, null), (row.Current, row.LeaseUntil));
        Assert.Equal("looked at by the operator", row.Changes[^1].Note);
    }

    [Fact]
    public async Task While_one_worker_has_an_event_another_looks_again_when_its_time_is_over()
    {
        var message = await ReceivedAsync();
        var row = (await Get<EventLedger>().GetAsync(message.Key, default))!;
        Assert.True(await Get<EventLedger>().TryLeaseAsync(row, Begin.AddMinutes(5), default));
        Assert.Equal(EventState.Received, (await DeliverAsync(message)).Current);
        Assert.Equal(0, deliveries);
        // Its message was done with, so there is another.
        Assert.Equal((1, 0), await WaitingAsync());
        Assert.Null(await TakeAsync(EventKinds.BirthQueue));

        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(EventState.Delivered, (await DeliverAsync(message)).Current);
        Assert.Equal(1, deliveries);
    }

    [Fact]
    public async Task A_lease_that_is_about_to_end_is_waited_out_and_not_a_moment_less()
    {
        var message = await ReceivedAsync();
        var row = (await Get<EventLedger>().GetAsync(message.Key, default))!;
        Assert.True(await Get<EventLedger>().TryLeaseAsync(row, Begin.AddMilliseconds(1), default));
        await DeliverAsync(message);
        Assert.Equal(0, deliveries);
        Assert.Equal((1, 0), await WaitingAsync());
        Assert.Null(await TakeAsync(EventKinds.BirthQueue));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lease_that_storage_wrote_and_whose_answer_was_lost_is_given_back(bool tried)
    {
        var message = await ReceivedAsync();
        if (tried)
        {
            // Its first attempt notes the record too, a later one the lease alone.
            answer = (_, _) => throw new TransientFailureException("MOSIP answered 503.");
            message = (await DeliverAsync(message)).ToMessage();
            time.Advance(TimeSpan.FromHours(2));
            answer = (_, _) => Task.CompletedTask;
        }

        var before = (await WaitingAsync()).Queue;
        storage.LoseOne("204 No Content");
        Assert.Null((await DeliverAsync(message)).LeaseUntil);
        Assert.True(storage.HasLost);
        // Its message was done with, so there is another.
        Assert.Equal(before + 1, (await WaitingAsync()).Queue);
        Assert.Equal(EventState.Delivered, (await DeliverAsync(message)).Current);
    }

    [Fact]
    public async Task What_was_changed_since_such_a_lease_stays_as_it_is_now()
    {
        var message = await ReceivedAsync();
        var second = await StoredAsync(message.Key);
        var table = new TableClient(storage.ConnectionString, EventLedger.TableName);
        var (taken, changed) = (await ReadAsync(), await ReadAsync());
        changed.LeaseUntil = taken.LeaseUntil = Begin.AddMinutes(5);
        changed.Blob = second;
        await Get<EventLedger>().SaveAsync(changed, default);
        Assert.False(await table.TryTakeAsync(taken, default));
        var row = await ReadAsync();
        Assert.Equal((second, null), (row.Blob, row.LeaseUntil));

        async Task<EventRow> ReadAsync() => (await Get<EventLedger>().GetAsync(message.Key, default))!;
    }

    [Fact]
    public async Task Two_workers_with_the_same_event_deliver_it_once()
    {
        var (began, goesOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        answer = async (_, _) =>
        {
            began.SetResult();
            await goesOn.Task;
        };
        var message = await ReceivedAsync();
        var first = DeliverAsync(message);
        await began.Task;
        await DeliverAsync(message);
        goesOn.SetResult();
        Assert.Equal(EventState.Delivered, (await first).Current);
        Assert.Equal(1, deliveries);
    }

    [Fact]
    public async Task A_message_too_many_does_not_hurry_an_event_that_waits()
    {
        answer = (_, _) => throw new TransientFailureException("MOSIP answered 503.");
        var message = await ReceivedAsync();
        var row = await DeliverAsync(message);
        // The sweep's, or one that the host gave out twice: of an earlier attempt, before the time has come.
        await DeliverAsync(message);
        Assert.Equal(1, deliveries);
        Assert.Equal((1, 0), await WaitingAsync());

        // The row's own comes by the queue's clock, which may be a little ahead of ours.
        await DeliverAsync(row.ToMessage());
        Assert.Equal(2, deliveries);

        // And any, once its time has come.
        row = (await Get<EventLedger>().GetAsync(message.Key, default))!;
        time.Advance(row.NextAt!.Value - time.GetUtcNow());
        await DeliverAsync(message);
        Assert.Equal(3, deliveries);
    }

    [Fact]
    public async Task A_message_of_another_payload_goes_where_a_worker_has_the_event()
    {
        var message = await ReceivedAsync();
        var row = (await Get<EventLedger>().GetAsync(message.Key, default))!;
        Assert.True(await Get<EventLedger>().TryLeaseAsync(row, Begin.AddMinutes(5), default));
        await DeliverAsync(message with { Blob = await StoredAsync(message.Key) });
        Assert.Equal((0, 0), await WaitingAsync());
        Assert.Equal(0, deliveries);
    }

    [Fact]
    public async Task A_message_that_leads_to_nothing_is_done_with_and_makes_no_event()
    {
        var key = new string('c', 64);
        var message = (await ReceivedAsync()) with { Key = key };
        await Get<EventDelivery>().DeliverAsync(EventKinds.BirthQueue, Text(message), default);
        await Get<EventDelivery>()
            .DeliverAsync(EventKinds.BirthQueue, Text(message with { Blob = Get<PayloadStore>().NewName() }), default);
        Assert.Null(await Get<EventLedger>().GetAsync(key, default));
        Assert.Equal((0, 0), await WaitingAsync());
        Assert.Equal(0, deliveries);
        Assert.Contains(logs.Lines, line => line.Contains("neither row nor a payload", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_event_tells_how_long_it_took()
    {
        using var age = new MetricCounts("nationalid.delivery.age");
        var message = await ReceivedAsync();
        time.Advance(TimeSpan.FromMinutes(3));
        await DeliverAsync(message);
        Assert.True(age.WasTold(180, ("topic", EventKinds.Birth)), age.ToString());
    }

    [Fact]
    public async Task A_message_whose_row_was_never_written_is_delivered_all_the_same()
    {
        var message = await ReceivedAsync(withRow: false);
        Assert.Equal(EventState.Delivered, (await DeliverAsync(message)).Current);
        Assert.Equal(1, deliveries);
    }

    [Fact]
    public async Task A_second_payload_of_the_same_event_is_not_delivered_and_the_sweep_removes_it()
    {
        var message = await ReceivedAsync();
        var second = await StoredAsync(message.Key);
        await DeliverAsync(message with { Blob = second });
        Assert.NotNull(await Get<PayloadStore>().GetInfoAsync(message.Blob, default));
        Assert.Equal(1, deliveries);

        var info = await Get<PayloadStore>().GetInfoAsync(second, default);
        Assert.True(await Get<OrphanAdoption>().AdoptAsync(second, info!, default));
        Assert.Null(await Get<PayloadStore>().GetInfoAsync(second, default));
        Assert.NotNull(await Get<PayloadStore>().GetInfoAsync(message.Blob, default));
    }

    [Fact]
    public async Task Another_event_s_payload_is_not_removed_whatever_a_message_says()
    {
        var message = await ReceivedAsync();
        var other = await ReceivedAsync();
        await DeliverAsync(message with { Blob = other.Blob });
        Assert.NotNull(await Get<PayloadStore>().GetInfoAsync(other.Blob, default));
        Assert.Equal(1, deliveries);
    }

    [Fact]
    public async Task While_delivery_is_paused_messages_go_round_and_nothing_is_delivered()
    {
        await Get<DeliverySwitch>().SetAsync(paused: true, "operator", default);
        var message = await ReceivedAsync();
        Assert.Equal(EventState.Received, (await DeliverAsync(message)).Current);
        Assert.Equal(0, deliveries);
        Assert.Equal((1, 0), await WaitingAsync());
        Assert.Null(await TakeAsync(EventKinds.BirthQueue));
    }

    [Fact]
    public async Task What_is_no_message_of_ours_goes_to_the_poison_queue_as_it_came()
    {
        await Get<EventDelivery>().DeliverAsync(EventKinds.BirthQueue, "nonsense", default);
        Assert.Equal((0, 1), await WaitingAsync());
        Assert.Contains(logs.Lines, line => line.Contains("birth-events is not one of ours", StringComparison.Ordinal));
        Assert.Equal(0, deliveries);
    }

    [Fact]
    public async Task Logs_of_a_delivery_tell_the_event_and_the_number_s_hash_never_the_number()
    {
        var message = await ReceivedAsync();
        var row = await DeliverAsync(message);
        Assert.Contains(
            logs.Lines,
            line =>
                line.StartsWith("scope", StringComparison.Ordinal)
                && line.Contains(message.Key, StringComparison.Ordinal)
                && line.Contains(EventKey.BrnHash(row.RegistrationNumber!), StringComparison.Ordinal)
        );
        Assert.DoesNotContain(logs.Lines, line => line.Contains(row.RegistrationNumber!, StringComparison.Ordinal));
    }

    private T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    private async Task<EventRow> DeliverAsync(EventMessage message)
    {
        await Get<EventDelivery>().DeliverAsync(EventKinds.BirthQueue, Text(message), default);
        return (await Get<EventLedger>().GetAsync(message.Key, default))!;
    }

    /// <summary>A birth as intake leaves it; its message is the caller's.</summary>
    private async Task<EventMessage> ReceivedAsync(bool withRow = true)
    {
        var number = "2026B" + Guid.NewGuid().ToString("N")[..12];
        var key = EventKey.Compute(EventKinds.Birth, "record of " + number, number);
        var blob = await StoredAsync(key, number);
        var row = EventRow.From((await Get<PayloadStore>().GetInfoAsync(blob, default))!, blob);
        if (withRow)
        {
            Assert.True(await Get<EventLedger>().AddAsync(row, default));
        }

        return row.ToMessage();
    }

    private async Task<string> StoredAsync(string key, string? number = null)
    {
        var body = "{}"u8.ToArray();
        var payloads = Get<PayloadStore>();
        var blob = payloads.NewName();
        var info = new PayloadInfo(key, EventKinds.Birth, Begin, "record of " + number, number, null, null, null)
        {
            Source = EventSources.Webhook,
        };
        info = await Get<PayloadSeals>().SealAsync(info, blob, SHA256.HashData(body), default);
        await Get<StorageClients>().ReadyAsync();
        await payloads.PutAsync(blob, new MemoryStream(body), info, default);
        return blob;
    }

    /// <summary>How many messages are in the births' queue and in its poison queue, hidden ones too.</summary>
    private async Task<(int Queue, int Poison)> WaitingAsync() =>
        (
            await Get<EventQueues>().WaitingAsync(EventKinds.BirthQueue, default),
            await Get<EventQueues>().WaitingAsync(EventKinds.BirthQueue + "-poison", default)
        );

    /// <summary>The message that a worker would get now; null while none is to be seen.</summary>
    private async Task<EventMessage?> TakeAsync(string queue)
    {
        QueueClient client = Get<StorageClients>().Queues.GetQueueClient(queue);
        var message = (await client.ReceiveMessageAsync()).Value;
        return message is null ? null : EventQueues.Read(message.Body.ToString());
    }

    private static string Text(EventMessage message) => JsonSerializer.Serialize(message, JsonSerializerOptions.Web);
}
