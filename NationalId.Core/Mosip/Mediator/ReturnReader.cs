using System.Text.Json;
using Microsoft.Extensions.Options;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// A message from the National ID system that can't be taken. The text is fixed and safe to answer and to log.
/// </summary>
internal sealed class ReturnException(int status, string message) : Exception(message)
{
    /// <summary>The answer's HTTP status.</summary>
    public int Status { get; } = status;
}

/// <summary>
/// Reads what the National ID system sends back: MOSIP's sealed UIN token (docs/protocols.md, "MOSIP's mediator"), or
/// the default system's plain number.
/// </summary>
internal sealed class ReturnReader(PartnerKeys keys, ISecretStore secrets, IOptions<NationalIdOptions> options)
{
    // The BRN goes into metadata and rows; no register gives longer numbers.
    private const int LongestNumber = 200;

    /// <param name="topic"><see cref="Topics.UinToken"/> or <see cref="Topics.NationalId"/>.</param>
    /// <param name="body">The request's body.</param>
    /// <param name="checkSignature">Whether MOSIP's signature is checked: when it comes in, not again when it is
    /// delivered.</param>
    /// <param name="cancellationToken">Stops waiting for secrets.</param>
    /// <returns>The BRN, and the token or number.</returns>
    /// <exception cref="ReturnException">It can't be read.</exception>
    public async Task<(string Brn, string Number)> ReadAsync(
        string topic,
        byte[] body,
        bool checkSignature,
        CancellationToken cancellationToken
    )
    {
        var (brn, number) = await OpenAsync(topic, body, checkSignature, cancellationToken);
        return brn.Length <= LongestNumber && number.Length <= LongestNumber
            ? (brn, number)
            : throw new ReturnException(400, $"A BRN and a number have at most {LongestNumber} characters.");
    }

    private async Task<(string Brn, string Number)> OpenAsync(
        string topic,
        byte[] body,
        bool checkSignature,
        CancellationToken cancellationToken
    )
    {
        if (topic == Topics.NationalId)
        {
            return Fields(body, "BRN", "nationalId");
        }

        var (data, signature) = Fields(body, "data", "signature", secondOptional: true);
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
            return Fields(plain ?? await UnsealAsync(envelope, cancellationToken), "opencrvsBRN", "uinToken");
        }
        catch (EnvelopeException failure)
        {
            throw new ReturnException(400, failure.Message);
        }
    }

    /// <exception cref="EnvelopeException">It is no envelope, or was changed.</exception>
    /// <exception cref="ReturnException">
    /// 503: no key of ours opens it. At a rotation MOSIP has our new certificate before we have its key: refused for
    /// good, the token would be lost.
    /// </exception>
    private async Task<byte[]> UnsealAsync(byte[] envelope, CancellationToken cancellationToken)
    {
        for (var again = false; ; again = true)
        {
            try
            {
                var privateKeys = await keys.GetEnvelopePrivateKeysAsync(cancellationToken);
                return Envelope.Open(envelope, privateKeys);
            }
            catch (EnvelopeException failure) when (failure.Fault == EnvelopeFault.WrongKey)
            {
                // It may have been added a moment ago.
                if (again)
                {
                    throw new ReturnException(
                        503,
                        "It was sealed for a key that is not here (yet). Send it again later."
                    );
                }

                secrets.Refresh(SecretNames.OpenCrvsPrivateKey);
            }
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
            if (!options.Value.Mosip.AllowUnsignedTokens)
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
                plain ??= locked is null ? await UnsealAsync(envelope, cancellationToken) : null;
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

    private static (string First, string Second) Fields(
        byte[] json,
        string first,
        string second,
        bool secondOptional = false
    )
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (
                document.RootElement is { ValueKind: JsonValueKind.Object } root
                && Text(root, first) is { Length: > 0 } one
                && (Text(root, second) is { Length: > 0 } || secondOptional)
            )
            {
                return (one, Text(root, second) ?? "");
            }
        }
        catch (JsonException)
        {
            // Answered below.
        }
        catch (InvalidOperationException)
        {
            // Text that is not Unicode.
        }

        throw new ReturnException(400, $"A JSON object with {first} and {second} is expected.");

        static string? Text(JsonElement root, string name) =>
            root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
    }
}
