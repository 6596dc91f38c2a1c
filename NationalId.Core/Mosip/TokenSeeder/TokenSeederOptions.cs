using System.Globalization;
using Microsoft.Extensions.Configuration;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// The Token Seeder's variables, read under the names that its docker-compose uses (docs/protocols.md, "Token Seeder"),
/// so that a country can move its settings as they are.
/// An environment variable's <c>__</c> reaches the configuration as <c>:</c>; both spellings are found.
/// </summary>
public sealed class TokenSeederOptions : ISettings
{
    private const string IdaAddress = "TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL";

    /// <summary>
    /// <c>TOKENSEEDER_MOSIP_AUTH__PARTNER_ID</c>: the authentication partner's id, second path part of every IDA call.
    /// </summary>
    public string PartnerId { get; set; } = "";

    /// <summary>
    /// <c>TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL</c>: IDA's authentication address without licence, partner and
    /// key.
    /// </summary>
    public Uri? IdaAuthUrl { get; set; }

    /// <summary><c>TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_DOMAIN_URI</c>: sent as <c>domainUri</c>.</summary>
    public string IdaAuthDomainUri { get; set; } = "";

    /// <summary><c>TOKENSEEDER_MOSIP_AUTH__IDA_AUTH_ENV</c>: sent as <c>env</c>.</summary>
    public string IdaAuthEnvironment { get; set; } = "Staging";

    /// <summary>
    /// <c>TOKENSEEDER_CRYPTO_ENCRYPT__ENCRYPT_CERT_PATH</c>: the IDA partner certificate as a mounted file; absent:
    /// from the secret store.
    /// </summary>
    public string? EncryptCertificatePath { get; set; }

    /// <summary>
    /// <c>TOKENSEEDER_CRYPTO_SIGNATURE__SIGN_P12_FILE_PATH</c>: the signing P12 as a mounted file; absent: from the
    /// secret store.
    /// </summary>
    public string? SignP12Path { get; set; }

    /// <summary>
    /// <c>TOKENSEEDER_AUTHTOKEN__MANDATORY_VALIDATION_AUTH_FIELDS</c>: fields that authdata must have, separated by
    /// commas (a JSON array works too).
    /// </summary>
    public IReadOnlyList<string> MandatoryFields { get; set; } = [];

    /// <summary>
    /// <c>TOKENSEEDER_ROOT__SYNC_OPERATION_MODE</c>: whether one person (an object in <c>authdata</c>) is answered at
    /// once; false refuses it with 422.
    /// </summary>
    public bool SyncOperationMode { get; set; } = true;

    /// <summary>
    /// <c>TOKENSEEDER_AUTHTOKEN__SYNC_TIMEOUT_SECONDS</c> (ours): how long OpenCRVS waits for a synchronous answer at
    /// most.
    /// </summary>
    public TimeSpan SyncTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// <c>TOKENSEEDER_ROOT__DEFAULT_LANG_CODE</c>: the language of a request that names none; absent:
    /// <see cref="Ida.IdaMapping.Language"/>.
    /// </summary>
    public string? DefaultLanguage { get; set; }

    /// <summary><c>TOKENSEEDER_ROOT__NAME_DELIMITER</c>: put between the fields that a name is built from.</summary>
    public string NameDelimiter { get; set; } = " ";

    /// <summary>
    /// <c>TOKENSEEDER_ROOT__FULL_ADDRESS_DELIMITER</c>: put between the fields that an address is built from.
    /// </summary>
    public string FullAddressDelimiter { get; set; } = ", ";

    /// <summary>
    /// <c>TOKENSEEDER_CLEANUP__CLEANUP_EXPIRY_SECONDS</c>: how long a batch's lines and results are kept, counted from
    /// its upload.
    /// </summary>
    public TimeSpan FileRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How UINs and VIDs look: <c>NationalId__Mosip__UinLength</c> and its neighbours.</summary>
    internal NationalIdFormat NationalIdFormat { get; set; } = new();

