using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace NationalId.Core.Mosip;

/// <summary>
/// What is computed once of a certificate and used for every message: its keys, its thumbprint, the JWS header that
/// names it. It lives as long as the certificate object, so a rotation needs no clean-up. Signing with one RSA object
/// from many threads is sound: every operation makes its own context over an immutable key (OpenSSL and CNG alike); a
/// test does it.
/// </summary>
internal sealed class CertificateKeys
{
    private static readonly ConditionalWeakTable<X509Certificate2, CertificateKeys> Known = [];

    private readonly Lazy<RSA> publicKey;
    private readonly Lazy<RSA> privateKey;
    private readonly Lazy<string> jwsHeader;

    private CertificateKeys(X509Certificate2 certificate)
    {
        // Copied now: the certificate object may be disposed by a rotation while a message is under way.
        var der = certificate.RawData;
        Thumbprint = SHA256.HashData(der);
        ThumbprintText = PaddedBase64Url.Encode(Thumbprint);
        publicKey = new(() =>
            certificate.GetRSAPublicKey() ?? throw new CryptographicException("The certificate has no RSA key.")
        );
        privateKey = new(() =>
            certificate.GetRSAPrivateKey()
            ?? throw new CryptographicException("The certificate has no RSA private key.")
        );
        jwsHeader = new(() =>
            Base64Url.EncodeToString(
                JsonSerializer.SerializeToUtf8Bytes(
                    new Dictionary<string, object>
                    {
                        ["alg"] = "RS256",
                        ["x5c"] = new[] { Convert.ToBase64String(der) },
                    }
                )
            )
        );
    }

    /// <summary>SHA-256 of the certificate's DER.</summary>
    public byte[] Thumbprint { get; }

    /// <summary>The same as IDA wants it: base64url with padding.</summary>
    public string ThumbprintText { get; }

    public RSA PublicKey => publicKey.Value;

    public RSA PrivateKey => privateKey.Value;

    /// <summary>base64url of <c>{"alg":"RS256","x5c":[certificate]}</c>.</summary>
    public string JwsHeader => jwsHeader.Value;

    public static CertificateKeys Of(X509Certificate2 certificate) =>
        Known.GetValue(certificate, static known => new CertificateKeys(known));
}

/// <summary>base64url that keeps its padding, as MOSIP writes it.</summary>
internal static class PaddedBase64Url
{
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = Base64Url.EncodeToString(bytes);
        return text.PadRight((text.Length + 3) / 4 * 4, '=');
    }
}
