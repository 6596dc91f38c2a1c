using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace NationalId.Tests.Platform.Secrets;

/// <summary>Makes P12 files of the shapes that keytool, OpenSSL and renewals leave behind.</summary>
internal static class P12Maker
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);

    private static readonly PbeParameters Encryption = new(
        PbeEncryptionAlgorithm.Aes256Cbc,
        HashAlgorithmName.SHA256,
        1
    );

    /// <summary>The certificate of a key, valid from and until so many days from <see cref="Now"/>.</summary>
    public static X509Certificate2 Certificate(AsymmetricAlgorithm key, string name, int from = -10, int until = 300)
    {
        var subject = $"CN={name}";
        var request = key is RSA rsa
            ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(Now.AddDays(from), Now.AddDays(until));
        return X509CertificateLoader.LoadCertificate(made.RawData);
    }

    /// <summary>
    /// Certificates and keys in the order given, each kind in its part of the file as OpenSSL writes it.
    /// </summary>
    public static byte[] File(
        string? password,
        IEnumerable<AsymmetricAlgorithm> keys,
        IEnumerable<X509Certificate2> certificates,
        byte[]? idOfFirst = null,
        bool sealedWithMac = true
    )
    {
        var certificatePart = new Pkcs12SafeContents();
        foreach (var (certificate, index) in certificates.Select((certificate, index) => (certificate, index)))
        {
            var bag = certificatePart.AddCertificate(certificate);
            if (index == 0 && idOfFirst is not null)
            {
                bag.Attributes.Add(new Pkcs9LocalKeyId(idOfFirst));
            }
        }

        var keyPart = new Pkcs12SafeContents();
        foreach (var (key, index) in keys.Select((key, index) => (key, index)))
        {
            var bag = keyPart.AddShroudedKey(key, password, Encryption);
            if (index == 0 && idOfFirst is not null)
            {
                bag.Attributes.Add(new Pkcs9LocalKeyId(idOfFirst));
            }
        }

        var builder = new Pkcs12Builder();
        builder.AddSafeContentsEncrypted(certificatePart, password, Encryption);
        builder.AddSafeContentsUnencrypted(keyPart);
        if (sealedWithMac)
        {
            builder.SealWithMac(password, HashAlgorithmName.SHA256, 1);
        }
        else
        {
            builder.SealWithoutIntegrity();
        }

        return builder.Encode();
    }
}