    /// <summary>Reads the variables.</summary>
    /// <param name="configuration">The host's configuration.</param>
    public static TokenSeederOptions Read(IConfiguration configuration)
    {
        var options = new TokenSeederOptions
        {
            PartnerId = Value("TOKENSEEDER_MOSIP_AUTH__PARTNER_ID") ?? "",
            IdaAuthUrl = Uri.TryCreate(
                Value("TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL"),
                UriKind.Absolute,
                out var url
            )
                ? url
                : null,
            IdaAuthDomainUri = Value("TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_DOMAIN_URI") ?? "",
            EncryptCertificatePath = Value("TOKENSEEDER_CRYPTO_ENCRYPT__ENCRYPT_CERT_PATH"),
            SignP12Path = Value("TOKENSEEDER_CRYPTO_SIGNATURE__SIGN_P12_FILE_PATH"),
        };
        options.IdaAuthEnvironment = Value("TOKENSEEDER_MOSIP_AUTH__IDA_AUTH_ENV") ?? options.IdaAuthEnvironment;
        if (Value("TOKENSEEDER_AUTHTOKEN__MANDATORY_VALIDATION_AUTH_FIELDS") is { } fields)
        {
            options.MandatoryFields = fields.Split([',', '[', ']', '"', ' '], StringSplitOptions.RemoveEmptyEntries);
        }

        if (bool.TryParse(Value("TOKENSEEDER_ROOT__SYNC_OPERATION_MODE"), out var sync))
        {
            options.SyncOperationMode = sync;
        }

        if (double.TryParse(Value("TOKENSEEDER_AUTHTOKEN__SYNC_TIMEOUT_SECONDS"), out var seconds) && seconds > 0)
        {
            options.SyncTimeout = TimeSpan.FromSeconds(seconds);
        }

        options.DefaultLanguage = Value("TOKENSEEDER_ROOT__DEFAULT_LANG_CODE");
        options.NameDelimiter = Value("TOKENSEEDER_ROOT__NAME_DELIMITER") ?? options.NameDelimiter;
        options.FullAddressDelimiter =
            Value("TOKENSEEDER_ROOT__FULL_ADDRESS_DELIMITER") ?? options.FullAddressDelimiter;
        if (
            double.TryParse(Value("TOKENSEEDER_CLEANUP__CLEANUP_EXPIRY_SECONDS"), out var expiry)
            && expiry is > 0 and < 1e9
        )
        {
            options.FileRetention = TimeSpan.FromSeconds(expiry);
        }

        return options;

        string? Value(string variable) => SettingsReader.Variable(configuration, variable);
    }

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        const string Link = "without it no death can be linked to its birth";
        if (problems.Variable("TOKENSEEDER_MOSIP_AUTH__PARTNER_ID") is null)
        {
            problems.Add(
                "TOKENSEEDER_MOSIP_AUTH__PARTNER_ID",
                $"is missing: the authentication partner's id at MOSIP; {Link}"
            );
        }

        if (problems.Variable(IdaAddress) is not { } address)
        {
            problems.Add(IdaAddress, $"is missing: IDA's authentication address; {Link}");
        }
        else if (SettingsReader.ParseAddress(address) is null)
        {
            problems.Add(IdaAddress, "must be an absolute http or https address");
        }

        if (problems.Variable("TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_DOMAIN_URI") is null)
        {
            problems.Add(
                "TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_DOMAIN_URI",
                $"is missing: sent to IDA as domainUri; {Link}"
            );
        }

        if (problems.Variable("TOKENSEEDER_ROOT__SYNC_OPERATION_MODE") is { } mode && !bool.TryParse(mode, out _))
        {
            problems.Add("TOKENSEEDER_ROOT__SYNC_OPERATION_MODE", "must be true or false");
        }

        CheckSeconds(problems, "TOKENSEEDER_AUTHTOKEN__SYNC_TIMEOUT_SECONDS");
        CheckSeconds(problems, "TOKENSEEDER_CLEANUP__CLEANUP_EXPIRY_SECONDS");
    }

    /// <inheritdoc/>
    public IEnumerable<(string Setting, Uri Address)> Addresses() =>
        IdaAuthUrl is { } address ? [(IdaAddress, address)] : [];

    private static void CheckSeconds(SettingsProblems problems, string variable)
    {
        if (
            problems.Variable(variable) is { } text
            && !(
                double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && number is > 0 and < 1e9
            )
        )
        {
            problems.Add(variable, "must be a number of seconds above 0");
        }
    }
}
