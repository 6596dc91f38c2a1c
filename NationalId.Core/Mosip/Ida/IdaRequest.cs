using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Ida;

/// <summary>An authentication request that is ready to be sent.</summary>
/// <param name="Body">The JSON body; its bytes are what was signed.</param>
/// <param name="Jws">The value of the header <c>Signature</c>: a detached JWS.</param>
/// <param name="TransactionId">The request's 10 digits, which the answer repeats.</param>
public sealed record IdaRequest(byte[] Body, string Jws, string TransactionId)
{
    /// <summary>The transaction only.</summary>
    public override string ToString() => $"IDA request {TransactionId}";
}

/// <summary>
/// Builds IDA authentication requests exactly as docs/protocols.md, "IDA" says. Each costs one RSA private operation;
/// keys are cached per certificate.
/// </summary>
public static class IdaRequestBuilder
{
    private const int KeyLength = 32;
    private const int HashHexLength = 2 * SHA256.HashSizeInBytes;

    // Never put into HTML: names stay readable and short.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Builds one request under a fresh key.</summary>
    /// <param name="data">Whom to recognise, and by what.</param>
    /// <param name="domainUri">IDA's domain: see <see cref="TokenSeeder.TokenSeederOptions.IdaAuthDomainUri"/>.</param>
    /// <param name="environment">MOSIP's environment, <c>Staging</c> by default.</param>
    /// <param name="encryptCertificate">IDA's partner certificate: the request is encrypted for it.</param>
    /// <param name="signCertificate">Our partner certificate with its private key.</param>
    /// <param name="now">The present.</param>
    /// <exception cref="CryptographicException">A certificate has no usable RSA key.</exception>
    public static IdaRequest Build(
        IdaAuthData data,
        string domainUri,
        string environment,
        X509Certificate2 encryptCertificate,
        X509Certificate2 signCertificate,
        DateTimeOffset now
    )
    {
        var encrypt = CertificateKeys.Of(encryptCertificate);
        var time = MosipTime.Format(now);
        var transaction = RandomNumberGenerator.GetString("0123456789", 10);
        var plain = PlainRequest(data, time);

        Span<byte> key = stackalloc byte[KeyLength];
        RandomNumberGenerator.Fill(key);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(plain, hash);
        Span<byte> hashHex = stackalloc byte[HashHexLength];
        Convert.TryToHexString(hash, hashHex, out _);

        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, "mosip.identity.auth"u8);
            json.WriteString("version"u8, "1.0"u8);
            json.WriteString("specVersion"u8, "1.0"u8);
            json.WriteString("individualId"u8, data.IndividualId);
            json.WriteString("individualIdType"u8, NationalIdNumber.WireName(data.IdType));
            json.WriteString("transactionID"u8, transaction);
            json.WriteString("requestTime"u8, time);
            json.WriteString("thumbprint"u8, encrypt.ThumbprintText);
            json.WriteString("domainUri"u8, domainUri);
            json.WriteString("env"u8, environment);
            json.WriteStartObject("requestedAuth"u8);
            json.WriteBoolean("demo"u8, true);
            json.WriteBoolean("pin"u8, false);
            json.WriteBoolean("otp"u8, false);
            json.WriteBoolean("bio"u8, false);
            json.WriteEndObject();
            json.WriteBoolean("consentObtained"u8, true);
            json.WriteStartObject("metadata"u8);
            json.WriteEndObject();
            json.WriteString("request"u8, EncryptPart(plain, key));
            json.WriteString(
                "requestSessionKey"u8,
                PaddedBase64Url.Encode(encrypt.PublicKey.Encrypt(key, RSAEncryptionPadding.OaepSHA256))
            );
            json.WriteString("requestHMAC"u8, EncryptPart(hashHex, key));
            json.WriteEndObject();
        }

        CryptographicOperations.ZeroMemory(key);
        var body = buffer.WrittenSpan.ToArray();
        return new IdaRequest(body, Sign(body, CertificateKeys.Of(signCertificate)), transaction);
    }

    /// <summary>A JWS with detached payload: <c>header..signature</c>, RS256 over <c>header.payload</c>.</summary>
    private static string Sign(byte[] body, CertificateKeys signer)
    {
        var header = signer.JwsHeader;
        var signed = new byte[header.Length + 1 + Base64Url.GetEncodedLength(body.Length)];
        Encoding.ASCII.GetBytes(header, signed);
        signed[header.Length] = (byte)'.';
        Base64Url.EncodeToUtf8(body, signed.AsSpan(header.Length + 1), out _, out _);
        var signature = signer.PrivateKey.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return string.Concat(header, "..", Base64Url.EncodeToString(signature));
    }

    private static byte[] PlainRequest(IdaAuthData data, string time)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Json);
        json.WriteStartObject();
        json.WriteString("timestamp"u8, time);
        json.WriteStartObject("demographics"u8);
        WriteFields(json, "name", data.Names);
        WriteFields(json, "gender", data.Genders);
        WriteIfPresent(json, "dob", data.Dob);
        WriteIfPresent(json, "phoneNumber", data.Phone);
        WriteIfPresent(json, "emailId", data.Email);
        WriteFields(json, "fullAddress", data.FullAddress);
        json.WriteEndObject();
        json.WriteStartArray("biometrics"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteFields(Utf8JsonWriter json, string name, IReadOnlyList<IdaField> fields)
    {
        if (fields.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var field in fields)
        {
            json.WriteStartObject();
            json.WriteString("language"u8, field.Language);
            json.WriteString("value"u8, field.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteIfPresent(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrWhiteSpace(value))
        {
            json.WriteString(name, value);
        }
    }

    /// <summary>base64url of cipher text ‖ tag ‖ nonce.</summary>
    private static string EncryptPart(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> key)
    {
        var part = new byte[plain.Length + LongNonceGcm.TagLength + LongNonceGcm.NonceLength];
        var nonce = part.AsSpan(plain.Length + LongNonceGcm.TagLength);
        RandomNumberGenerator.Fill(nonce);
        LongNonceGcm.Encrypt(key, nonce, plain, part.AsSpan(0, part.Length - nonce.Length));
        return PaddedBase64Url.Encode(part);
    }
}
