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
/// <param name="storage">Insists on storing.</param>
/// <param name="replacements">Decides between messages of one event.</param>
/// <param name="logger">Told of what was accepted.</param>
public sealed partial class EventAcceptor(
    PayloadStore payloads,
    EventQueues queues,
    EventLedger ledger,
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
    /// <param name="until">Set when it is to be given up before its time.</param>
    /// <returns>The row of the event as it was before; null when it is new.</returns>
    /// <exception cref="StorageGivenUpException">
    /// Storage refused all the time. Nothing may be answered with 2xx.
    /// </exception>
    public async Task<EventRow?> AcceptAsync(
        PayloadInfo info,
        string blob,
        Func<CancellationToken, Task> commit,
        CancellationToken until = default
    )
    {
        await storage.InsistAsync(commit, until);
        CrashPoint.Hit("intake.blob");
        return await EnqueueAsync(info, blob, until);
    }

    /// <summary>
    /// A stored payload of an event that is known already: it takes the place of an earlier one that is of no use as it
    /// is, or goes.
    /// </summary>
    /// <param name="info">What the payload is.</param>
    /// <param name="blob">Its blob's name.</param>
    /// <param name="known">The event's row.</param>
    /// <param name="until">Set when it is to be given up before its time.</param>
    public async Task AgainAsync(PayloadInfo info, string blob, EventRow known, CancellationToken until = default)
    {
        if (known.Blob == blob || known.LateBlob == blob)
        {
            // While we insisted, the sweep found this very blob and wrote the row.
            return;
        }

        var unneeded = blob;
        if (replacements.MayReplace(info, known))
        {
            await storage.InsistAsync(
                async stop => unneeded = await replacements.ReplaceAsync(info, blob, known.Blob, stop),
                until
            );
        }

        if (unneeded == blob && Replacements.IsLate(info, known))
        {
            await storage.InsistAsync(
                async stop => unneeded = await replacements.KeepLateAsync(info, blob, stop),
                until
            );
        }

        if (unneeded is not null)
        {
            await storage.TryAsync(stop => payloads.DeleteAsync(unneeded, stop));
        }
    }

    /// <summary>
    /// Enqueues a stored payload's event and writes its row. An event that is known already gets a message too many:
    /// it is dropped, or drives the event on.
    /// </summary>
    /// <param name="info">What the payload is.</param>
    /// <param name="blob">Its blob's name.</param>
    /// <param name="until">Set when it is to be given up before its time.</param>
    /// <param name="rowLater">Whether a row that the event is safe without is written while the sender is answered
    /// already.</param>
    /// <returns>The row of the event as it was before; null when it is new, or is not looked at yet.</returns>
    public async Task<EventRow?> EnqueueAsync(
        PayloadInfo info,
        string blob,
        CancellationToken until = default,
        bool rowLater = false
    )
    {
        var row = EventRow.From(info, blob);
        if (!row.IsFinal)
        {
            await storage.InsistAsync(stop => queues.SendAsync(row.ToMessage(), null, stop), until);
            CrashPoint.Hit("intake.message");
        }

        var known = AddAsync(info, row, until);
        return rowLater ? null : await known;
    }

    /// <summary>Writes a new event's row. That there is one already is how a known event shows.</summary>
    private async Task<EventRow?> AddAsync(PayloadInfo info, EventRow row, CancellationToken until)
    {
        EventRow? known = null;
        async Task WriteAsync(CancellationToken stop) =>
            known = await ledger.AddAsync(row, stop) ? null : await ledger.GetAsync(row.Key, stop);
        // With the message stored the event is safe: the delivery writes a missing row.
        await (row.IsFinal ? storage.InsistAsync(WriteAsync, until) : storage.TryAsync(WriteAsync));
        CrashPoint.Hit("intake.row");
        if (known is not null && known.Blob != row.Blob && !IsOfItself(known, row))
        {
            await AgainAsync(info, row.Blob!, known, until);
            LogAgain(info.Key, known.State);
            return known;
        }

        var brnHash = info.RegistrationNumber is { } number ? EventKey.BrnHash(number) : "-";
        LogAccepted(info.Key, brnHash, row.State, row.Reason ?? "-");
        return null;
    }

    // A fast delivery wrote the row before us, and may have removed the payload already.
    private static bool IsOfItself(EventRow known, EventRow row) =>
        known.Blob is null && known.ReceivedAt == row.ReceivedAt && known.SignedAt == row.SignedAt;

    [LoggerMessage(1, LogLevel.Information, "Event {EventKey} (registration {BrnHash}) accepted: {State}, {Reason}")]
    private partial void LogAccepted(string eventKey, string brnHash, string state, string reason);

    [LoggerMessage(2, LogLevel.Information, "Event {EventKey} came again; it is {State} already")]
    private partial void LogAgain(string eventKey, string state);
}
