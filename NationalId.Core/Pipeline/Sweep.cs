using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// What the timer repairs and tidies (docs/architecture.md, "Rules that keep events"): payloads whose message was never
/// sent, events that stand still, messages that the host gave up, webhooks in quarantine, and what is kept longer than
/// needed. Every part is safe to repeat and to run twice at a time.
/// </summary>
public sealed partial class Sweep
{
    private readonly StorageClients storage;
    private readonly PayloadStore payloads;
    private readonly EventQueues queues;
    private readonly EventLedger ledger;
    private readonly EventAcceptor acceptor;
    private readonly Quarantine quarantine;
    private readonly WebhookIntake intake;
    private readonly DeliverySwitch pause;
    private readonly SeederBatches batches;
    private readonly ISecretStore secrets;
    private readonly PartnerKeys keys;
    private readonly Backlog backlog;
    private readonly DeliveryOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<Sweep> logger;

    internal Sweep(
        StorageClients storage,
        PayloadStore payloads,
        EventQueues queues,
        EventLedger ledger,
        EventAcceptor acceptor,
        Quarantine quarantine,
        WebhookIntake intake,
        DeliverySwitch pause,
        SeederBatches batches,
        ISecretStore secrets,
        PartnerKeys keys,
        Backlog backlog,
        IOptions<NationalIdOptions> options,
        TimeProvider time,
        ILogger<Sweep> logger
    )
    {
        this.storage = storage;
        this.payloads = payloads;
        this.queues = queues;
        this.ledger = ledger;
        this.acceptor = acceptor;
        this.quarantine = quarantine;
        this.batches = batches;
        this.keys = keys;
        this.backlog = backlog;
        this.intake = intake;
        this.pause = pause;
        this.secrets = secrets;
        this.options = options.Value.Delivery;
        this.time = time;
        this.logger = logger;
    }

