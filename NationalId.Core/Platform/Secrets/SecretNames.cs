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

    /// <summary>
    /// The id of the client in OpenCRVS that searches records for reconciliation. The National ID client of 1.x may
    /// not.
    /// </summary>
    public const string OpenCrvsSearchClientId = "OPENCRVS-SEARCH-CLIENT-ID";

    /// <summary>The secret of that client.</summary>
    public const string OpenCrvsSearchClientSecret = "OPENCRVS-SEARCH-CLIENT-SECRET";

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

    /// <summary>
    /// The partner's client id at MOSIP's auth manager, for its hub: the topic's first part has to be the same.
    /// </summary>
    public const string MosipHubClientId = "MOSIP-WEBSUB-AUTH-CLIENT-ID";

    /// <summary>The secret of that client.</summary>
    public const string MosipHubClientSecret = "MOSIP-WEBSUB-AUTH-CLIENT-SECRET";

    /// <summary>
    /// Keys the X-Hub-Signature of MOSIP's hub. We give it to the hub when we subscribe. All enabled versions are
    /// accepted.
    /// </summary>
    public const string MosipHubSecret = "MOSIP-WEBSUB-SECRET";

    /// <summary>
    /// Our private key at e-Signet, by which our client proves itself: a JWK, the JWK in base64 as OpenCRVS's mosip-api
    /// has it, or PEM. Where e-Signet encrypts what it tells, all enabled versions open.
    /// </summary>
    public const string EsignetKey = "OIDP-CLIENT-PRIVATE-KEY";

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

    /// <summary>
    /// Encrypts the record tokens of OpenCRVS 1.9 and 2.0 until their registrations are confirmed. All enabled versions
    /// open.
    /// </summary>
    public const string RecordTokenKey = "NATIONALID-RECORD-TOKEN-KEY";

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

    /// <summary>OSIA: the bearer token that the system's owner gave us.</summary>
    public const string OsiaToken = "OSIA-TOKEN";

    /// <summary>OSIA: our OAuth 2 client id.</summary>
    public const string OsiaClientId = "OSIA-CLIENT-ID";

    /// <summary>OSIA: our OAuth 2 client secret.</summary>
    public const string OsiaClientSecret = "OSIA-CLIENT-SECRET";

    /// <summary>
    /// OSIA: the last part of the address at which the registry notifies us. All enabled versions are accepted.
    /// </summary>
    public const string OsiaNotifySecret = "OSIA-NOTIFY-SECRET";
}
