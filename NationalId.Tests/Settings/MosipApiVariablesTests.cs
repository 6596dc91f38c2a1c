using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using NationalId.Core;
using NationalId.Core.Mosip.Esignet;
using NationalId.LocalHost;

namespace NationalId.Tests.Settings;

/// <summary>A country moves here with the variables that mosip-api had.</summary>
public sealed class MosipApiVariablesTests
{
    private static readonly Dictionary<string, string?> Theirs = new()
    {
        ["CLIENT_APP_URL"] = "https://register.example",
        ["OPENCRVS_GATEWAY_URL"] = "http://gateway:7070",
        ["OPENCRVS_PUBLIC_KEY_URL"] = "http://auth:4040/.well-known",
        ["MOSIP_AUTH_URL"] = "http://mosip/v1/authmanager/authenticate/clientidsecretkey",
        ["MOSIP_AUTH_CLIENT_APP_ID"] = "admin",
        ["MOSIP_PACKET_AUTH_CLIENT_ID"] = "mosip-regproc-client",
        ["MOSIP_PACKET_AUTH_CLIENT_SECRET"] = "secret",
        ["MOSIP_WEBSUB_HUB_URL"] = "http://mosip/hub",
        ["MOSIP_WEBSUB_TOPIC"] = "opencrvs-partner/CREDENTIAL_ISSUED",
        ["MOSIP_WEBSUB_CALLBACK_URL"] = "http://client/websub/callback",
        ["MOSIP_CREATE_PACKET_URL"] = "http://mosip/commons/v1/packetmanager/createPacket",
        ["MOSIP_PROCESS_PACKET_URL"] = "http://mosip/registrationprocessor/v1/workflowmanager/workflowinstance",
        ["MOSIP_CENTER_ID"] = "10001",
        ["MOSIP_MACHINE_ID"] = "10004",
        ["ESIGNET_TOKEN_URL"] = "http://esignet/v1/esignet/oauth/v2/token",
        ["ESIGNET_USERINFO_URL"] = "http://esignet/v1/esignet/oidc/userinfo",
        ["PARTNER_ID"] = "partner",
        ["PARTNER_APIKEY"] = "key",
        ["PARTNER_MISP_LK"] = "licence",
        ["IDA_AUTH_DOMAIN_URI"] = "http://mosip",
        ["IDA_AUTH_URL"] = "http://mosip/idauthentication/v1/auth",
    };

    [Fact]
    public void With_them_and_what_mosip_api_did_not_know_the_client_starts()
    {
        Dictionary<string, string?> ours = new(Theirs)
        {
            ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
            ["NationalId:ClientName"] = "MOSIP",
            ["NationalId:System"] = "mosip-packets",
            ["NationalId:OpenCrvs:Version"] = "2.0",
            ["NationalId:Mosip:Packets:OfficerId"] = "officer",
        };
        Assert.Equal(
            ValidateOptionsResult.Success,
            NationalIdServices.CheckSettings(new ConfigurationBuilder().AddInMemoryCollection(ours).Build())
        );
    }

    [Fact]
    public void Each_stands_for_a_setting_of_ours_which_counts_before_it()
    {
        var read = Over(
            new()
            {
                ["NationalId:Mosip:Packets:AuthAppId"] = "ida",
                // As deployment templates write what is not set.
                ["NationalId:OpenCrvs:EventsUrl"] = "",
                ["TOKENSEEDER_MOSIP_AUTH__PARTNER_ID"] = "ours",
            }
        );
        Assert.Equal("ida", read["NationalId:Mosip:Packets:AuthAppId"]);
        Assert.Equal("admin", read["NationalId:Mosip:WebSub:AuthAppId"]);
        Assert.Equal("http://gateway:7070/events", read["NationalId:OpenCrvs:EventsUrl"]);
        Assert.Equal("http://auth:4040", read["NationalId:OpenCrvs:AuthUrl"]);
        Assert.Equal("child.nid", read["NationalId:OpenCrvs:BirthNumberField"]);
        Assert.Equal("http://mosip", read["NationalId:Mosip:Packets:Url"]);
        Assert.Null(read["TOKENSEEDER_MOSIP_AUTH:PARTNER_ID"]);
        Assert.Equal("mosip-regproc-client", read["MOSIP_AUTH_CLIENT_ID"]);
        Assert.Equal("licence", read["TOKENSEEDER_MOSIP_AUTH:PARTNER_MISP_LK"]);
    }

    [Fact]
    public void Without_them_the_configuration_is_the_host_s_own()
    {
        var none = new ConfigurationBuilder().Build();
        Assert.Same(none, MosipApiVariables.Over(none));
    }

    [Fact]
    public void Keys_come_out_of_the_files_that_mosip_api_had()
    {
        using var rsa = RSA.Create(2048);
        using var certificate = new CertificateRequest(
            "CN=opencrvs-partner",
            rsa,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var p12 = Path.Combine(folder.FullName, "keystore.p12");
            var jwk = Path.Combine(folder.FullName, "esignet-jwk.txt");
            File.WriteAllBytes(p12, certificate.Export(X509ContentType.Pkcs12, "mosip123"));
            File.WriteAllText(jwk, World.Keys.Value.EsignetClientJwk() + "\n");
            var read = Over(
                new()
                {
                    ["DECRYPT_P12_FILE_PATH"] = p12,
                    ["DECRYPT_P12_FILE_PASSWORD"] = "mosip123",
                    ["OIDP_CLIENT_PRIVATE_KEY_PATH"] = jwk,
                }
            );
            using var opened = RSA.Create();
            opened.ImportFromPem(read["OPENCRVS_PRIV_KEY"]);
            Assert.Equal(rsa.ExportSubjectPublicKeyInfo(), opened.ExportSubjectPublicKeyInfo());
            Assert.Equal(
                World.Keys.Value.EsignetClient.ExportSubjectPublicKeyInfo(),
                ClientKeys.Read(read["OIDP_CLIENT_PRIVATE_KEY"]!).Rsa.ExportSubjectPublicKeyInfo()
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Assert.Null(Over(new() { ["DECRYPT_P12_FILE_PATH"] = "/nowhere.p12" })["OPENCRVS_PRIV_KEY"]);
    }

    [Fact]
    public void The_migration_guide_has_each_of_them()
    {
        var guide = File.ReadAllText(Repository.PathOf("docs", "migrate.md"));
        Assert.All(MosipApiVariables.Names, name => Assert.Contains($"`{name}`", guide));
    }

    private static IConfiguration Over(Dictionary<string, string?> more) =>
        MosipApiVariables.Over(
            new ConfigurationBuilder().AddInMemoryCollection(Theirs).AddInMemoryCollection(more).Build()
        );
}
