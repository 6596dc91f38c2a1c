using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Takes responsibility for an event: payload, then message, then ledger row. Everything that brings an event in goes
/// through here: the webhook, the call-backs, the quarantine, the sweep.
/// </summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="storage">Insists on storing.</param>
/// <param name="replacements">Decides between messages of one event.</param>
/// <param name="logger">Told of what was accepted.</param>
public sealed partial class EventAcceptor(
    PayloadStore payloads,
    EventQueues queues,
    EventLedger ledger,
    Registrations registrations,
    IntakeStorage storage,
    Replacements replacements,
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
    /// <exception cref="StorageGivenUpException">
    /// Storage refused all the time. Nothing may be answered with 2xx.
    /// </exception>
    public async Task<EventRow?> AcceptAsync(PayloadInfo info, string blob, Func<CancellationToken, Task> commit)
    {
        EventRow? known = null;
        await storage.InsistAsync(async stop =>
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
    /// <param name="info">What the payload is.</param>
    /// <param name="blob">Its blob's name.</param>
    /// <param name="known">The event's row.</param>
    public async Task AgainAsync(PayloadInfo info, string blob, EventRow known)
    {
        if (known.Blob == blob)
        {
            // While we insisted, the sweep found this very blob and wrote the row.
            return;
        }

        var unneeded = blob;
        if (replacements.MayReplace(info, known))
        {
            await storage.InsistAsync(async stop =>
                unneeded = await replacements.ReplaceAsync(info, blob, known.Blob, stop)
            );
        }

        if (unneeded is not null)
        {
            await storage.TryAsync(stop => payloads.DeleteAsync(unneeded, stop));
        }
    }

    /// <summary>Enqueues a stored payload's event and writes its row.</summary>
    /// <param name="info">What the payload is.</param>
    /// <param name="blob">Its blob's name.</param>
    public async Task EnqueueAsync(PayloadInfo info, string blob)
    {
        var row = EventRow.From(info, blob);
        if (info.FlagReason is null)
        {
            await storage.InsistAsync(stop => queues.SendAsync(row.ToMessage(), null, stop));
            CrashPoint.Hit("intake.message");
            // With the message stored the event is safe: the delivery writes a missing row.
            await storage.TryAsync(stop => AddRowAsync(row, stop));
        }
        else
        {
            await storage.InsistAsync(stop => AddRowAsync(row, stop));
        }

        CrashPoint.Hit("intake.row");
        var brnHash = info.RegistrationNumber is { } number ? EventKey.BrnHash(number) : "-";
        LogAccepted(info.Key, brnHash, row.State, info.FlagReason ?? "-");
    }

    /// <summary>Writes an event's row and notes it under its registration number.</summary>
    /// <param name="row">The row.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public Task AddRowAsync(EventRow row, CancellationToken cancellationToken) =>
        Task.WhenAll(
            ledger.AddAsync(row, cancellationToken),
            row.RegistrationNumber is { } number
                ? registrations.AddEventAsync(number, row.Key, cancellationToken)
                : Task.CompletedTask
        );

    [LoggerMessage(1, LogLevel.Information, "Event {EventKey} (registration {BrnHash}) accepted: {State}, {Reason}")]
    private partial void LogAccepted(string eventKey, string brnHash, string state, string reason);

    [LoggerMessage(2, LogLevel.Information, "Event {EventKey} came again; it is {State} already")]
    private partial void LogAgain(string eventKey, string state);
}
