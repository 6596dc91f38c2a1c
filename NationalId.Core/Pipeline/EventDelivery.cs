using System.Diagnostics;
using Azure;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// The queue's side of an event's life: one delivery pipeline for everything that travels. It takes the event for
/// itself, lets the destination work and settles what becomes of it.
/// </summary>
/// <param name="destinations">Where events go.</param>
/// <param name="claims">Takes events.</param>
/// <param name="settlement">Decides what becomes of them.</param>
/// <param name="pause">The operator's switch.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="options">Delays and leases.</param>
/// <param name="logger">Told of what was not foreseen.</param>
public sealed partial class EventDelivery(
    Destinations destinations,
    EventClaims claims,
    Settlement settlement,
    DeliverySwitch pause,
    EventQueues queues,
    DeliveryOptions options,
    ILogger<EventDelivery> logger
)
{
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
            await queues.SendAsync(message, options.FirstDelay, cancellationToken);
            return;
        }

        if (await claims.TakeAsync(message, cancellationToken) is not { } row)
        {
            return;
        }

        var brnHash = row.RegistrationNumber is { } number ? EventKey.BrnHash(number) : "-";
        using var scope = logger.BeginScope("Event {EventKey}, registration {BrnHash}", row.Key, brnHash);
        var lease = row.LeaseUntil;
        var failure = await TryAsync(row, cancellationToken);
        try
        {
            await settlement.SettleAsync(row, failure);
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            LogChanged(row.Key);
            await claims.LeaveAsync(row.Key, lease);
        }

        activity?.SetStatus(failure is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, failure?.Reason);
    }

    /// <returns>Why it was not delivered; null when it was.</returns>
    private async Task<DeliveryException?> TryAsync(EventRow row, CancellationToken cancellationToken)
    {
        // No delivery outlives its lease: from then on another worker may have the event.
        using var lease = claims.Limit();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Token);
        try
        {
            await destinations.DeliverAsync(row, stop.Token);
            CrashPoint.Hit("deliver.done");
            return null;
        }
        catch (DeliveryException known)
        {
            return known;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await claims.ReleaseAsync(row);
            throw;
        }
        catch (OperationCanceledException) when (lease.IsCancellationRequested)
        {
            return new TransientFailureException("The delivery took longer than one worker may have the event.");
        }
        catch (PayloadMissingException)
        {
            return new PermanentFailureException("The payload was removed.");
        }
        catch (Exception secret)
            when (secret is SecretMissingException or SecretUnusableException or SecretStoreUnavailableException)
        {
            return Failures.Wrap(secret, "The secret store", cancellationToken);
        }
        catch (Exception unexpected)
        {
            // Never poison: what we did not foresee may be repaired by the next version. The type's name tells no data.
            LogUnexpected(row.Key, unexpected.GetType().Name, unexpected.StackTrace);
            return new TransientFailureException($"unexpected {unexpected.GetType().Name}");
        }
    }

    [LoggerMessage(29, LogLevel.Warning, "Event {EventKey} was changed while it was delivered; it is delivered again")]
    private partial void LogChanged(string eventKey);

    [LoggerMessage(23, LogLevel.Error, "Event {EventKey} met an unexpected {Exception} at {Stack}")]
    private partial void LogUnexpected(string eventKey, string exception, string? stack);

    [LoggerMessage(24, LogLevel.Error, "A message in {Queue} is not one of ours; it goes to the poison queue")]
    private partial void LogUnreadable(string queue);
}
