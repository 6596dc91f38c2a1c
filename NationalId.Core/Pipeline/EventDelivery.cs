using System.Diagnostics;
using Azure;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Brings one event to where it belongs: does the outside calls that its row says are missing, and notes in the row
/// what succeeded.
/// </summary>
internal interface IDestination
{
    /// <exception cref="TransientFailureException">Try again later.</exception>
    /// <exception cref="PermanentFailureException">It can never succeed.</exception>
    Task DeliverAsync(EventRow row, CancellationToken cancellationToken);
}

/// <summary>
/// The queue's side of an event's life: one delivery pipeline for births, deaths and returning numbers. It takes the
/// event for itself, lets the destination work, and decides from the outcome: delivered, again after a growing delay,
/// or poison (docs/architecture.md, "Rules that keep events").
/// </summary>
public sealed partial class EventDelivery
{
    private readonly Func<string, IDestination> destinationOf;
    private readonly EventQueues queues;
    private readonly PayloadStore payloads;
    private readonly EventLedger ledger;
    private readonly EventAcceptor acceptor;
    private readonly DeliverySwitch pause;
    private readonly NationalIdOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<EventDelivery> logger;

    internal EventDelivery(
        Func<string, IDestination> destinationOf,
        EventQueues queues,
        PayloadStore payloads,
        EventLedger ledger,
        EventAcceptor acceptor,
        DeliverySwitch pause,
        IOptions<NationalIdOptions> options,
        TimeProvider time,
        ILogger<EventDelivery> logger
    )
    {
        this.destinationOf = destinationOf;
        this.queues = queues;
        this.payloads = payloads;
        this.ledger = ledger;
        this.acceptor = acceptor;
        this.pause = pause;
        this.options = options.Value;
        this.time = time;
        this.logger = logger;
    }

    /// <summary>
    /// Delivers the event of one queue message. When it returns, the message is done with: whatever is left to do has a
    /// message of its own.
    /// </summary>
    /// <param name="queue">The queue that the message came from.</param>
    /// <param name="text">The message.</param>
    /// <param name="cancellationToken">Set when the host stops: the message then comes again.</param>
    /// <exception cref="RequestFailedException">Storage refuses; the host repeats the message.</exception>
    public async Task DeliverAsync(string queue, string text, CancellationToken cancellationToken)
    {
        if (EventQueues.Read(text) is not { } message)
        {
            LogUnreadable(queue);
            await queues.PoisonAsync(queue, text, cancellationToken);
            return;
        }

        using var activity = Instruments.Activities.StartActivity(
            "deliver " + message.Topic,
            ActivityKind.Consumer,
            message.TraceParent
        );
        activity?.SetTag("nationalid.event", message.Key);
        if (await pause.IsPausedAsync(cancellationToken))
        {
            await queues.SendAsync(message, options.Delivery.FirstDelay, cancellationToken);
            return;
        }

        if (await TakeAsync(message, cancellationToken) is not { } row)
        {
            return;
        }

        using var scope = logger.BeginScope(
            "Event {EventKey}, registration {BrnHash}",
            row.Key,
            row.RegistrationNumber is { } number ? EventKey.BrnHash(number) : "-"
        );
        DeliveryException? failure = null;
        // No delivery outlives its lease: from then on another worker may have the event.
        using var lease = new CancellationTokenSource(options.Delivery.LeaseFor * 0.9, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Token);
        try
        {
            await destinationOf(row.Topic).DeliverAsync(row, stop.Token);
            CrashPoint.Hit("deliver.done");
        }
        catch (DeliveryException known)
        {
            failure = known;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops. Another one must not wait for the lease.
            row.LeaseUntil = null;
            await ledger.SaveAsync(row, CancellationToken.None);
            throw;
        }
        catch (OperationCanceledException) when (lease.IsCancellationRequested)
        {
            failure = new TransientFailureException("The delivery took longer than one worker may have the event.");
        }
        catch (Exception secret)
            when (secret is SecretMissingException or SecretUnusableException or SecretStoreUnavailableException)
        {
            failure = Failures.Wrap(secret, "The secret store", cancellationToken);
        }
        catch (Exception unexpected)
        {
            // Never poison: what we did not foresee may be repaired by the next version. The type's name tells no data.
            LogUnexpected(row.Key, unexpected.GetType().Name, unexpected.StackTrace);
            failure = new TransientFailureException($"unexpected {unexpected.GetType().Name}");
        }

        row.LeaseUntil = null;
        row.Attempt++;
        await SettleAsync(queue, row, failure, CancellationToken.None);
        activity?.SetStatus(failure is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, failure?.Reason);
    }

