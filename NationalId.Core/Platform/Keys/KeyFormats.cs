using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NationalId.Core.Platform.Keys;

/// <summary>
/// Reads RSA keys and certificates out of secrets. Each failure says its own cause, so that an operator knows what to
/// put in its place.
/// </summary>
internal static class KeyFormats
{
    /// <summary>Shorter RSA keys are refused: MOSIP's partners use 2048 bits at least.</summary>
    internal const int MinimumKeySize = 2048;

    /// <summary>A certificate with an RSA key of enough bits.</summary>
    /// <exception cref="KeyProblemException">It isn't one.</exception>
    public static X509Certificate2 Certificate(string text)
    {
        var blocks = KeyText.Read(text);
        var block =
            blocks.FirstOrDefault(block => block.Kind == KeyKind.Certificate)
            ?? throw Instead(blocks[0], "certificate");
        X509Certificate2 certificate;
        try
        {
            certificate = X509CertificateLoader.LoadCertificate(block.Der);
        }
        catch (CryptographicException)
        {
            throw new KeyProblemException("its certificate is damaged");
        }

        using var key = RsaKeyOf(certificate);
        if (key is { KeySize: >= MinimumKeySize })
        {
            return certificate;
        }

        certificate.Dispose();
        throw key is null ? new KeyProblemException("its key is not RSA") : TooShort();
    }

    /// <summary>An RSA private key of enough bits, PKCS#8 or PKCS#1.</summary>
    /// <exception cref="KeyProblemException">It isn't one.</exception>
    public static RSA PrivateKey(string text)
    {
        var blocks = KeyText.Read(text);
        var block = blocks.FirstOrDefault(block => IsPrivateKey(block.Kind)) ?? throw Instead(blocks[0], "private key");
        switch (block.Kind)
        {
            case KeyKind.EcPrivateKey:
                throw new KeyProblemException("it is an EC private key, where an RSA key is needed");
            case KeyKind.EncryptedPrivateKey:
                throw new KeyProblemException("it is encrypted by a password: store it without one");
            case KeyKind.OpenSshPrivateKey:
                throw new KeyProblemException("it is in OpenSSH's own form: store it as PKCS#8");
            default:
                return PrivateKey(block);
        }
    }

    internal static KeyProblemException TooShort() => new($"its RSA key is shorter than {MinimumKeySize} bits");

    private static RSA PrivateKey(KeyBlock block)
    {
        var key = RSA.Create();
        try
        {
            if (block.Kind == KeyKind.RsaPrivateKey)
            {
                key.ImportRSAPrivateKey(block.Der, out _);
            }
            else
            {
                key.ImportPkcs8PrivateKey(block.Der, out _);
            }
        }
        catch (CryptographicException)
        {
            key.Dispose();
            throw new KeyProblemException("its private key is damaged, or not RSA");
        }

        if (key.KeySize >= MinimumKeySize)
        {
            return key;
        }

        key.Dispose();
        throw TooShort();
    }

    private static bool IsPrivateKey(KeyKind kind) =>
        kind
            is KeyKind.Pkcs8PrivateKey
                or KeyKind.RsaPrivateKey
                or KeyKind.EcPrivateKey
                or KeyKind.EncryptedPrivateKey
                or KeyKind.OpenSshPrivateKey;

    private static RSA? RsaKeyOf(X509Certificate2 certificate)
    {
        try
        {
            return certificate.GetRSAPublicKey();
        }
        catch (CryptographicException)
        {
            throw new KeyProblemException("its certificate is damaged");
        }
    }

    private static KeyProblemException Instead(KeyBlock block, string needed) =>
        new(
            block.Kind is KeyKind.CutOff or KeyKind.Unknown
                ? $"it is {block.Kind.Words()}"
                : $"it is {block.Kind.Words()}, where a {needed} is needed"
        );
}