    /// <summary>Runs all parts; one that fails does not keep the others from running.</summary>
    /// <param name="cancellationToken">Stops between steps.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await TryAsync("quarantine", QuarantineAsync, cancellationToken);
        await TryAsync("orphans", OrphansAsync, cancellationToken);
        await TryAsync("poison queues", RescueAsync, cancellationToken);
        await TryAsync("stuck events", StuckAsync, cancellationToken);
        await TryAsync("retention", RetainAsync, cancellationToken);
        await TryAsync(
            "Token Seeder files",
            stop => batches.RemoveExpiredAsync(time.GetUtcNow(), stop),
            cancellationToken
        );
        // For the alert: on every host that serves requests the pair is looked at when it is used.
        await TryAsync("signing key pair", stop => keys.CheckSigningAsync(stop).AsTask(), cancellationToken);
        await TryAsync("backlog", backlog.MeasureAsync, cancellationToken);
    }

    private async Task QuarantineAsync(CancellationToken cancellationToken)
    {
        var versions = await secrets.GetVersionsAsync(SecretNames.WebhookSecret, cancellationToken);
        if (versions.Count > 0)
        {
            await quarantine.ReleaseAsync(
                (body, length, at, signature) =>
                    intake.TakeAsync(body, length, at, signature, versions, cancellationToken),
                cancellationToken
            );
        }
    }

    /// <summary>
    /// Committed payloads without message and row are enqueued. Each blob is looked at once: a watermark remembers up
    /// to when.
    /// </summary>
    private async Task OrphansAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var until = now - options.OrphanAfter;
        var from = await WatermarkAsync("orphans", cancellationToken) ?? now.AddDays(-30);
        for (
            var day = DateOnly.FromDateTime(from.UtcDateTime.AddDays(-1));
            day <= DateOnly.FromDateTime(now.UtcDateTime);
            day = day.AddDays(1)
        )
        {
            await foreach (var item in payloads.ListDay(day, cancellationToken))
            {
                if (PayloadInfo.FromMetadata(item.Metadata) is { } info)
                {
                    if (
                        item.Properties.LastModified is { } modified
                        && modified <= until
                        && modified >= from - options.OrphanAfter
                    )
                    {
                        await AdoptAsync(item.Name, info, cancellationToken);
                    }
                }
                else if (PayloadStore.CameAt(item.Name) < now.AddDays(-1))
                {
                    await payloads.DiscardStagedAsync(item.Name, cancellationToken);
                }
            }
        }

        await SetWatermarkAsync("orphans", until, cancellationToken);
    }

    private async Task AdoptAsync(string blob, PayloadInfo info, CancellationToken cancellationToken)
    {
        var row = await ledger.GetAsync(info.Key, cancellationToken);
        if (row is null)
        {
            await acceptor.EnqueueAsync(info, blob);
            Instruments.CountReceived(info.Topic, info.FlagReason is null ? "new" : "flagged");
            LogAdopted(info.Key);
        }
        else if (row.Blob != blob && await payloads.GetInfoAsync(blob, cancellationToken) is not null)
        {
            // Intake died before it could say so: a second copy, or one that was sent again because it is repaired.
            await acceptor.AgainAsync(info, blob, row);
        }
    }

    /// <summary>
    /// The host moves a message to the poison queue when a function died with it five times. Only the ledger may say
    /// that an event can never succeed: others go back. A batch of the Token Seeder never is such a one; it ends with
    /// its retention.
    /// </summary>
    private async Task RescueAsync(CancellationToken cancellationToken)
    {
        foreach (var name in EventQueues.Names)
        {
            var poison = storage.Queues.GetQueueClient(name + EventQueues.PoisonSuffix);
            // By the queue's own count: a round of messages that are not base64 comes back empty, and others may stand
            // behind them.
            var waiting = (await poison.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;
            for (var seen = 0; seen < Math.Min(waiting, 640); seen += 32)
            {
                var messages = (
                    await poison.ReceiveMessagesAsync(32, TimeSpan.FromMinutes(2), cancellationToken)
                ).Value;
                foreach (var message in messages)
                {
                    if (
                        name == EventQueues.SeederBatches
                            ? await batches.TryResendAsync(message.MessageText)
                            : await ResendAsync(message.MessageText, cancellationToken)
                    )
                    {
                        await poison.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken);
                    }
                }
            }
        }
    }

    /// <returns>Whether the message has no place in the poison queue (any more).</returns>
    private async Task<bool> ResendAsync(string text, CancellationToken cancellationToken)
    {
        if (EventQueues.Read(text) is not { } claim)
        {
            return false;
        }

        var state = (await ledger.GetAsync(claim.Key, cancellationToken))?.Current;
        if (state is EventState.Poisoned or EventState.Flagged)
        {
            return false;
        }

        if (state is not EventState.Delivered)
        {
            await queues.SendAsync(claim, null, cancellationToken);
            LogRescued(claim.Key);
        }

        return true;
    }

    private async Task StuckAsync(CancellationToken cancellationToken)
    {
        if (await pause.IsPausedAsync(cancellationToken))
        {
            return;
        }

        var now = time.GetUtcNow();
        foreach (var state in (EventState[])[EventState.Received, EventState.Waiting])
        {
            await foreach (
                var (key, _) in ledger.InStateAsync(state, null, now - options.StuckAfter, cancellationToken)
            )
            {
                var row = await ledger.GetAsync(key, cancellationToken);
                if (
                    row is null
                    || row.Current != state
                    || row.NextAt > now - options.StuckAfter
                    || row.LeaseUntil > now
                )
                {
                    continue;
                }

                await queues.SendAsync(row.ToMessage(), null, cancellationToken);
                row.NextAt = now;
                try
                {
                    await ledger.MoveAsync(row, state, "re-driven by the sweep", cancellationToken);
                    LogStuck(key, row.State);
                }
                catch (RequestFailedException moving) when (moving.Status == 412)
                {
                    // It moves by itself: a message too many does no harm.
                }
            }
        }
    }

    /// <summary>Payloads of delivered events go after their time; the row stays.</summary>
    private async Task RetainAsync(CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() - options.PayloadRetention;
        await foreach (
            var (key, _) in ledger.InStateAsync(
                EventState.Delivered,
                await WatermarkAsync("retention", cancellationToken),
                until,
                cancellationToken
            )
        )
        {
            if (await ledger.GetAsync(key, cancellationToken) is { Blob: { } blob } row)
            {
                await payloads.DeleteAsync(blob, cancellationToken);
                row.Blob = null;
                await ledger.SaveAsync(row, cancellationToken);
            }
        }

        await SetWatermarkAsync("retention", until, cancellationToken);
    }

    private TableClient Control => storage.Tables.GetTableClient(StorageClients.EventTable);

    private async Task<DateTimeOffset?> WatermarkAsync(string name, CancellationToken cancellationToken)
    {
        var row = await Control.GetEntityIfExistsAsync<TableEntity>(
            "control",
            name,
            cancellationToken: cancellationToken
        );
        return row.HasValue ? row.Value!.GetDateTimeOffset("At") : null;
    }

    private Task SetWatermarkAsync(string name, DateTimeOffset at, CancellationToken cancellationToken) =>
        Control.UpsertEntityAsync(
            new TableEntity("control", name) { ["At"] = at },
            TableUpdateMode.Replace,
            cancellationToken
        );

    private async Task TryAsync(string part, Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        try
        {
            await run(cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(part, failure.GetType().Name);
        }
    }

    [LoggerMessage(40, LogLevel.Warning, "Event {EventKey} had a payload but no message; enqueued")]
    private partial void LogAdopted(string eventKey);

    [LoggerMessage(41, LogLevel.Warning, "Event {EventKey} was given up by the host; enqueued again")]
    private partial void LogRescued(string eventKey);

    [LoggerMessage(42, LogLevel.Warning, "Event {EventKey} stood still in {State}; enqueued again")]
    private partial void LogStuck(string eventKey, string state);

    [LoggerMessage(43, LogLevel.Error, "The sweep's part {Part} failed: {Failure}. It comes again with the next run")]
    private partial void LogFailed(string part, string failure);
}
