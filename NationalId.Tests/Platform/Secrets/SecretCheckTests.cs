using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core;
using NationalId.Core.Operations;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Platform.Secrets;

/// <summary>What health says of each secret that the configured path needs.</summary>
public sealed class SecretCheckTests : IDisposable
{
    private const string P12Password = "p12-password-of-the-tests";
    private static readonly RSA Key = RSA.Create(2048);
    private static readonly X509Certificate2 Certificate = P12Maker.Certificate(Key, "partner");

    private readonly FakeTimeProvider time = new(P12Maker.Now);
    private readonly List<ServiceProvider> made = [];

    public void Dispose() => made.ForEach(services => services.Dispose());

    [Fact]
    public async Task Nothing_is_said_when_all_are_there()
    {
        Assert.Empty((await RunAsync(Mosip())).Findings);
        Assert.Empty((await RunAsync(Default("OAuth"))).Findings);
        Assert.Empty((await RunAsync(Default("Certificate"))).Findings);
        Assert.Empty((await RunAsync(Default("None"))).Findings);
    }

    public static TheoryData<string> MosipSecrets =>
        [
            SecretNames.WebhookSecret,
            SecretNames.OpenCrvsClientId,
            SecretNames.OpenCrvsClientSecret,
            SecretNames.LedgerKey,
            SecretNames.OpenCrvsPrivateKey,
            SecretNames.MosipCertificate,
            SecretNames.MosipAuthClientId,
            SecretNames.MosipAuthClientSecret,
            SecretNames.MosipAuthUser,
            SecretNames.MosipAuthPassword,
            SecretNames.MispLicenceKey,
            SecretNames.PartnerApiKey,
            SecretNames.SignP12,
            SecretNames.IdaEncryptCertificate,
        ];

    [Theory]
    [MemberData(nameof(MosipSecrets))]
    public Task On_the_MOSIP_path_each_missing_or_empty_one_is_named(string name) => AssertMissedAsync(Mosip(), name);

    [Theory]
    [InlineData("OAuth", SecretNames.SignSecret)]
    [InlineData("OAuth", SecretNames.CallbackSecret)]
    [InlineData("OAuth", SecretNames.DefaultSystemClientId)]
    [InlineData("OAuth", SecretNames.DefaultSystemClientSecret)]
    [InlineData("OAuth", SecretNames.LedgerKey)]
    [InlineData("Certificate", SecretNames.DefaultSystemClientCertificate)]
    public Task On_the_default_path_each_missing_or_empty_one_is_named(string authentication, string name) =>
        AssertMissedAsync(Default(authentication), name);

    [Theory]
    [InlineData(SecretNames.OpenCrvsPrivateKey)]
    [InlineData(SecretNames.MosipCertificate)]
    [InlineData(SecretNames.MosipHubSecret)]
    [InlineData(SecretNames.MosipHubClientSecret)]
    [InlineData(SecretNames.MosipAuthClientSecret)]
    public Task By_packets_and_hub_each_missing_or_empty_one_is_named(string name) => AssertMissedAsync(Hub(), name);

    [Fact]
    public async Task By_packets_without_a_hub_nothing_of_MOSIP_is_opened_and_no_key_is_asked_for()
    {
        var settings = Hub();
        settings["NationalId:Mosip:WebSub:HubUrl"] = "";
        settings.Remove("OPENCRVS_PRIV_KEY");
        settings.Remove("MOSIP_PUBLIC_KEY");
        Assert.Empty((await RunAsync(settings)).Findings);
    }

    [Fact]
    public async Task A_path_asks_for_no_secret_of_the_other_nor_for_a_token_that_nobody_gives()
    {
        var settings = Mosip();
        settings.Remove("NationalId:Mosip:AuthUrl");
        settings.Remove("MOSIP_AUTH_USER");
        Assert.Empty((await RunAsync(settings)).Findings);
    }

    public static TheoryData<string, string, string> Unusable =>
        new()
        {
            { SecretNames.OpenCrvsPrivateKey, Key.ExportSubjectPublicKeyInfoPem(), "a bare public key" },
            { SecretNames.OpenCrvsPrivateKey, "no-key-at-all!", "neither PEM nor base64" },
            { SecretNames.MosipCertificate, Key.ExportSubjectPublicKeyInfoPem(), "a bare public key" },
            { SecretNames.MosipCertificate, Pkcs7, "a PKCS#7 bundle" },
            { SecretNames.IdaEncryptCertificate, Pkcs7, "a PKCS#7 bundle" },
            { SecretNames.IdaEncryptCertificate, Key.ExportPkcs8PrivateKeyPem(), "a private key, where" },
            { SecretNames.SignP12, Convert.ToBase64String(Certificate.RawData), "not a P12 but a certificate" },
        };

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task One_that_cannot_be_used_is_named_with_its_cause_and_without_its_content(
        string name,
        string value,
        string cause
    )
    {
        var settings = Mosip();
        settings[Variable(name)] = value;
        var finding = Assert.Single((await RunAsync(settings)).Findings);
        Assert.Equal(name, finding.Name);
        Assert.Contains(cause, finding.Problem);
        Assert.DoesNotContain(value[..8], finding.Problem);
        Assert.False(finding.IsNotice);
    }

