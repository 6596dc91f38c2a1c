using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>A sealed event, ready to be sent as often as it takes.</summary>
/// <param name="Create">The message: sealed anew at each call.</param>
/// <param name="SubjectPatientId">OpenCRVS's id of the subject's Patient resource.</param>
public sealed record SealedEvent(Func<HttpContent> Create, string? SubjectPatientId);

/// <summary>
/// Makes MOSIP's message of a payload: a copy that MOSIP's receiver can read, with identifiers added to the subject,
/// sealed while it streams from its blob. Payloads up to 1 MiB are read once; longer ones stream twice, first for the
/// places of what moves and changes.
/// </summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="keys">The keys shared with MOSIP.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class MosipSealer(PayloadStore payloads, PartnerKeys keys, EventKinds kinds, TimeProvider time)
{
    private const int Small = 1024 * 1024;
    private const string Aid = "MOSIP_AID";
    private const string BirthNumber = "BIRTH_REGISTRATION_NUMBER";

    /// <summary>Makes the message of an event.</summary>
    /// <param name="row">The event.</param>
    /// <param name="identifiers">Codes and values for the subject's identifiers.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="PermanentFailureException">The payload is gone or has no subject.</exception>
    public async Task<SealedEvent> SealAsync(
        EventRow row,
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

        var blob = row.Blob ?? throw new PermanentFailureException("The payload was removed.");
        var edits = new BodyEdits();
        var (scan, whole, length) = await ScanAsync(blob, edits, cancellationToken);
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
        return new SealedEvent(
            () =>
                new EnvelopeContent(
                    id,
                    now,
                    body.Length,
                    _ => new(new RewrittenStream(body.Pieces(), open)),
                    certificates[0],
                    signers[0]
                ),
            scan.SubjectPatientId
        );
    }

    private async Task<(EventScan Scan, byte[]? Whole, long Length)> ScanAsync(
        string blob,
        BodyEdits edits,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var payload = await payloads.OpenAsync(blob, cancellationToken);
            await using var opened = payload;
            using var scanner = new EventScanner(kinds, keepSubject: false, beside: ReceiverShape.Walk(edits));
            if (payload.Length <= Small)
            {
                var whole = new byte[payload.Length];
                await payload.Content.ReadExactlyAsync(whole, cancellationToken);
                scanner.Append(whole);
                return (scanner.Complete(), whole, payload.Length);
            }

            await payload.Content.ReadChunksAsync(scanner.Append, cancellationToken);

            return (scanner.Complete(), null, payload.Length);
        }
        catch (PayloadMissingException)
        {
            throw new PermanentFailureException("The payload was removed.");
        }
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
