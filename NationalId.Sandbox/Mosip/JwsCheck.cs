using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace NationalId.Sandbox.Mosip;

/// <summary>
/// The Signature header: a detached RS256 JWS over the exact body, its certificate the registered partner's and issued
/// by MOSIP's authority.
/// </summary>
internal sealed class JwsCheck(SandboxKeys keys)
{
    public void Verify(string header, byte[] body)
    {
        if (header.Split('.') is not [var encoded, "", var signature])
        {
            throw Failed();
        }

        using var certificate = Certificate(encoded);
        if (!certificate.RawDataMemory.Span.SequenceEqual(keys.Partner.RawDataMemory.Span))
        {
            throw new IdaException(
                "IDA-MPA-021",
                "Partner (Auth) Certificate not matching with signature header certificate."
            );
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(keys.Authority);
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (!chain.Build(certificate))
        {
            throw new IdaException("IDA-MPA-002", "Invalid certificate in digital signature");
        }

        using var key = certificate.GetRSAPublicKey()!;
        byte[] signed =
        [
            .. Encoding.ASCII.GetBytes(encoded + "."),
            .. Encoding.ASCII.GetBytes(Base64Url.EncodeToString(body)),
        ];
        try
        {
            if (
                key.VerifyData(
                    signed,
                    Base64Url.DecodeFromChars(signature),
                    HashAlgorithmName.SHA256,
                    RSASignaturePadding.Pkcs1
                )
            )
            {
                return;
            }
        }
        catch (FormatException)
        {
            // Not base64url: not a signature.
        }

        throw Failed();
    }

    private static X509Certificate2 Certificate(string encoded)
    {
        try
        {
            using var json = JsonDocument.Parse(Base64Url.DecodeFromChars(encoded));
            var root = json.RootElement;
            if (root.GetProperty("alg").GetString() != "RS256" || root.TryGetProperty("crit", out _))
            {
                throw Failed();
            }

            if (!root.TryGetProperty("x5c", out var chain) || chain.GetArrayLength() == 0)
            {
                throw new IdaException(
                    "IDA-MPA-022",
                    "Partner (Auth) Certificate not found in Request signature header."
                );
            }
            // MOSIP reads DER as the standard has it, and PEM in base64 with line breaks as its own token seeder writes
            // it.
            var bytes = Convert.FromBase64String(chain[0].GetString() ?? "");
            return bytes.AsSpan().StartsWith("-----BEGIN"u8)
                ? X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(bytes))
                : X509CertificateLoader.LoadCertificate(bytes);
        }
        catch (Exception e)
            when (e is FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw Failed();
        }
        catch (CryptographicException)
        {
            throw new IdaException("IDA-MPA-002", "Invalid certificate in digital signature");
        }
    }

    private static IdaException Failed() => new("IDA-MPA-001", "Digital signature verification failed for request");
}