    [Fact]
    public async Task A_newest_version_that_cannot_be_used_is_named_while_an_older_one_serves()
    {
        var settings = Mosip();
        settings["MOSIP_PUBLIC_KEY_PREVIOUS"] = settings["MOSIP_PUBLIC_KEY"];
        settings["MOSIP_PUBLIC_KEY"] = Key.ExportSubjectPublicKeyInfoPem();
        var finding = Assert.Single((await RunAsync(settings)).Findings);
        Assert.Equal(SecretNames.MosipCertificate, finding.Name);
        Assert.Contains("a bare public key", finding.Problem);
        Assert.Contains("an older one is used", finding.Problem);
    }

    [Theory]
    [InlineData("OPENCRVS_SHA_SECRET", SecretNames.WebhookSecret)]
    [InlineData("TOKENSEEDER_MOSIP_AUTH:PARTNER_APIKEY", SecretNames.PartnerApiKey)]
    [InlineData("MOSIP_PUBLIC_KEY", SecretNames.MosipCertificate)]
    [InlineData("OPENCRVS_PRIV_KEY", SecretNames.OpenCrvsPrivateKey)]
    [InlineData("TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE", SecretNames.SignP12)]
    [InlineData("TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE_PASSWORD", SecretNames.SignP12Password)]
    public async Task One_with_something_around_it_works_and_is_named(string setting, string name)
    {
        var settings = Mosip();
        settings[setting] = "\uFEFF" + settings[setting] + "\r\n";
        var finding = Assert.Single((await RunAsync(settings)).Findings);
        Assert.Equal((name, true), (finding.Name, finding.IsNotice));
    }

    public static TheoryData<string, string> Certificates =>
        new()
        {
            { SecretNames.MosipCertificate, "MOSIP" },
            { SecretNames.IdaEncryptCertificate, "MOSIP" },
            { SecretNames.SignP12, "MOSIP" },
            { SecretNames.DefaultSystemClientCertificate, "default" },
        };

    [Theory]
    [MemberData(nameof(Certificates))]
    public async Task A_certificate_is_named_30_days_before_its_end_and_after_it_and_measured_all_the_time(
        string name,
        string path
    )
    {
        var settings = path == "MOSIP" ? Mosip() : Default("Certificate");
        var certificate = P12Maker.Certificate(Key, "ends sooner", from: -300, until: 45);
        settings[Variable(name)] = name.Contains("P12", StringComparison.Ordinal)
            ? Convert.ToBase64String(P12Maker.File(P12Password, [Key], [certificate]))
            : certificate.ExportCertificatePem();
        var services = Services(settings);
        var checks = services.GetRequiredService<SecretChecks>();
        Assert.Empty((await checks.RunAsync(default)).Findings);
        Assert.Equal(45, DaysLeft(services, name));

        time.Advance(TimeSpan.FromDays(15));
        var soon = Assert.Single((await checks.RunAsync(default)).Findings);
        Assert.Equal((name, "its certificate expires on 2026-07-16", false), (soon.Name, soon.Problem, soon.IsNotice));
        Assert.Equal(30, DaysLeft(services, name));

        time.Advance(TimeSpan.FromDays(31));
        Assert.Equal(-1, DaysLeft(services, name));
        var over = Assert.Single((await checks.RunAsync(default)).Findings);
        Assert.Equal((name, "its certificate expired on 2026-07-16"), (over.Name, over.Problem));
    }

    [Fact]
    public async Task A_wrong_password_of_the_client_certificate_is_its_own_cause()
    {
        var settings = Default("Certificate");
        settings["NATIONALID_CLIENT_P12_PASSWORD"] = "another";
        var finding = Assert.Single((await RunAsync(settings)).Findings);
        Assert.Equal(SecretNames.DefaultSystemClientCertificate, finding.Name);
        Assert.Contains("the password doesn't open it", finding.Problem);
    }

    private async Task AssertMissedAsync(Dictionary<string, string?> settings, string name)
    {
        foreach (var value in (string?[])[null, "", " \r\n\uFEFF"])
        {
            settings[Variable(name)] = value;
            var finding = Assert.Single((await RunAsync(settings)).Findings);
            Assert.Equal((name, false), (finding.Name, finding.IsNotice));
            Assert.Contains("missing", finding.Problem);
        }
    }

    private Task<SecretReport> RunAsync(Dictionary<string, string?> settings) =>
        Services(settings).GetRequiredService<SecretChecks>().RunAsync(default);

