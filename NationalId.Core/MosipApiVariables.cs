using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using NationalId.Core.Mosip.Esignet;
using NationalId.Core.Mosip.Packets;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.OpenCrvs;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Platform.Keys;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core;

/// <summary>
/// The variables of OpenCRVS's mosip-api under their own names (docs/migrate.md, "mosip-api → here"), so that a country
/// can move its settings as they are. A setting of ours counts before the variable that stands for it.
/// </summary>
internal static class MosipApiVariables
{
    private const string Gateway = "OPENCRVS_GATEWAY_URL";
    private const string PublicKey = "OPENCRVS_PUBLIC_KEY_URL";
    private const string CreatePacket = "MOSIP_CREATE_PACKET_URL";
    private const string DecryptFile = "DECRYPT_P12_FILE_PATH";
    private const string DecryptPassword = "DECRYPT_P12_FILE_PASSWORD";
    private const string EsignetKeyFile = "OIDP_CLIENT_PRIVATE_KEY_PATH";

    private const string PublicKeyPath = "/.well-known";
    private const string CreatePacketPath = "/commons/v1/packetmanager/createPacket";

    /// <summary>The field in which mosip-api always wrote the number.</summary>
    private const string NumberField = "child.nid";

    /// <summary>Ours, by mosip-api's variable: those whose value is the same.</summary>
    private static readonly (string Ours, string Theirs)[] Same =
    [
        (Of<OpenCrvsOptions>(nameof(OpenCrvsOptions.PublicKeyUrl)), PublicKey),
        (Of<OpenCrvsOptions>(nameof(OpenCrvsOptions.AuthUrl)), "OPENCRVS_AUTH_URL"),
        (Of<PacketOptions>(nameof(PacketOptions.AuthUrl)), "MOSIP_AUTH_URL"),
        (Of<PacketOptions>(nameof(PacketOptions.AuthAppId)), "MOSIP_AUTH_CLIENT_APP_ID"),
        (Of<PacketOptions>(nameof(PacketOptions.PacketUrl)), CreatePacket),
        (Of<PacketOptions>(nameof(PacketOptions.WorkflowUrl)), "MOSIP_PROCESS_PACKET_URL"),
        (Of<PacketOptions>(nameof(PacketOptions.CenterId)), "MOSIP_CENTER_ID"),
        (Of<PacketOptions>(nameof(PacketOptions.MachineId)), "MOSIP_MACHINE_ID"),
        (Of<WebSubOptions>(nameof(WebSubOptions.AuthUrl)), "MOSIP_AUTH_URL"),
        (Of<WebSubOptions>(nameof(WebSubOptions.AuthAppId)), "MOSIP_AUTH_CLIENT_APP_ID"),
        (Of<WebSubOptions>(nameof(WebSubOptions.HubUrl)), "MOSIP_WEBSUB_HUB_URL"),
        (Of<WebSubOptions>(nameof(WebSubOptions.CallbackUrl)), "MOSIP_WEBSUB_CALLBACK_URL"),
        (Of<WebSubOptions>(nameof(WebSubOptions.Topic)), "MOSIP_WEBSUB_TOPIC"),
        (Of<WebSubOptions>(nameof(WebSubOptions.VerificationMethods)), "MOSIP_VERIFIABLE_CREDENTIAL_ALLOWLIST"),
        (Of<WebSubOptions>(nameof(WebSubOptions.NumberAttributes)), "MOSIP_VERIFIABLE_CREDENTIAL_NATIONAL_ID_KEY"),
        (Of<EsignetOptions>(nameof(EsignetOptions.TokenUrl)), "ESIGNET_TOKEN_URL"),
        (Of<EsignetOptions>(nameof(EsignetOptions.UserInfoUrl)), "ESIGNET_USERINFO_URL"),
        (Of<EsignetOptions>(nameof(EsignetOptions.ClientAppUrl)), "CLIENT_APP_URL"),
        (Of(SecretNames.MosipAuthClientId), "MOSIP_PACKET_AUTH_CLIENT_ID"),
        (Of(SecretNames.MosipAuthClientSecret), "MOSIP_PACKET_AUTH_CLIENT_SECRET"),
        (Of(SecretNames.PartnerApiKey), "PARTNER_APIKEY"),
        (Of(SecretNames.MispLicenceKey), "PARTNER_MISP_LK"),
        (Of(SecretNames.SignP12Password), "SIGN_P12_FILE_PASSWORD"),
        ("TOKENSEEDER_MOSIP_AUTH:PARTNER_ID", "PARTNER_ID"),
        ("TOKENSEEDER_MOSIP_AUTH_SERVER:IDA_AUTH_DOMAIN_URI", "IDA_AUTH_DOMAIN_URI"),
        ("TOKENSEEDER_MOSIP_AUTH_SERVER:IDA_AUTH_URL", "IDA_AUTH_URL"),
        ("TOKENSEEDER_CRYPTO_ENCRYPT:ENCRYPT_CERT_PATH", "ENCRYPT_CERT_PATH"),
        ("TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE_PATH", "SIGN_P12_FILE_PATH"),
    ];

