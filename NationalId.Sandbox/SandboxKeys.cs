using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NationalId.Sandbox;

/// <summary>Every key and secret of one sandbox, new at each start and never written to the repository.</summary>
public sealed class SandboxKeys
{
    private SandboxKeys(RSA client, RSA openCrvs, RSA mosip, RSA ida, RSA partner)
    {
        Client = client;
        OpenCrvs = openCrvs;
        Mosip = SelfSigned("CN=MOSIP sandbox", mosip);
        Ida = SelfSigned("CN=IDA sandbox", ida);
        using var authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest("CN=MOSIP sandbox partner authority", authority, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var rootCertificate = root.CreateSelfSigned(From, To);
        var request = new CertificateRequest("CN=opencrvs-partner", partner, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var issued = request.Create(
            rootCertificate.SubjectName, X509SignatureGenerator.CreateForECDsa(authority), From, To, RandomNumberGenerator.GetBytes(12));
        Authority = X509CertificateLoader.LoadCertificate(rootCertificate.RawData);
        Partner = issued.CopyWithPrivateKey(partner);
    }

    private static DateTimeOffset From => DateTimeOffset.UtcNow.AddDays(-1);

    private static DateTimeOffset To => DateTimeOffset.UtcNow.AddYears(2);

    /// <summary>The National ID client's key.</summary>
    public RSA Client { get; }

    /// <summary>Signs OpenCRVS's tokens.</summary>
    public RSA OpenCrvs { get; }

    /// <summary>MOSIP's own: envelopes are sealed for it and it signs what it sends.</summary>
    public X509Certificate2 Mosip { get; }

    /// <summary>IDA requests are encrypted for it.</summary>
    public X509Certificate2 Ida { get; }

    /// <summary>Issues partner certificates.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>The authentication partner's certificate with its key.</summary>
    public X509Certificate2 Partner { get; }

    public string PartnerId { get; } = "opencrvs-partner";

    public string WebhookSecret { get; } = Guid.NewGuid().ToString();

    public string OpenCrvsClientId { get; } = Guid.NewGuid().ToString();

    public string OpenCrvsClientSecret { get; } = Random();

    public string MosipClientId { get; } = "opencrvs-client";

    public string MosipClientSecret { get; } = Random();

    public string MosipUser { get; } = "opencrvs-user";

    public string MosipPassword { get; } = Random();

    public string MispLicenceKey { get; } = Random();

    public string PartnerApiKey { get; } = Random();

    public string P12Password { get; } = Random();

    public string LedgerKey { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    public string SignSecret { get; } = Random();

    public string CallbackSecret { get; } = Random();

    public string OAuthClientId { get; } = "opencrvs";

    public string OAuthClientSecret { get; } = Random();

    public static SandboxKeys Create(int keySize = 2048)
    {
        var keys = new RSA[5];
        Parallel.For(0, keys.Length, i =>
        {
            keys[i] = RSA.Create(keySize);
            keys[i].ExportParameters(false); // Makes the key now: it is lazy.
        });
        return new SandboxKeys(keys[0], keys[1], keys[2], keys[3], keys[4]);
    }

    public string P12Base64() => Convert.ToBase64String(Partner.Export(X509ContentType.Pkcs12, P12Password));

    private static X509Certificate2 SelfSigned(string name, RSA key) =>
        new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(From, To);

    private static string Random() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
}