    private ServiceProvider Services(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(time)
            .AddNationalId(configuration)
            .BuildServiceProvider();
        made.Add(services);
        return services;
    }

    private static double DaysLeft(IServiceProvider services, string name)
    {
        double? read = null;
        var meter = services.GetRequiredService<HostGauges>().Meter;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter == meter && instrument.Name == "nationalid.certificate.days_left")
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (_, value, tags, _) =>
            {
                if (tags.ToArray().Contains(new("certificate", name)))
                {
                    read = value;
                }
            }
        );
        listener.Start();
        listener.RecordObservableInstruments();
        return read ?? throw new InvalidOperationException($"{name} is not measured");
    }

    private static string Pkcs7 =>
        Convert.ToBase64String(new X509Certificate2Collection(Certificate).Export(X509ContentType.Pkcs7)!);

    private static string P12 => Convert.ToBase64String(P12Maker.File(P12Password, [Key], [Certificate]));

    private static string Variable(string name) => name.Replace('-', '_').Replace("__", ":", StringComparison.Ordinal);

    private static Dictionary<string, string?> Mosip() =>
        TestSettings.Mosip(
            "UseDevelopmentStorage=true",
            [
                ("NationalId:Mosip:AuthUrl", "http://127.0.0.1:9/token"),
                .. Always,
                ("OPENCRVS_PRIV_KEY", Key.ExportPkcs8PrivateKeyPem()),
                ("MOSIP_PUBLIC_KEY", Certificate.ExportCertificatePem()),
                ("MOSIP_AUTH_CLIENT_ID", "client"),
                ("MOSIP_AUTH_CLIENT_SECRET", "client secret"),
                ("MOSIP_AUTH_USER", "user"),
                ("MOSIP_AUTH_PASS", "password"),
                ("TOKENSEEDER_MOSIP_AUTH:PARTNER_MISP_LK", "licence"),
                ("TOKENSEEDER_MOSIP_AUTH:PARTNER_APIKEY", "api key"),
                ("TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE", P12),
                ("TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE_PASSWORD", P12Password),
                ("TOKENSEEDER_CRYPTO_ENCRYPT:ENCRYPT_CERT", Certificate.ExportCertificatePem()),
            ]
        );

    private static Dictionary<string, string?> Hub()
    {
        var settings = Mosip();
        settings["NationalId:System"] = "mosip-packets";
        settings["NationalId:Mosip:Packets:Url"] = "http://127.0.0.1:9";
        settings["NationalId:Mosip:Packets:CenterId"] = "10001";
        settings["NationalId:Mosip:Packets:MachineId"] = "10002";
        settings["NationalId:Mosip:Packets:OfficerId"] = "officer";
        settings["NationalId:Mosip:WebSub:HubUrl"] = "http://127.0.0.1:9/hub";
        settings["NationalId:Mosip:WebSub:CallbackUrl"] = "http://127.0.0.1:9/api/websub/callback";
        settings["NationalId:Mosip:WebSub:Topic"] = "opencrvs-partner/CREDENTIAL_ISSUED";
        settings["NationalId:Mosip:WebSub:AuthUrl"] = "http://127.0.0.1:9/token";
        settings["MOSIP_WEBSUB_SECRET"] = "the hub's secret";
        settings["MOSIP_WEBSUB_AUTH_CLIENT_ID"] = "partner";
        settings["MOSIP_WEBSUB_AUTH_CLIENT_SECRET"] = "partner secret";
        return settings;
    }

    private static Dictionary<string, string?> Default(string authentication) =>
        TestSettings.Default(
            "UseDevelopmentStorage=true",
            [
                ("NationalId:DefaultSystem:Authentication", authentication),
                ("NationalId:DefaultSystem:TokenUrl", authentication == "OAuth" ? "http://127.0.0.1:9/token" : null),
                .. Always,
                ("NATIONALID_SIGN_SECRET", "sign"),
                ("NATIONALID_CALLBACK_SECRET", "call back"),
                ("NATIONALID_OAUTH_CLIENT_ID", authentication == "OAuth" ? "client" : null),
                ("NATIONALID_OAUTH_CLIENT_SECRET", authentication == "OAuth" ? "secret" : null),
                ("NATIONALID_CLIENT_P12", authentication == "Certificate" ? P12 : null),
                ("NATIONALID_CLIENT_P12_PASSWORD", authentication == "Certificate" ? P12Password : null),
            ]
        );

    private static (string, string?)[] Always =>
        [
            ("OPENCRVS_SHA_SECRET", "webhook secret"),
            ("OPENCRVS_CLIENT_ID", "client"),
            ("OPENCRVS_CLIENT_SECRET", "client secret"),
            ("NATIONALID_LEDGER_KEY", "ledger"),
        ];
}
