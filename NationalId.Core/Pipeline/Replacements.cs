using Azure;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Decides between several messages of one event, and puts one in the place of another: an event that could not be
/// delivered as it was may come again repaired.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="kinds">Says which kinds may be replaced.</param>
/// <param name="time">The clock.</param>
public sealed class Replacements(EventLedger ledger, EventQueues queues, EventKinds kinds, TimeProvider time)
{
    /// <summary>Whether a message may take the place of the one that is kept.</summary>
    /// <param name="info">The message that came.</param>
    /// <param name="known">The event's row.</param>
    public bool MayReplace(PayloadInfo info, EventRow known) =>
        info.FlagReason is null
        && kinds.Find(info.Topic)?.ReplacedBy == Replacement.UntilTaken
        && known.IsReplaceable
        // What the client made itself never takes the place of what OpenCRVS signed.
        && (known.IsFetched || !EventOrigins.IsFetched(info.Origin))
        && IsNewer(info, known);

    /// <summary>Whether a message is OpenCRVS's own of an event that the client had to fetch.</summary>
    /// <param name="info">The message that came.</param>
    /// <param name="known">The event's row.</param>
    public static bool IsLate(PayloadInfo info, EventRow known) =>
        known.RecoveredAt is not null && !EventOrigins.IsFetched(info.Origin);

    /// <summary>Keeps OpenCRVS's own message of an event that was fetched. It delivers nothing.</summary>
    /// <param name="info">The message that came.</param>
    /// <param name="blob">Its blob.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>The blob that is not needed: a second late message's.</returns>
    public async Task<string?> KeepLateAsync(PayloadInfo info, string blob, CancellationToken cancellationToken)
    {
        while (await ledger.GetAsync(info.Key, cancellationToken) is { } row)
        {
            if (row.LateBlob is not null || row.Blob is null)
            {
                // One is enough, and none is kept once the event's own payload is gone.
                return row.LateBlob == blob ? null : blob;
            }

            row.LateAt = info.ReceivedAt;
            row.LateBlob = blob;
            row.Note(time.GetUtcNow(), row.Current, "OpenCRVS's own message came late; it is kept");
            try
            {
                await ledger.SaveAsync(row, cancellationToken);
                return null;
            }
            catch (RequestFailedException changed) when (changed.Status == 412)
            {
                // A worker moved the event meanwhile: look again.
            }
        }

        return null;
    }

    /// <summary>
    /// Puts what came in the place of what is kept. A worker who has the event just then finds the row changed and
    /// leaves it.
    /// </summary>
    /// <param name="info">The message that came.</param>
    /// <param name="blob">Its blob.</param>
    /// <param name="kept">The blob that is kept.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>The blob that is not needed any more.</returns>
    public async Task<string?> ReplaceAsync(
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
            BeginAnew(row, info, blob);
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

    /// <summary>
    /// Of two messages the one that was signed later counts, by the signed text itself: an old one may come again.
    /// Where that says nothing, the one that came later counts.
    /// </summary>
    private static bool IsNewer(PayloadInfo info, EventRow known)
    {
        if (info.SignedAt is { } signed && known.SignedAt is { } before && signed != before)
        {
            return signed > before;
        }

        return !(PayloadStore.CameAt(known.Blob) > info.ReceivedAt);
    }

    private void BeginAnew(EventRow row, PayloadInfo info, string blob)
    {
        var now = time.GetUtcNow();
        if (row.Current != EventState.Waiting)
        {
            row.Attempt = 0;
            row.NextAt = now;
            row.Reason = null;
        }

        if (row.IsDone(EventSteps.BirthTold))
        {
            row.Note(now, row.Current, $"the birth {row.LinkedBrn} was told of this death as it was");
        }

        // All of it is to be done anew with what came now. What is saved on the record stays: the AID is the same.
        foreach (var step in row.Steps.Keys.Where(step => step != EventSteps.Saved))
        {
            row.Undo(step);
        }

        row.Blob = blob;
        row.SignedAt = info.SignedAt;
        row.Origin = info.Origin;
        row.TrackingId = info.TrackingId;
        row.Link = null;
        row.LinkedBrn = null;
    }
}
