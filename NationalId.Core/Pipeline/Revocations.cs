using System.Diagnostics;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Takes the word that a registration was revoked or reinstated, whichever way it came: it is an event of its own. What
/// it means is settled when it is delivered.
/// </summary>
/// <param name="bodies">Stores and enqueues it.</param>
/// <param name="payloads">Opens what is stored.</param>
/// <param name="ledger">Knows which ids were used.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class Revocations(
    HeldBodies bodies,
    PayloadSeals payloads,
    EventLedger ledger,
    EventKinds kinds,
    TimeProvider time
)
{
    /// <summary>Takes one.</summary>
    /// <param name="notice">What is said.</param>
    /// <param name="by">The operator who says it; null when no operator does.</param>
    /// <param name="recordId">The OpenCRVS record, where it is known.</param>
    /// <param name="cancellationToken">Stops waiting for the key. What is being stored is stored.</param>
    /// <param name="until">Set when it is to be given up before its time: nothing of it is carried then.</param>
    /// <returns>The receipt; null when its id was used for another.</returns>
    /// <exception cref="StorageGivenUpException">Storage refused all the time.</exception>
    internal async Task<Receipt?> TakeAsync(
        RevocationNotice notice,
        string? by,
        string? recordId,
        CancellationToken cancellationToken,
        CancellationToken until = default
    )
    {
        var kind = kinds.Of(notice.Kind, notice.Change);
        var info = new PayloadInfo(
            kind.KeyOf(notice.Id, null, null),
            kind.Name,
            time.GetUtcNow(),
            recordId,
            notice.Number,
            null,
            null,
            Activity.Current?.Id
        )
        {
            Source = EventSources.Revocation,
            SignedAt = notice.At,
            By = by,
        };
        Activity.Current?.SetTag("nationalid.event", info.Key);
        return await ledger.GetAsync(info.Key, cancellationToken) is { } known && !IsSame(known, notice, kind, by)
            ? null
            : await bodies.AcceptAsync(info, notice.Write(), cancellationToken, until);
    }

    // The time of an operator's word is ours, and another one when a browser repeats it.
    private static bool IsSame(EventRow known, RevocationNotice notice, EventKind kind, string? by) =>
        known.Topic == kind.Name
        && known.RegistrationNumber == notice.Number
        && (by is not null || known.SignedAt == notice.At);

    /// <summary>What a revocation says.</summary>
    /// <param name="row">Its event's row.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="PayloadMissingException">It was removed.</exception>
    internal async Task<RevocationNotice> ReadAsync(EventRow row, CancellationToken cancellationToken)
    {
        var body = await payloads.ReadAsync(row.Key, row.Blob, cancellationToken);
        // We wrote it, and its seal was checked.
        return RevocationNotice.Read(body, out var problem) ?? throw new InvalidDataException(problem);
    }
}
