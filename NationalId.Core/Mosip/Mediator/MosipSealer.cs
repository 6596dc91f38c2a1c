using System.Buffers;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>A sealed event, ready to be sent as often as it takes.</summary>
/// <param name="Create">The message: sealed anew at each call.</param>
/// <param name="SubjectPatientId">OpenCRVS's id of the subject's Patient resource.</param>
public sealed record SealedEvent(Func<HttpContent> Create, string? SubjectPatientId);

/// <summary>
/// Makes MOSIP's message of a payload: the original JSON with identifiers added to the subject (docs/protocols.md,
/// "MOSIP's mediator"), sealed while it streams from its blob. Payloads up to 1 MiB are read once; longer ones stream
/// twice, first for the place of the identifiers.
/// </summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="keys">The keys shared with MOSIP.</param>
/// <param name="time">The clock.</param>
public sealed class MosipSealer(PayloadStore payloads, PartnerKeys keys, TimeProvider time)
{
    private const int Small = 1024 * 1024;

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
        try
        {
            var payload = await payloads.OpenAsync(blob, cancellationToken);
            await using var opened = payload;
            using var scanner = new EventScanner();
            byte[]? whole = payload.Length <= Small ? new byte[payload.Length] : null;
            if (whole is not null)
            {
                await payload.Content.ReadExactlyAsync(whole, cancellationToken);
                scanner.Append(whole);
            }
            else
            {
                await ScanAsync(payload.Content, scanner, cancellationToken);
            }

            var scan = scanner.Complete();
            var splice = new IdentifierSplice(
                scan.SubjectIdentifiers ?? throw new PermanentFailureException("The event has no subject."),
                identifiers
            );
            var (length, id, now) = (
                payload.Length + splice.AddedLength,
                row.CompositionId ?? row.RegistrationNumber ?? row.Key,
                time.GetUtcNow()
            );
            return new SealedEvent(
                () =>
                    new EnvelopeContent(
                        id,
                        now,
                        length,
                        async stop =>
                            splice.Apply(
                                whole is not null
                                    ? new MemoryStream(whole, writable: false)
                                    : (await payloads.OpenAsync(blob, stop)).Content
                            ),
                        certificates[0],
                        signers[0]
                    ),
                scan.SubjectPatientId
            );
        }
        catch (PayloadMissingException)
        {
            throw new PermanentFailureException("The payload was removed.");
        }
    }

    private static async Task ScanAsync(Stream body, EventScanner scanner, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer, cancellationToken)) > 0)
            {
                scanner.Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
