using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace NationalId.Sandbox;

/// <summary>Every key and secret of one sandbox, new at each start and never written to the repository.</summary>
public sealed class SandboxKeys
{
    private readonly ECDsa authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private SandboxKeys(RSA client, RSA openCrvs, RSA mosip, RSA ida, RSA partner, RSA esignet, RSA esignetClient)
    {
        Esignet = esignet;
        EsignetClient = esignetClient;
        Client = client;
        OpenCrvs = openCrvs;
        Mosip = SelfSigned("CN=MOSIP sandbox", mosip);
        Ida = SelfSigned("CN=IDA sandbox", ida);
        var root = new CertificateRequest("CN=MOSIP sandbox partner authority", authority, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var rootCertificate = root.CreateSelfSigned(From, To);
        Authority = X509CertificateLoader.LoadCertificate(rootCertificate.RawData);
        Partner = Issue(partner);
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

    /// <summary>Signs what e-Signet tells.</summary>
    public RSA Esignet { get; }

    /// <summary>The client's key at e-Signet.</summary>
    public RSA EsignetClient { get; }

    /// <summary>Issues partner certificates.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>The authentication partner's certificate with its key.</summary>
    public X509Certificate2 Partner { get; set; }

    public string PartnerId { get; } = "opencrvs-partner";

    public string WebhookSecret { get; } = Guid.NewGuid().ToString();

    public string OpenCrvsClientId { get; } = Guid.NewGuid().ToString();

    public string OpenCrvsClientSecret { get; private set; } = Random();

    /// <summary>The client that may search records, and nothing else.</summary>
    public string SearchClientId { get; } = Guid.NewGuid().ToString();

    public string SearchClientSecret { get; } = Random();

    public string MosipClientId { get; } = "opencrvs-client";

    public string MosipClientSecret { get; } = Random();

    public string MosipUser { get; } = "opencrvs-user";

    public string MosipPassword { get; } = Random();

    /// <summary>The client at MOSIP's hub: the partner's id.</summary>
    public string HubClientId => PartnerId;

    public string HubClientSecret { get; } = Random();

    /// <summary>What the client gives the hub to sign with.</summary>
    public string HubSecret { get; } = Random();

    public string MispLicenceKey { get; private set; } = Random();

    public string PartnerApiKey { get; private set; } = Random();

    public string P12Password { get; } = Random();

    public string LedgerKey { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    public string RecordTokenKey { get; } = Random();

    public string SignSecret { get; } = Random();

    public string CallbackSecret { get; } = Random();

    public string OAuthClientId { get; } = "opencrvs";

    public string OAuthClientSecret { get; } = Random();

    public static SandboxKeys Create(int keySize = 2048)
    {
        var keys = new RSA[7];
        Parallel.For(
            0,
            keys.Length,
            i =>
            {
                keys[i] = RSA.Create(keySize);
                keys[i].ExportParameters(false); // Makes the key now: it is lazy.
            }
        );
        return new SandboxKeys(keys[0], keys[1], keys[2], keys[3], keys[4], keys[5], keys[6]);
    }

    /// <summary>OpenCRVS gives the client another secret; the old one is refused from now on.</summary>
    public string RotateOpenCrvsClientSecret() => OpenCrvsClientSecret = Random();

    /// <summary>MOSIP gives the partner another licence key; the old one is refused from now on.</summary>
    public string RotateMispLicenceKey() => MispLicenceKey = Random();

    /// <summary>MOSIP gives the partner another API key; the old one is refused from now on.</summary>
    public string RotatePartnerApiKey() => PartnerApiKey = Random();

    /// <summary>
    /// Another certificate for the partner, its P12 and the password of that; MOSIP takes it, and it only, once it is
    /// <see cref="Partner"/>.
    /// </summary>
    public (X509Certificate2 Certificate, string P12, string Password) IssuePartnerCertificate()
    {
        var (certificate, password) = (Issue(RSA.Create(2048)), Random());
        return (certificate, P12Base64(certificate, password), password);
    }

    /// <summary>The client's key at e-Signet as mosip-api has it: a JWK in base64.</summary>
    public string EsignetClientJwk()
    {
        var key = EsignetClient.ExportParameters(includePrivateParameters: true);
        return Convert.ToBase64String(
            JsonSerializer.SerializeToUtf8Bytes(
                new Dictionary<string, string>
                {
                    ["kty"] = "RSA",
                    ["n"] = Base64Url.EncodeToString(key.Modulus),
                    ["e"] = Base64Url.EncodeToString(key.Exponent),
                    ["d"] = Base64Url.EncodeToString(key.D),
                    ["p"] = Base64Url.EncodeToString(key.P),
                    ["q"] = Base64Url.EncodeToString(key.Q),
                    ["dp"] = Base64Url.EncodeToString(key.DP),
                    ["dq"] = Base64Url.EncodeToString(key.DQ),
                    ["qi"] = Base64Url.EncodeToString(key.InverseQ),
                }
            )
        );
    }

    public string P12Base64() => P12Base64(Partner, P12Password);

    private static string P12Base64(X509Certificate2 certificate, string password) =>
        Convert.ToBase64String(certificate.Export(X509ContentType.Pkcs12, password));

    private X509Certificate2 Issue(RSA key)
    {
        var request = new CertificateRequest(
            "CN=opencrvs-partner",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        using var issued = request.Create(
            Authority.SubjectName,
            X509SignatureGenerator.CreateForECDsa(authority),
            From,
            To,
            RandomNumberGenerator.GetBytes(12)
        );
        return issued.CopyWithPrivateKey(key);
    }

    private static X509Certificate2 SelfSigned(string name, RSA key) =>
        new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(
            From,
            To
        );

    private static string Random() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
}
