using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace NationalId.Core.Platform.Keys;

/// <summary>
/// Reads keys and certificates in the shapes they really arrive in: PEM; PEM with <c>\n</c> spelled out (env files) or
/// with its line ends lost (the portal's one-line field); base64 of a PEM file; base64 of DER.
/// </summary>
internal static class KeyFormats
{
    /// <summary>Shorter RSA keys are refused: MOSIP's partners use 2048 bits at least.</summary>
    internal const int MinimumKeySize = 2048;

    // Ephemeral where the platform can: a key that is only in memory leaves no file behind. macOS can't.
    private static readonly X509KeyStorageFlags Flags = OperatingSystem.IsMacOS()
        ? X509KeyStorageFlags.DefaultKeySet
        : X509KeyStorageFlags.EphemeralKeySet;

    /// <summary>A certificate with an RSA key of enough bits.</summary>
    /// <exception cref="CryptographicException">It isn't one. The message repeats nothing of the text.</exception>
    public static X509Certificate2 Certificate(string text)
    {
        var content = Decode(text);
        var certificate = content.Pem is { } pem
            ? X509Certificate2.CreateFromPem(pem)
            : X509CertificateLoader.LoadCertificate(content.Der);
        using var key = certificate.GetRSAPublicKey();
        return Checked(certificate, key);
    }

    /// <summary>The certificate with its RSA private key in a P12.</summary>
    /// <param name="base64">The P12's bytes.</param>
    /// <param name="password">Its password; null for none.</param>
    /// <exception cref="CryptographicException">It isn't a P12, the password doesn't open it, or it holds no RSA
    /// private key of enough bits.</exception>
    public static X509Certificate2 Pkcs12(string base64, string? password)
    {
        var certificate = LoadPkcs12(base64, password);
        using var key = certificate.GetRSAPrivateKey();
        return Checked(certificate, key);
    }

    /// <summary>The certificate with its private key, of whatever kind TLS knows, in a P12.</summary>
    /// <param name="base64">The P12's bytes.</param>
    /// <param name="password">Its password; null for none.</param>
    /// <exception cref="CryptographicException">It isn't a P12, the password doesn't open it, or it holds no private
    /// key.</exception>
    public static X509Certificate2 TlsPkcs12(string base64, string? password)
    {
        var certificate = LoadPkcs12(base64, password);
        if (certificate.HasPrivateKey)
        {
            return certificate;
        }

        certificate.Dispose();
        throw new CryptographicException("no private key in it");
    }

    /// <summary>An RSA private key of enough bits, PKCS#8 or PKCS#1.</summary>
    /// <exception cref="CryptographicException">It isn't one.</exception>
    public static RSA PrivateKey(string text)
    {
        var key = RSA.Create();
        try
        {
            var content = Decode(text);
            if (content.Pem is not { } pem)
            {
                key.ImportPkcs8PrivateKey(content.Der, out _);
            }
            else if (
                pem.Contains(" PRIVATE KEY-----", StringComparison.Ordinal)
                || pem.Contains("BEGIN PRIVATE KEY-----", StringComparison.Ordinal)
            )
            {
                key.ImportFromPem(pem);
            }
            else
            {
                throw new CryptographicException("no private key in it");
            }

            return key.KeySize >= MinimumKeySize ? key : throw TooShort();
        }
        catch (Exception exception)
        {
            key.Dispose();
            throw exception is CryptographicException
                ? exception
                : new CryptographicException("not an RSA private key");
        }
    }

    private static X509Certificate2 LoadPkcs12(string base64, string? password) =>
        X509CertificateLoader.LoadPkcs12(FromBase64(base64), password, Flags);

    private static X509Certificate2 Checked(X509Certificate2 certificate, RSA? key)
    {
        if (key is { KeySize: >= MinimumKeySize })
        {
            return certificate;
        }

        certificate.Dispose();
        throw key is null ? new CryptographicException("no RSA key in it") : TooShort();
    }

    private static CryptographicException TooShort() => new($"its RSA key is shorter than {MinimumKeySize} bits");

    private static (string? Pem, byte[] Der) Decode(string text)
    {
        var trimmed = Unescape(text);
        if (IsPem(trimmed))
        {
            return (trimmed, []);
        }

        var bytes = FromBase64(trimmed);
        var inner = bytes.AsSpan().StartsWith("-----BEGIN"u8) ? Unescape(Encoding.UTF8.GetString(bytes)) : "";
        return IsPem(inner) ? (inner, []) : (null, bytes);
    }

    private static bool IsPem(string text) => text.Contains("-----BEGIN ", StringComparison.Ordinal);

    private static string Unescape(string text) =>
        text.Trim()
            .Trim('"')
            .Replace("\\r", "", StringComparison.Ordinal)
            .Replace("\\n", "\n", StringComparison.Ordinal);

    private static byte[] FromBase64(string text)
    {
        try
        {
            return text.AsSpan().IndexOfAny('-', '_') >= 0
                ? Base64Url.DecodeFromChars(text)
                : Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new CryptographicException("neither PEM nor base64");
        }
    }
}