    /// <summary>All variables of mosip-api that are read, beside those whose names are ours too.</summary>
    internal static IReadOnlyList<string> Names { get; } =
    [
        .. Same.Select(one => one.Theirs)
            .Append(Gateway)
            .Append(DecryptFile)
            .Append(DecryptPassword)
            .Append(EsignetKeyFile)
            .Distinct(StringComparer.Ordinal),
    ];

    /// <summary>The configuration, with what mosip-api's variables say where ours say nothing.</summary>
    /// <param name="configuration">The host's configuration.</param>
    public static IConfiguration Over(IConfiguration configuration) =>
        Names.Any(name => IsSet(configuration, name))
            ? new ConfigurationBuilder().AddConfiguration(configuration).Add(new Source(configuration)).Build()
            : configuration;

    private static string Of<T>(string option)
        where T : ISettingsSection => $"{T.Section}:{option}";

    // A secret in the configuration: the variable that an environment variable becomes.
    private static string Of(string secret) => secret.Replace('-', '_').Replace("__", ":", StringComparison.Ordinal);

    private static bool IsSet(IConfiguration configuration, string name) =>
        SettingsReader.Variable(configuration, name) is not null;

    private static IEnumerable<(string Ours, string? Value)> Read(IConfiguration given)
    {
        foreach (var (ours, theirs) in Same)
        {
            yield return (ours, given[theirs]);
        }

        if (given[Gateway] is { Length: > 0 } gateway)
        {
            yield return (Of<ActionsOptions>(nameof(ActionsOptions.EventsUrl)), gateway.TrimEnd('/') + "/events");
            yield return (Of<ConfirmOptions>(nameof(ConfirmOptions.BirthNumberField)), NumberField);
        }

        // mosip-api 1.9 knows the auth service by its key alone.
        yield return (Of<OpenCrvsOptions>(nameof(OpenCrvsOptions.AuthUrl)), Before(given[PublicKey], PublicKeyPath));
        yield return (
            Of<PacketOptions>(nameof(PacketOptions.Url)),
            Before(given[CreatePacket], CreatePacketPath) ?? Host(given[CreatePacket])
        );
        yield return (Of(SecretNames.OpenCrvsPrivateKey), PrivateKey(given[DecryptFile], given[DecryptPassword]));
        yield return (Of(SecretNames.EsignetKey), Text(given[EsignetKeyFile]));
    }

    private static string? Before(string? address, string path) =>
        address is not null && address.EndsWith(path, StringComparison.Ordinal) ? address[..^path.Length] : null;

    private static string? Host(string? address) =>
        SettingsReader.ParseAddress(address)?.GetLeftPart(UriPartial.Authority);

    private static string? Text(string? path)
    {
        try
        {
            return path is { Length: > 0 } ? File.ReadAllText(path) : null;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            // The secret is missing then, and health says so.
            return null;
        }
    }

    /// <summary>The key that opens credentials: mosip-api has it as a P12.</summary>
    private static string? PrivateKey(string? path, string? password)
    {
        try
        {
            if (path is not { Length: > 0 })
            {
                return null;
            }

            var text = Convert.ToBase64String(File.ReadAllBytes(path));
            using var key = Pkcs12File
                .Open(text, password, rsaOnly: true)
                .Choose(TimeProvider.System.GetUtcNow())
                .Certificate.GetRSAPrivateKey();
            return key?.ExportPkcs8PrivateKeyPem();
        }
        catch (Exception unreadable)
            when (unreadable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return null;
        }
    }

    private sealed class Source(IConfiguration configuration) : IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(configuration);
    }

    private sealed class Provider : ConfigurationProvider, IDisposable
    {
        private readonly IConfiguration configuration;
        private readonly IDisposable watch;

        public Provider(IConfiguration configuration)
        {
            this.configuration = configuration;
            watch = ChangeToken.OnChange(configuration.GetReloadToken, Load);
        }

        public override void Load()
        {
            var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            foreach (var (ours, value) in Read(configuration))
            {
                if (!string.IsNullOrWhiteSpace(value) && !IsOurs(ours))
                {
                    data.TryAdd(ours, value);
                }
            }

            Data = data;
            OnReload();
        }

        public void Dispose() => watch.Dispose();

        // A value may stand under the name that it has as an environment variable.
        private bool IsOurs(string path) =>
            !string.IsNullOrWhiteSpace(configuration[path]) || IsSet(configuration, SettingsReader.Spell(path));
    }
}
