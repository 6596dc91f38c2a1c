using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NationalId.Tests.Support;

/// <summary>Keys made for one test run: ours, MOSIP's, and one that belongs to nobody.</summary>
internal static class TestKeys
{
    public static readonly X509Certificate2 Ours = Create("CN=opencrvs-partner");
    public static readonly X509Certificate2 Theirs = Create("CN=mosip-partner");
    public static readonly X509Certificate2 Strangers = Create("CN=stranger");
    public static readonly X509Certificate2 Long = Create("CN=long", 3072);

    public static RSA Private(X509Certificate2 certificate) => certificate.GetRSAPrivateKey()!;

    public static string PrivatePem(X509Certificate2 certificate) => Private(certificate).ExportPkcs8PrivateKeyPem();

    private static X509Certificate2 Create(string name, int bits = 2048)
    {
        using var key = RSA.Create(bits);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(30)
        );
        return X509CertificateLoader.LoadPkcs12(
            certificate.Export(X509ContentType.Pkcs12),
            null,
            X509KeyStorageFlags.Exportable
        );
    }
}
