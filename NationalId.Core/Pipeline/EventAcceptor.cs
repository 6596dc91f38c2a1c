using System.Net.Sockets;
using Azure;
using Azure.Identity;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Storage refused for longer than intake may wait.</summary>
internal sealed class StorageGivenUpException(Exception inner)
    : Exception("Storage did not answer within intake's budget.", inner);

/// <summary>
/// Takes responsibility for an event: payload, then message, then ledger row (docs/architecture.md, "Rules that keep
/// events"). Everything that brings an event in goes through here: the webhook, the call-backs, the quarantine, the
/// sweep.
/// </summary>
internal sealed partial class EventAcceptor(
    PayloadStore payloads,
    EventQueues queues,
    EventLedger ledger,
    Registrations registrations,
    IOptions<NationalIdOptions> options,
    TimeProvider time,
    ILogger<EventAcceptor> logger
)
{
    /// <summary>
    /// Stores a payload with <paramref name="commit"/>, enqueues its event and writes its row, unless the event is
    /// known already.
    /// </summary>
    /// <param name="info">What the payload is.</param>
    /// <param name="blob">Its blob's name.</param>
    /// <param name="commit">Makes the blob visible; may be called again after a failure.</param>
    /// <returns>The row of the event as it was before; null when it is new.</returns>
    /// <exception cref="StorageGivenUpException">Storage refused all the time. Nothing may be answered with
    /// 2xx.</exception>
    public async Task<EventRow?> AcceptAsync(PayloadInfo info, string blob, Func<CancellationToken, Task> commit)
    {
        EventRow? known = null;
        await InsistAsync(async stop =>
        {
            // The two don't depend on each other; an event that comes again costs a blob that is deleted at once.
            var find = ledger.GetAsync(info.Key, stop);
            await Task.WhenAll(find, commit(stop));
            known = find.Result;
        });
        CrashPoint.Hit("intake.blob");
        if (known is null)
        {
            await EnqueueAsync(info, blob);
            return null;
        }

        await AgainAsync(info, blob, known);
        LogAgain(info.Key, known.State);
        return known;
    }

    /// <summary>
    /// A stored payload of an event that is known already: it takes the place of an earlier one that is of no use as it
    /// is, or goes.
    /// </summary>
    public async Task AgainAsync(PayloadInfo info, string blob, EventRow known)
    {
        if (known.Blob == blob)
        {
            // While we insisted, the sweep found this very blob and wrote the row.
            return;
        }

        var unneeded = blob;
        if (
            info.FlagReason is null
            && info.Topic is Topics.Birth or Topics.Death
            && known.IsReplaceable
            && !(PayloadStore.CameAt(known.Blob) > info.ReceivedAt)
        )
        {
            await InsistAsync(async stop => unneeded = await ReplaceAsync(info, blob, known.Blob, stop));
        }

        if (unneeded is not null)
        {
            await TryAsync(stop => payloads.DeleteAsync(unneeded, stop));
        }
    }

    /// <summary>
    /// An event that could not be delivered as it was and that OpenCRVS sends again, repaired perhaps: what came now
    /// takes the place of what is kept.
    /// A worker who has the event just then finds the row changed and leaves it.
    /// </summary>
    /// <returns>The blob that is not needed any more.</returns>
    private async Task<string?> ReplaceAsync(
        PayloadInfo info,
        string blob,
        string? kept,
        CancellationToken cancellationToken
    )
    {
        if (await ledger.GetAsync(info.Key, cancellationToken) is not { } row)
        {
            // Somebody took the ledger away: the sweep finds the payload.
            return null;
        }

        if (row.Blob != blob && (row.Blob != kept || !row.IsReplaceable))
        {
            // It moved on, or what came later still has taken its place.
            return blob;
        }

        // Otherwise an earlier round did this, and its answer was lost.
        if (row.Blob != blob)
        {
            row.Blob = blob;
            if (row.Current != EventState.Waiting)
            {
                row.Attempt = 0;
                row.NextAt = time.GetUtcNow();
                row.Reason = null;
            }

            if (row.BirthToldAt is not null)
            {
                row.Note(time.GetUtcNow(), row.Current, $"the birth {row.LinkedBrn} was told of this death as it was");
            }

            // All of it is to be done anew with what came now; the AID on the record stays the same.
            row.TrackingId = info.TrackingId;
            row.SentAt = null;
            row.Link = null;
            row.LinkedBrn = null;
            row.LinkWaitsSince = null;
            row.BirthToldAt = null;
            // The row first: a message of an event that is still poisoned would be dropped. Without its message the
            // sweep drives it on.
            await ledger.MoveAsync(row, EventState.Waiting, "sent again by OpenCRVS", cancellationToken);
        }

        if (!(row.NextAt > time.GetUtcNow()))
        {
            // One that waits for its time has its message already; one too many does no harm.
            await queues.SendAsync(row.ToMessage(), null, cancellationToken);
        }

        return kept;
    }

    /// <summary>Enqueues a stored payload's event and writes its row.</summary>
    public async Task EnqueueAsync(PayloadInfo info, string blob)
    {
        var row = EventRow.From(info, blob);
        if (info.FlagReason is null)
        {
            await InsistAsync(stop => queues.SendAsync(row.ToMessage(), null, stop));
            CrashPoint.Hit("intake.message");
            // With the message stored the event is safe: the delivery writes a missing row.
            await TryAsync(stop => AddRowAsync(row, stop));
        }
        else
        {
            await InsistAsync(stop => AddRowAsync(row, stop));
        }

        CrashPoint.Hit("intake.row");
        LogAccepted(
            info.Key,
            info.RegistrationNumber is { } number ? EventKey.BrnHash(number) : "-",
            row.State,
            info.FlagReason ?? "-"
        );
    }

    /// <summary>Writes an event's row and notes it under its registration number.</summary>
    public Task AddRowAsync(EventRow row, CancellationToken cancellationToken) =>
        Task.WhenAll(
            ledger.AddAsync(row, cancellationToken),
            row.RegistrationNumber is { } number
                ? registrations.AddEventAsync(number, row.Key, cancellationToken)
                : Task.CompletedTask
        );

    /// <summary>
    /// Repeats a storage operation until it succeeds or the budget (<see cref="DeliveryOptions.IntakeStorageBudget"/>)
    /// is used up.
    /// </summary>
    public async Task InsistAsync(Func<CancellationToken, Task> operation)
    {
        var begin = time.GetTimestamp();
        var budget = options.Value.Delivery.IntakeStorageBudget;
        using var stop = new CancellationTokenSource(budget, time);
        for (var delay = TimeSpan.FromMilliseconds(200); ; delay = delay < TimeSpan.FromSeconds(2) ? delay * 2 : delay)
        {
            try
            {
                await operation(stop.Token);
                return;
            }
            catch (Exception failure) when (IsStorageFailure(failure))
            {
                if (time.GetElapsedTime(begin) + delay >= budget)
                {
                    throw new StorageGivenUpException(failure);
                }

                LogStorageRefuses(failure.GetType().Name);
            }

            await Task.Delay(delay, time);
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> operation)
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        try
        {
            await operation(stop.Token);
        }
        catch (Exception failure) when (IsStorageFailure(failure))
        {
            LogStorageRefuses(failure.GetType().Name);
        }
    }

    /// <summary>
    /// Everything by which the storage SDK says that storage does not answer. A reset while connecting comes out as a
    /// bare SocketException, a managed identity that gets no token as an AuthenticationFailedException, which the SDK
    /// does not repeat.
    /// </summary>
    internal static bool IsStorageFailure(Exception failure) =>
        failure
            is RequestFailedException
                or AuthenticationFailedException
                or AggregateException
                or IOException
                or OperationCanceledException
                or HttpRequestException
                or TimeoutException
                or SocketException;

    [LoggerMessage(1, LogLevel.Information, "Event {EventKey} (registration {BrnHash}) accepted: {State}, {Reason}")]
    private partial void LogAccepted(string eventKey, string brnHash, string state, string reason);

    [LoggerMessage(2, LogLevel.Information, "Event {EventKey} came again; it is {State} already")]
    private partial void LogAgain(string eventKey, string state);

    [LoggerMessage(3, LogLevel.Warning, "Storage does not answer ({Failure}); trying again")]
    private partial void LogStorageRefuses(string failure);
}