    /// <summary>
    /// Finds or writes the event's row and takes it; null when there is nothing to do with this message.
    /// </summary>
    private async Task<EventRow?> TakeAsync(EventMessage message, CancellationToken cancellationToken)
    {
        var row = await ledger.GetAsync(message.Key, cancellationToken);
        if (row is null)
        {
            // Intake died between message and row, or is about to write it.
            if (await payloads.GetInfoAsync(message.Blob, cancellationToken) is not { } info)
            {
                LogNothing(message.Key);
                return null;
            }

            await acceptor.AddRowAsync(EventRow.From(info, message.Blob), cancellationToken);
            row = await ledger.GetAsync(message.Key, cancellationToken);
        }

        if (row!.Blob != message.Blob && row.Blob is not null)
        {
            // The same event, received twice before its row stood: the first payload counts.
            await payloads.DeleteAsync(message.Blob, cancellationToken);
        }

        if (row.IsFinal)
        {
            return null;
        }

        var now = time.GetUtcNow();
        if (message.Attempt != row.Attempt && row.NextAt > now)
        {
            // A message too many, of a replay or the sweep: the row's own comes when its time has come.
            return null;
        }

        if (row.LeaseUntil is { } until && until > now)
        {
            // Another worker has it, or died with it: look again when its time is over.
            await queues.SendAsync(message, until - now + TimeSpan.FromSeconds(1), cancellationToken);
            return null;
        }

        if (await ledger.TryLeaseAsync(row, now + options.Delivery.LeaseFor, cancellationToken))
        {
            CrashPoint.Hit("deliver.lease");
            return row;
        }

        await queues.SendAsync(message, options.Delivery.FirstDelay, cancellationToken);
        return null;
    }

    private async Task SettleAsync(
        string queue,
        EventRow row,
        DeliveryException? failure,
        CancellationToken cancellationToken
    )
    {
        var topic = Instruments.Tag("topic", row.Topic);
        switch (failure)
        {
            case null:
                row.Reason = null;
                row.NextAt = null;
                await ledger.MoveAsync(row, EventState.Delivered, row.Link, cancellationToken);
                Instruments.Delivered.Add(1, topic);
                Instruments.DeliveryAge.Record((time.GetUtcNow() - row.ReceivedAt).TotalSeconds, topic);
                LogDelivered(row.Key, row.Attempt);
                break;
            case FlaggedException:
                row.Reason = failure.Reason;
                row.NextAt = null;
                // Counted first, here and below: what is counted twice is looked at, what is not is missed.
                Instruments.Flagged.Add(1, topic);
                await ledger.MoveAsync(row, EventState.Flagged, failure.Reason, cancellationToken);
                LogPoisoned(row.Key, "flagged", failure.Reason);
                break;
            case TransientFailureException transient:
                var delay = RetryDelay.After(row.Attempt, transient.RetryAfter, options.Delivery);
                row.Reason = failure.Reason;
                row.NextAt = time.GetUtcNow() + delay;
                // The message first: a row that says Waiting without one would wait for the sweep.
                await queues.SendAsync(row.ToMessage(), delay, cancellationToken);
                CrashPoint.Hit("deliver.again");
                await ledger.MoveAsync(row, EventState.Waiting, failure.Reason, cancellationToken);
                LogWaiting(row.Key, row.Attempt, failure.Reason, delay);
                break;
            default:
                row.Reason = failure.Reason;
                row.NextAt = null;
                await queues.PoisonAsync(
                    queue,
                    System.Text.Json.JsonSerializer.Serialize(row.ToMessage(), MessageJson.Default.EventMessage),
                    cancellationToken
                );
                Instruments.Poisoned.Add(1, topic);
                await ledger.MoveAsync(row, EventState.Poisoned, failure.Reason, cancellationToken);
                LogPoisoned(row.Key, "poisoned", failure.Reason);
                break;
        }
    }

    [LoggerMessage(20, LogLevel.Information, "Event {EventKey} delivered at attempt {Attempt}")]
    private partial void LogDelivered(string eventKey, int attempt);

    [LoggerMessage(21, LogLevel.Warning, "Event {EventKey} waits after attempt {Attempt}: {Reason} Next in {Delay}")]
    private partial void LogWaiting(string eventKey, int attempt, string reason, TimeSpan delay);

    [LoggerMessage(22, LogLevel.Error, "Event {EventKey} is {Outcome}: {Reason}")]
    private partial void LogPoisoned(string eventKey, string outcome, string reason);

    [LoggerMessage(23, LogLevel.Error, "Event {EventKey} met an unexpected {Exception} at {Stack}")]
    private partial void LogUnexpected(string eventKey, string exception, string? stack);

    [LoggerMessage(24, LogLevel.Error, "A message in {Queue} is not one of ours; it goes to the poison queue")]
    private partial void LogUnreadable(string queue);

    [LoggerMessage(25, LogLevel.Warning, "The message of event {EventKey} has neither row nor payload")]
    private partial void LogNothing(string eventKey);
}
