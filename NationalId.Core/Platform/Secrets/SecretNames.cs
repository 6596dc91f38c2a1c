namespace NationalId.Core.Platform.Secrets;

/// <summary>
/// The names of all secrets in Key Vault: the seed's and the mediator's variables with <c>_</c> written <c>-</c>
/// (docs/architecture.md, "Secrets").
/// In configuration the same secret is the variable itself, e.g. <c>OPENCRVS_SHA_SECRET</c>.
/// </summary>
public static class SecretNames
{
    /// <summary>
    /// The National ID client's SHA secret in OpenCRVS: keys X-Hub-Signature. All enabled versions are accepted.
    /// </summary>
    public const string WebhookSecret = "OPENCRVS-SHA-SECRET";

    /// <summary>The National ID client's id in OpenCRVS.</summary>
    public const string OpenCrvsClientId = "OPENCRVS-CLIENT-ID";

    /// <summary>The National ID client's secret in OpenCRVS.</summary>
    public const string OpenCrvsClientSecret = "OPENCRVS-CLIENT-SECRET";

    /// <summary>Our RSA private key (PEM): signs envelopes for MOSIP and opens MOSIP's.</summary>
    public const string OpenCrvsPrivateKey = "OPENCRVS-PRIV-KEY";

    /// <summary>
    /// MOSIP's certificate (PEM): envelopes are sealed for it and their answers' signatures checked with it.
    /// </summary>
    public const string MosipCertificate = "MOSIP-PUBLIC-KEY";

    /// <summary>Client id at MOSIP's token endpoint.</summary>
    public const string MosipAuthClientId = "MOSIP-AUTH-CLIENT-ID";

    /// <summary>Client secret at MOSIP's token endpoint.</summary>
    public const string MosipAuthClientSecret = "MOSIP-AUTH-CLIENT-SECRET";

    /// <summary>User at MOSIP's token endpoint.</summary>
    public const string MosipAuthUser = "MOSIP-AUTH-USER";

    /// <summary>Password at MOSIP's token endpoint.</summary>
    public const string MosipAuthPassword = "MOSIP-AUTH-PASS";

    /// <summary>The MISP licence key: first path part of every IDA call.</summary>
    public const string MispLicenceKey = "TOKENSEEDER-MOSIP-AUTH--PARTNER-MISP-LK";

    /// <summary>The authentication partner's API key: third path part of every IDA call.</summary>
    public const string PartnerApiKey = "TOKENSEEDER-MOSIP-AUTH--PARTNER-APIKEY";

    /// <summary>The password of the P12 that signs IDA requests.</summary>
    public const string SignP12Password = "TOKENSEEDER-CRYPTO-SIGNATURE--SIGN-P12-FILE-PASSWORD";

    /// <summary>The P12 that signs IDA requests, base64; a mounted file may take its place.</summary>
    public const string SignP12 = "TOKENSEEDER-CRYPTO-SIGNATURE--SIGN-P12-FILE";

    /// <summary>
    /// The IDA partner certificate that IDA requests are encrypted for (PEM or base64 DER); a mounted file may take its
    /// place.
    /// </summary>
    public const string IdaEncryptCertificate = "TOKENSEEDER-CRYPTO-ENCRYPT--ENCRYPT-CERT";

    /// <summary>
    /// What a reverse proxy beside OpenCRVS sends for it in <c>X-Seeder-Key</c>. All enabled versions are accepted.
    /// </summary>
    public const string SeederCallerKey = "TOKENSEEDER-CALLER-KEY";

    /// <summary>Keys the HMACs under which the ledger keeps national ids and tokens.</summary>
    public const string LedgerKey = "NATIONALID-LEDGER-KEY";

    /// <summary>Default path: keys the X-Hub-Signature of what we send to the National ID system.</summary>
    public const string SignSecret = "NATIONALID-SIGN-SECRET";

    /// <summary>Default path: keys the X-Hub-Signature of what the National ID system sends back.</summary>
    public const string CallbackSecret = "NATIONALID-CALLBACK-SECRET";

    /// <summary>Default path: OAuth 2 client id at the National ID system.</summary>
    public const string DefaultSystemClientId = "NATIONALID-OAUTH-CLIENT-ID";

    /// <summary>Default path: OAuth 2 client secret at the National ID system.</summary>
    public const string DefaultSystemClientSecret = "NATIONALID-OAUTH-CLIENT-SECRET";

    /// <summary>Default path: the client certificate, a P12 in base64.</summary>
    public const string DefaultSystemClientCertificate = "NATIONALID-CLIENT-P12";

    /// <summary>Default path: the password of the client certificate's P12; absent when it has none.</summary>
    public const string DefaultSystemClientCertificatePassword = "NATIONALID-CLIENT-P12-PASSWORD";
}
