using NationalId.Core.OpenCrvs;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>Reads MOSIP's sealed UIN tokens (docs/protocols.md, "MOSIP's mediator").</summary>
/// <param name="keys">MOSIP's certificates.</param>
/// <param name="opener">Opens envelopes with our keys.</param>
/// <param name="secrets">Has keys read again that may have been rotated.</param>
/// <param name="options">Whether unsigned tokens are taken.</param>
/// <param name="openCrvs">The names of the token's field on the record.</param>
public sealed class UinTokenReader(
    PartnerKeys keys,
    EnvelopeOpener opener,
    ISecretStore secrets,
    MediatorOptions options,
    OpenCrvsOptions openCrvs
) : IReturnReader
{
    /// <inheritdoc/>
    public string Kind => EventKinds.UinToken;

    /// <inheritdoc/>
    public IReadOnlyList<string> Fields => openCrvs.TokenFields;

    /// <inheritdoc/>
    public async Task<ReturnedNumber?> ReadAsync(byte[] body, CancellationToken cancellationToken) =>
        await ReadAsync(body, checkSignature: false, cancellationToken);

    /// <summary>Reads a message.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="checkSignature">
    /// Whether MOSIP's signature is checked: when it comes in, not again when it is delivered.
    /// </param>
    /// <param name="cancellationToken">Stops waiting for secrets.</param>
    /// <exception cref="ReturnException">It can't be read.</exception>
    public async Task<ReturnedNumber> ReadAsync(byte[] body, bool checkSignature, CancellationToken cancellationToken)
    {
        var (data, signature) = ReturnFields.Read(body, "data", "signature", secondOptional: true);
        byte[] envelope;
        byte[]? signed = null;
        try
        {
            envelope = Envelope.DecodeBase64(data);
            signed = signature.Length > 0 ? Envelope.DecodeBase64(signature) : null;
        }
        catch (Exception failure) when (failure is FormatException or EnvelopeException)
        {
            throw new ReturnException(400, "data and signature must be base64.");
        }

        var plain = checkSignature ? await CheckAsync(envelope, signed, cancellationToken) : null;
        try
        {
            plain ??= await opener.OpenAsync(envelope, cancellationToken);
            return ReturnFields.ReadNumber(plain, "opencrvsBRN", "uinToken") with
            {
                Signed = checkSignature && signed is not null,
            };
        }
        catch (EnvelopeException failure)
        {
            throw new ReturnException(400, failure.Message);
        }
    }

    /// <summary>
    /// Checks MOSIP's signature. MOSIP's mediator for OpenCRVS signs the text that it seals; others sign the envelope.
    /// </summary>
    /// <returns>The envelope's text, where the check had to open it; null otherwise.</returns>
    private async Task<byte[]?> CheckAsync(byte[] envelope, byte[]? signature, CancellationToken cancellationToken)
    {
        if (signature is null)
        {
            if (!options.AllowUnsignedTokens)
            {
                throw new ReturnException(401, "The envelope is not signed.");
            }

            return null;
        }

        byte[]? plain = null;
        ReturnException? locked = null;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var certificates = await keys.GetMosipCertificatesAsync(cancellationToken);
            if (Fits(envelope))
            {
                return plain;
            }

            try
            {
                // Once is enough where no key fits: they were read again for it.
                plain ??= locked is null ? await opener.OpenAsync(envelope, cancellationToken) : null;
            }
            catch (EnvelopeException)
            {
                // What can't be opened is told to nobody whose signature does not fit.
            }
            catch (ReturnException missing)
            {
                locked = missing;
            }

            if (plain is not null && Fits(plain))
            {
                return plain;
            }

            bool Fits(byte[] signed) =>
                certificates.Any(certificate => Envelope.VerifySignature(signed, signature, certificate));

            // MOSIP's certificate may have been rotated a moment ago.
            secrets.Refresh(SecretNames.MosipCertificate);
        }

        throw locked
            ?? new ReturnException(
                401,
                "The signature fits neither the envelope nor its content by MOSIP's certificate."
            );
    }
}
