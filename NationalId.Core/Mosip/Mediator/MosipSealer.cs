using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>An event that was read for its message.</summary>
/// <param name="Scan">What is in it.</param>
/// <param name="Edits">What changes for MOSIP's receiver.</param>
/// <param name="Whole">Its body, where that is short; null otherwise.</param>
/// <param name="Length">The body's length in bytes.</param>
internal sealed record ReadEvent(EventScan Scan, BodyEdits Edits, byte[]? Whole, long Length)
{
    /// <summary>The application id that the record brings along; null when it has none.</summary>
    public string? BroughtAid => TypedText.Trimmed(Scan.SubjectAid);
}

/// <summary>
/// Makes MOSIP's message of a payload: a copy that MOSIP's receiver can read, with identifiers added to the subject,
/// sealed while it streams from its blob. Payloads up to 1 MiB are read once; longer ones stream twice, first for the
/// places of what moves and changes.
/// </summary>
/// <param name="seals">Opens payloads that are sealed.</param>
/// <param name="payloads">Where payloads are.</param>
/// <param name="keys">The keys shared with MOSIP.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class MosipSealer(
    PayloadSeals seals,
    PayloadStore payloads,
    PartnerKeys keys,
    EventKinds kinds,
    TimeProvider time
)
{
    private const string Aid = "MOSIP_AID";
    private const string BirthNumber = "BIRTH_REGISTRATION_NUMBER";

    /// <summary>Reads an event for its message.</summary>
    /// <param name="row">The event.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="PermanentFailureException">The payload is gone.</exception>
    /// <exception cref="TransientFailureException">It is not sealed with any key that is enabled.</exception>
    internal async Task<ReadEvent> ReadAsync(EventRow row, CancellationToken cancellationToken)
    {
        var edits = new BodyEdits();
        try
        {
            await using var payload = await seals.OpenAsync(row.Key, row.Blob, cancellationToken);
            using var scanner = new EventScanner(kinds, keepSubject: false, beside: ReceiverShape.Walk(edits));
            await payload.Content.ReadChunksAsync(scanner.Append, cancellationToken);
            return new ReadEvent(scanner.Complete(), edits, payload.Whole, payload.Length);
        }
        catch (PayloadMissingException)
        {
            throw new PermanentFailureException("The payload was removed.");
        }
    }

    /// <summary>Makes the message of an event.</summary>
    /// <param name="row">The event.</param>
    /// <param name="read">What was read of it.</param>
    /// <param name="identifiers">Codes and values for the subject's identifiers.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Makes the message, sealed anew at each call: it can be sent as often as it takes.</returns>
    /// <exception cref="PermanentFailureException">The event has no subject.</exception>
    internal async Task<Func<HttpContent>> SealAsync(
        EventRow row,
        ReadEvent read,
        IReadOnlyList<(string Code, string Value)> identifiers,
        CancellationToken cancellationToken
    )
    {
        var certificates = await keys.GetMosipCertificatesAsync(cancellationToken);
        var signers = await keys.GetEnvelopePrivateKeysAsync(cancellationToken);
        if (certificates.Count == 0 || signers.Count == 0)
        {
            throw new SecretMissingException(
                certificates.Count == 0 ? SecretNames.MosipCertificate : SecretNames.OpenCrvsPrivateKey
            );
        }

        var blob = row.Blob!;
        var (scan, edits, whole, length) = read;
        if (scan.Entries is null)
        {
            throw new PermanentFailureException("The event has no subject.");
        }

        var body = new ReceiverBody(scan, edits, length, Missing(scan, row, identifiers));
        if (edits.TooMany)
        {
            throw new PermanentFailureException("The event has more in it than MOSIP's receiver could be told.");
        }

        OpenRange open = whole is not null
            ? (from, end, _) => new(new MemoryStream(whole, (int)from, (int)(end - from), writable: false))
            : async (from, end, stop) => await payloads.OpenRangeAsync(blob, from, end, stop);
        var id = row.CompositionId ?? row.RegistrationNumber ?? row.Key;
        var now = time.GetUtcNow();
        return () =>
            new EnvelopeContent(
                id,
                now,
                body.Length,
                _ => new(new RewrittenStream(body.Pieces(), open)),
                certificates[0],
                signers[0]
            );
    }

    // An AID that the record brought along is not written twice. The receiver reads the BRN from the child alone, by
    // which it sends the UIN token back: where only the Task has it, the child gets it too.
    private List<(string Code, string Value)> Missing(
        EventScan scan,
        EventRow row,
        IReadOnlyList<(string Code, string Value)> identifiers
    )
    {
        var missing = identifiers.Where(one => one.Code != Aid || one.Value != scan.SubjectAid).ToList();
        if (
            kinds.Get(row.Topic).Registration == RegistrationKind.Birth
            && scan.SubjectNumber is null
            && row.RegistrationNumber is { } number
            && missing.TrueForAll(one => one.Code != BirthNumber)
        )
        {
            missing.Insert(0, (BirthNumber, number));
        }

        return missing;
    }
}
