namespace NationalId.Sandbox;

/// <summary>The client's settings and secrets, under the names that it reads.</summary>
internal static class ClientConfiguration
{
    public static IReadOnlyDictionary<string, string> Write(SandboxServer server, SandboxSettings settings)
    {
        var keys = server.Keys;
        string openCrvs = Base(server.OpenCrvsUrl),
            mosip = Base(server.MosipUrl);
        var written = new Dictionary<string, string>
        {
            ["NationalId:ClientName"] = settings.ClientName,
            ["NationalId:OpenCrvs:AuthUrl"] = openCrvs,
            ["NationalId:OpenCrvs:WebhookUrl"] = openCrvs + "/webhooks",
            ["NationalId:OpenCrvs:MediatorUrl"] = openCrvs + "/mediator",
            // The mediator here takes a DRN too, unlike the published ones.
            ["NationalId:OpenCrvs:SaveDeathAid"] = settings.OpenCrvsVersion == OpenCrvsVersion.V12 ? "false" : "true",
            ["OPENCRVS_SHA_SECRET"] = server.OpenCrvs.WebhookSecret,
            ["OPENCRVS_CLIENT_ID"] = keys.OpenCrvsClientId,
            ["OPENCRVS_CLIENT_SECRET"] = keys.OpenCrvsClientSecret,
            ["NATIONALID_LEDGER_KEY"] = keys.LedgerKey,
        };
        if (server.ClientUrl is { } client)
        {
            written["NationalId:OpenCrvs:CallbackUrl"] = Base(client) + "/api/webhooks";
        }

        if (settings.ClientName != "MOSIP")
        {
            var system = Base(server.NationalIdSystemUrl);
            written["NationalId:DefaultSystem:BirthUrl"] = system + "/births";
            written["NationalId:DefaultSystem:DeathUrl"] = system + "/deaths";
            written["NATIONALID_SIGN_SECRET"] = keys.SignSecret;
            written["NATIONALID_CALLBACK_SECRET"] = keys.CallbackSecret;
            if (settings.NationalIdSystemOAuth)
            {
                written["NationalId:DefaultSystem:Authentication"] = "OAuth";
                written["NationalId:DefaultSystem:TokenUrl"] = system + "/token";
                written["NATIONALID_OAUTH_CLIENT_ID"] = keys.OAuthClientId;
                written["NATIONALID_OAUTH_CLIENT_SECRET"] = keys.OAuthClientSecret;
            }

            return written;
        }

        if (settings.MosipHasTokenEndpoint)
        {
            written["NationalId:Mosip:AuthUrl"] = mosip + "/token";
        }

        written["NationalId:Mosip:GenerateAidUrl"] = mosip + "/aid";
        written["NationalId:Mosip:BirthUrl"] = mosip + "/birth";
        written["NationalId:Mosip:DeathUrl"] = mosip + "/death";
        written["OPENCRVS_PRIV_KEY"] = keys.Client.ExportPkcs8PrivateKeyPem();
        written["MOSIP_PUBLIC_KEY"] = keys.Mosip.ExportCertificatePem();
        written["MOSIP_AUTH_CLIENT_ID"] = keys.MosipClientId;
        written["MOSIP_AUTH_CLIENT_SECRET"] = keys.MosipClientSecret;
        written["MOSIP_AUTH_USER"] = keys.MosipUser;
        written["MOSIP_AUTH_PASS"] = keys.MosipPassword;
        written["TOKENSEEDER_MOSIP_AUTH:PARTNER_ID"] = keys.PartnerId;
        written["TOKENSEEDER_MOSIP_AUTH:PARTNER_MISP_LK"] = keys.MispLicenceKey;
        written["TOKENSEEDER_MOSIP_AUTH:PARTNER_APIKEY"] = keys.PartnerApiKey;
        written["TOKENSEEDER_MOSIP_AUTH_SERVER:IDA_AUTH_URL"] = mosip + "/idauthentication/v1/auth";
        written["TOKENSEEDER_MOSIP_AUTH_SERVER:IDA_AUTH_DOMAIN_URI"] = settings.IdaDomain ?? mosip;
        written["TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE"] = keys.P12Base64();
        written["TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE_PASSWORD"] = keys.P12Password;
        written["TOKENSEEDER_CRYPTO_ENCRYPT:ENCRYPT_CERT"] = keys.Ida.ExportCertificatePem();
        written["TOKENSEEDER_AUTHTOKEN:MANDATORY_VALIDATION_AUTH_FIELDS"] = "vid,name,gender,dob";
        return written;
    }

    private static string Base(Uri url) => url.ToString().TrimEnd('/');
}
