using NationalId.Sandbox.Mosip;

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
            ["OPENCRVS_CLIENT_ID"] = keys.OpenCrvsClientId,
            ["OPENCRVS_CLIENT_SECRET"] = keys.OpenCrvsClientSecret,
            ["NATIONALID_LEDGER_KEY"] = keys.LedgerKey,
        };
        WriteOpenCrvs(server, settings, openCrvs, written);
        if (settings.Reconciles)
        {
            WriteReconcile(server, openCrvs, written);
        }

        if (settings.SpeaksOsia)
        {
            WriteOsia(server, settings, written);
            return written;
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

        if (settings.MosipTakesPackets)
        {
            WritePackets(written, mosip, settings);
        }
        else
        {
            WriteMediator(written, mosip, settings);
        }

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
        if (settings.EsignetFor is { } page)
        {
            written["NationalId:Esignet:TokenUrl"] = mosip + "/v1/esignet/oauth/v2/token";
            written["NationalId:Esignet:UserInfoUrl"] = mosip + "/v1/esignet/oidc/userinfo";
            written["NationalId:Esignet:ClientIds"] = Esignet.ClientId;
            written["NationalId:Esignet:ClientAppUrl"] = Base(page);
            written["OIDP_CLIENT_PRIVATE_KEY"] = keys.EsignetClientJwk();
        }

        if (settings.HasHub)
        {
            written["NationalId:Mosip:WebSub:HubUrl"] = mosip + "/hub";
            written["NationalId:Mosip:WebSub:AuthUrl"] = mosip + "/hub/authmanager/authenticate/clientidsecretkey";
            written["NationalId:Mosip:WebSub:Topic"] = server.Hub.Topic;
            written["NationalId:Mosip:WebSub:WorkflowTopic"] = settings.HubTellsOfPackets ? Hub.WorkflowTopic : "";
            written["NationalId:Mosip:WebSub:ShareAddresses"] = mosip + "/v1/datashare/";
            written["MOSIP_WEBSUB_AUTH_CLIENT_ID"] = keys.HubClientId;
            written["MOSIP_WEBSUB_AUTH_CLIENT_SECRET"] = keys.HubClientSecret;
            written["MOSIP_WEBSUB_SECRET"] = keys.HubSecret;
            if (server.ClientUrl is { } callback)
            {
                written["NationalId:Mosip:WebSub:CallbackUrl"] = Base(callback) + "/api/websub/callback";
            }
        }

        return written;
    }

    private static void WriteOpenCrvs(
        SandboxServer server,
        SandboxSettings settings,
        string openCrvs,
        Dictionary<string, string> written
    )
    {
        var version = settings.OpenCrvsVersion;
        written["NationalId:OpenCrvs:AuthUrl"] = openCrvs + (server.OpenCrvs.HasWebhooks ? "" : "/auth");
        if (server.OpenCrvs.HasWebhooks)
        {
            written["NationalId:OpenCrvs:WebhookUrl"] = openCrvs + "/webhooks";
            written["NationalId:OpenCrvs:MediatorUrl"] = openCrvs + "/mediator";
            // The mediator here takes a DRN too, unlike the published ones.
            written["NationalId:OpenCrvs:SaveDeathAid"] = version == OpenCrvsVersion.V12 ? "false" : "true";
            written["OPENCRVS_SHA_SECRET"] = server.OpenCrvs.WebhookSecret;
            if (server.ClientUrl is { } client)
            {
                written["NationalId:OpenCrvs:CallbackUrl"] = Base(client) + "/api/webhooks";
            }
        }
        else
        {
            written["NationalId:OpenCrvs:PublicKeyUrl"] = openCrvs + "/register/api/auth/.well-known";
        }

        if (server.OpenCrvs.HasEvents)
        {
            written["NationalId:OpenCrvs:Version"] =
                version == OpenCrvsVersion.V19 ? "1.9"
                : version == OpenCrvsVersion.V20 ? "2.0"
                : "2.1";
            written["NationalId:OpenCrvs:EventsUrl"] = openCrvs + "/events";
            written["NationalId:OpenCrvs:CountryConfigUrl"] = openCrvs + "/countryconfig";
            written["NationalId:OpenCrvs:LocationId"] = OpenCrvs.Events.EventsSandbox.Office;
            written["NationalId:OpenCrvs:BirthAidField"] = "child.aid";
            written["NationalId:OpenCrvs:BirthTokenField"] = "child.uinToken";
            written["NationalId:OpenCrvs:BirthNumberField"] = "child.nid";
            written["NationalId:OpenCrvs:DeathAidField"] = "deceased.aid";
            written["NATIONALID_RECORD_TOKEN_KEY"] = server.Keys.RecordTokenKey;
        }
    }

    private static void WriteOsia(SandboxServer server, SandboxSettings settings, Dictionary<string, string> written)
    {
        const string section = "NationalId:Osia:";
        var osia = Base(server.OsiaUrl);
        var scope = "uin.generate pr.person.read pr.person.match notif.topic.write notif.topic.publish";
        written["NationalId:System"] = "osia";
        written[section + "RegistryUrl"] = osia + "/registry";
        written[section + "UinUrl"] = osia + "/uin";
        written[section + "NotificationUrl"] = osia + "/notification";
        written[section + "TokenUrl"] = osia + "/token";
        written[section + "CallerKeysUrl"] = osia + "/keys";
        written[section + "CallerIssuer"] = server.Osia.Tokens.Issuer;
        written[section + "CallerAudience"] = server.Osia.Tokens.Audience;
        written["OSIA_CLIENT_ID"] = server.Keys.OAuthClientId;
        written["OSIA_CLIENT_SECRET"] = server.Keys.OAuthClientSecret;
        if (settings.OsiaWrites)
        {
            written[section + "WriteUrl"] = osia + "/write";
            scope += " pr.person.write pr.identity.write pr.reference.write";
        }

        if (settings.OsiaNotifies)
        {
            written["OSIA_NOTIFY_SECRET"] = server.Keys.CallbackSecret;
            scope += " notif.sub.write";
            if (server.ClientUrl is { } client)
            {
                written[section + "NotifyUrl"] = Base(client) + "/api/osia/notify";
            }
        }

        written[section + "Scope"] = scope;
    }

    private static void WriteReconcile(SandboxServer server, string openCrvs, Dictionary<string, string> written)
    {
        const string section = "NationalId:Reconcile:";
        // Nobody waits half an hour here for what is late, and nobody's disk is spared.
        written[section + "Grace"] = "00:00:00";
        written[section + "CallEvery"] = "00:00:00";
        if (server.OpenCrvs.HasEvents)
        {
            written[section + "Sources"] = "events";
            return;
        }

        written[section + "Sources"] = server.OpenCrvs.Search.Settings.Most is null
            ? "record-search"
            : "record-search-split";
        written[section + "GatewayUrl"] = openCrvs;
        written["OPENCRVS_SEARCH_CLIENT_ID"] = server.Keys.SearchClientId;
        written["OPENCRVS_SEARCH_CLIENT_SECRET"] = server.Keys.SearchClientSecret;
    }

    private static void WriteMediator(Dictionary<string, string> written, string mosip, SandboxSettings settings)
    {
        if (settings.MosipHasTokenEndpoint)
        {
            written["NationalId:Mosip:AuthUrl"] = mosip + "/token";
        }

        written["NationalId:Mosip:GenerateAidUrl"] = mosip + "/aid";
        written["NationalId:Mosip:BirthUrl"] = mosip + "/birth";
        written["NationalId:Mosip:DeathUrl"] = mosip + "/death";
    }

    private static void WritePackets(Dictionary<string, string> written, string mosip, SandboxSettings settings)
    {
        const string section = "NationalId:Mosip:Packets:";
        written["NationalId:System"] = "mosip-packets";
        written[section + "Url"] = mosip;
        written[section + "CenterId"] = Packets.CenterId;
        written[section + "MachineId"] = Packets.MachineId;
        written[section + "OfficerId"] = Packets.OfficerId;
        written["NationalId:Mosip:OnDeath"] = settings.OnDeath;
        if (settings.OpenCrvsVersion >= OpenCrvsVersion.V20)
        {
            return;
        }

        // The records of this OpenCRVS 1.x say nothing of places.
        written[section + "BirthFields"] =
            "IDSchemaVersion=schemaVersion; fullName=subject.name; dateOfBirth=subject.birthDate; "
            + "gender=subject.gender; birthCertificateNumber=number; addressLine1=subject.address|'Farajaland'; "
            + "region='Farajaland'; province='Farajaland'; city='Farajaland'; zone='Farajaland'";
    }

    private static string Base(Uri url) => url.ToString().TrimEnd('/');
}
