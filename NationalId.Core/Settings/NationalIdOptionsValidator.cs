using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Settings;

/// <summary>
/// Refuses a start with settings that are missing, unreadable or contradictory, and names them all in one message, each
/// as the app setting to mend.
/// What belongs to the path that is not taken is not looked at. Secrets are not checked here: the vault may be away for
/// a while.
/// </summary>
/// <param name="configuration">The host's configuration.</param>
public sealed class NationalIdOptionsValidator(IConfiguration configuration) : IValidateOptions<NationalIdOptions>
{
    private const string OnlyOne =
        "there can be only one National ID client: OpenCRVS allows no second one, and two would each draw an identity for the same birth. Name it in NationalId__ClientName alone";

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, NationalIdOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = new List<string>();
        CheckOneClient(options, problems);
        SettingsReader.Read(
            configuration,
            new NationalIdOptions(),
            (setting, wanted) => problems.Add($"{setting} {wanted}.")
        );
        CheckStorage(problems);
        CheckTelemetry(problems);
        if (options.ClientName.Length > 0)
        {
            // Without a name nobody knows which path's settings to ask for.
            CheckOpenCrvs(options.OpenCrvs, problems);
            if (options.IsMosip)
            {
                CheckMosip(options.Mosip, problems);
                CheckTokenSeeder(problems);
            }
            else
            {
                CheckDefaultSystem(options.DefaultSystem, problems);
            }
        }

        CheckDelivery(options, problems);
        // A value that can't be read is not also missing.
        var texts = problems.GroupBy(problem => problem.Split(' ')[0]).Select(about => about.First()).ToList();
        return texts.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"The National ID client can't start with these app settings:{string.Concat(texts.Select(text => $"{Environment.NewLine}  - {text}"))}"
            );
    }

    private void CheckOneClient(NationalIdOptions options, List<string> problems)
    {
        var section = configuration.GetSection(NationalIdOptions.Section);
        var named = section.GetSection(nameof(NationalIdOptions.ClientName));
        if (named.GetChildren().Any())
        {
            problems.Add($"{SettingsReader.Spell(named.Path)} is a list, but {OnlyOne}.");
        }
        else if (options.ClientName.AsSpan().IndexOfAny(',', ';') >= 0)
        {
            problems.Add($"{SettingsReader.Spell(named.Path)} names several clients, but {OnlyOne}.");
        }
        else if (options.ClientName.Length == 0)
        {
            problems.Add(
                $"{SettingsReader.Spell(named.Path)} is missing: the National ID client's name in OpenCRVS, MOSIP for the MOSIP path."
            );
        }

        foreach (var child in section.GetChildren().Where(child => IsClientList(child.Key)))
        {
            problems.Add($"{SettingsReader.Spell(child.Path)} configures another client, but {OnlyOne}.");
        }

        static bool IsClientList(string key) =>
            int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            || key.Equals("Clients", StringComparison.OrdinalIgnoreCase)
            || key.Equals("ClientNames", StringComparison.OrdinalIgnoreCase);
    }

    private void CheckStorage(List<string> problems)
    {
        try
        {
            _ = new StorageClients(configuration);
        }
        catch (InvalidOperationException missing)
        {
            problems.Add(missing.Message);
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentException)
        {
            problems.Add(
                $"{StorageClients.Connection} must be a storage connection string, or {StorageClients.Connection}__accountName and the like for an identity-based connection."
            );
        }
    }

    private void CheckTelemetry(List<string> problems)
    {
        if (
            Variable(TelemetryServices.AzureConnection) is { } connection
            && !TelemetryServices.IsConnection(connection)
        )
        {
            problems.Add(
                $"{TelemetryServices.AzureConnection} must be the connection string that Application Insights shows."
            );
        }

        if (Variable(TelemetryServices.Collector) is { } collector && SettingsReader.ParseAddress(collector) is null)
        {
            problems.Add($"{TelemetryServices.Collector} must be an absolute http or https address.");
        }
    }

    private static void CheckOpenCrvs(OpenCrvsOptions openCrvs, List<string> problems)
    {
        Need(openCrvs.AuthUrl, problems, "OpenCRVS's auth service");
        Need(
            openCrvs.MediatorUrl,
            problems,
            "the country configuration's mediator, where numbers are saved on the record"
        );
        var topics = openCrvs.Topics.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (
            topics.Length == 0
            || topics.Any(topic => HubTopics.KindOf(topic) is null && !HubTopics.IsKnownButNotCarried(topic))
        )
        {
            problems.Add(
                $"{Name(openCrvs.Topics)} must name topics of OpenCRVS, separated by commas: BIRTH_REGISTERED,DEATH_REGISTERED."
            );
        }

        var fields = openCrvs.TokenFields;
        if (fields.Contains("") || fields.Distinct().Count() < fields.Count)
        {
            problems.Add(
                $"{Name(openCrvs.TokenField)} must name fields of the mediator's body, separated by commas, each once: UINTOKEN,MOSIP_PSUT_TOKEN_ID."
            );
        }

        CheckPublicKey(openCrvs, problems);
        var earlier = openCrvs
            .StaleCallbacks.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(SettingsReader.ParseAddress)
            .ToList();
        if (earlier.Contains(null))
        {
            problems.Add(
                $"{Name(openCrvs.StaleCallbacks)} must name absolute http or https addresses, separated by commas."
            );
        }
        else if (openCrvs.CallbackUrl is { } callback && earlier.Contains(callback))
        {
            problems.Add($"{Name(openCrvs.StaleCallbacks)} names {Name(openCrvs.CallbackUrl)}, which is not stale.");
        }
    }

    private static void CheckPublicKey(OpenCrvsOptions openCrvs, List<string> problems)
    {
        if (openCrvs.PublicKey is not { } pem)
        {
            return;
        }

        try
        {
            OpenCrvsKeys.Read(pem);
        }
        catch (CryptographicException unusable)
        {
            problems.Add($"{Name(openCrvs.PublicKey)} must be a public key as PEM: {unusable.Message}.");
        }

        if (openCrvs.PublicKeyUrl is not null)
        {
            problems.Add($"{Name(openCrvs.PublicKeyUrl)} is set beside {Name(openCrvs.PublicKey)}: remove one.");
        }
    }

    private static void CheckMosip(MosipOptions mosip, List<string> problems)
    {
        Need(mosip.GenerateAidUrl, problems, "MOSIP draws application ids there");
        Need(mosip.BirthUrl, problems, "MOSIP takes births there");
        Need(mosip.DeathUrl, problems, "MOSIP takes deaths there");
        Between(mosip.Timeout, TimeSpan.FromMilliseconds(10), Day, problems);
        Between(mosip.MaxConcurrency, 1, 10_000, problems);
    }

    private void CheckTokenSeeder(List<string> problems)
    {
        const string Link = "without it no death can be linked to its birth";
        if (Variable("TOKENSEEDER_MOSIP_AUTH__PARTNER_ID") is null)
        {
            problems.Add(
                $"TOKENSEEDER_MOSIP_AUTH__PARTNER_ID is missing: the authentication partner's id at MOSIP; {Link}."
            );
        }

        if (SettingsReader.ParseAddress(Variable("TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL")) is null)
        {
            problems.Add(
                Variable("TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL") is null
                    ? $"TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL is missing: IDA's authentication address; {Link}."
                    : "TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL must be an absolute http or https address."
            );
        }

        if (Variable("TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_DOMAIN_URI") is null)
        {
            problems.Add(
                $"TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_DOMAIN_URI is missing: sent to IDA as domainUri; {Link}."
            );
        }

        if (Variable("TOKENSEEDER_ROOT__SYNC_OPERATION_MODE") is { } mode && !bool.TryParse(mode, out _))
        {
            problems.Add("TOKENSEEDER_ROOT__SYNC_OPERATION_MODE must be true or false.");
        }

        foreach (
            var seconds in (string[])
                ["TOKENSEEDER_AUTHTOKEN__SYNC_TIMEOUT_SECONDS", "TOKENSEEDER_CLEANUP__CLEANUP_EXPIRY_SECONDS"]
        )
        {
            if (
                Variable(seconds) is { } text
                && !(
                    double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    && number is > 0 and < 1e9
                )
            )
            {
                problems.Add($"{seconds} must be a number of seconds above 0.");
            }
        }
    }

    private static void CheckDefaultSystem(DefaultSystemOptions system, List<string> problems)
    {
        if (system.BirthUrl is null && system.DeathUrl is null)
        {
            problems.Add(
                $"{Name(system.BirthUrl)} is missing, and {Name(system.DeathUrl)} too: one of them at least must say where the National ID system takes events."
            );
        }

        if (system.Authentication == DefaultSystemAuthentication.OAuth)
        {
            Need(system.TokenUrl, problems, $"{Name(system.Authentication)} is OAuth");
        }
        else if (system.TokenUrl is not null)
        {
            problems.Add(
                $"{Name(system.TokenUrl)} is set, but {Name(system.Authentication)} is {system.Authentication}: set that to OAuth, or remove this."
            );
        }

        Between(system.Timeout, TimeSpan.FromMilliseconds(10), Day, problems);
        Between(system.MaxConcurrency, 1, 10_000, problems);
    }

    private static void CheckDelivery(NationalIdOptions options, List<string> problems)
    {
        var delivery = options.Delivery;
        var least = TimeSpan.FromMilliseconds(1);
        var years = TimeSpan.FromDays(3650);
        Between(delivery.FirstDelay, least, Day, problems);
        // A queue hides a message for seven days at most, and a delay is spread by a fifth.
        Between(delivery.LongestDelay, least, TimeSpan.FromDays(5), problems);
        Between(delivery.StuckAfter, least, years, problems);
        Between(delivery.OrphanAfter, least, years, problems);
        Between(delivery.PayloadRetention, least, years, problems);
        Between(delivery.QuickRetries, 0, 10, problems);
        Between(delivery.CircuitBreak, TimeSpan.FromMilliseconds(500), Day, problems);
        Between(delivery.LeaseFor, least, Day, problems);
        Between(delivery.LinkPatience, TimeSpan.Zero, years, problems);
        Between(delivery.IntakeStorageBudget, least, Day, problems);
        Between(options.Quarantine.MaxCount, 0, int.MaxValue, problems);
        Between(options.Quarantine.MaxBytes, 0, long.MaxValue, problems);
        Between(options.Secrets.CacheFor, least, Day, problems);
        if (delivery.FirstDelay > delivery.LongestDelay)
        {
            problems.Add(
                $"{Name(options.Delivery.FirstDelay)} must not be longer than {Name(options.Delivery.LongestDelay)}."
            );
        }

        var (timeout, setting) = options.IsMosip
            ? (options.Mosip.Timeout, Name(options.Mosip.Timeout))
            : (options.DefaultSystem.Timeout, Name(options.DefaultSystem.Timeout));
        if (delivery.LeaseFor <= timeout)
        {
            problems.Add(
                $"{Name(options.Delivery.LeaseFor)} must be longer than {setting}: another worker would take an event while its call is still under way."
            );
        }
    }

    private string? Variable(string variable) =>
        (configuration[variable] ?? configuration[variable.Replace("__", ":", StringComparison.Ordinal)]) is { } value
        && !string.IsNullOrWhiteSpace(value)
            ? value
            : null;

    private static void Need(
        Uri? address,
        List<string> problems,
        string why,
        [CallerArgumentExpression(nameof(address))] string expression = ""
    )
    {
        if (address is null)
        {
            problems.Add($"{Name(address, expression)} is missing: {why}.");
        }
    }

    private static void Between<T>(
        T value,
        T least,
        T most,
        List<string> problems,
        [CallerArgumentExpression(nameof(value))] string expression = ""
    )
        where T : struct, IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            problems.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Name(value, expression)} must be from {least} to {most}."
                )
            );
        }
    }

    /// <summary>
    /// The app setting of an option, from how the code spells it: <c>mosip.BirthUrl</c> is
    /// <c>NationalId__Mosip__BirthUrl</c>.
    /// </summary>
    private static string Name(object? value, [CallerArgumentExpression(nameof(value))] string expression = "")
    {
        _ = value;
        var parts = expression.Split('.')[^2..];
        var group = parts[0] switch
        {
            "openCrvs" => nameof(NationalIdOptions.OpenCrvs),
            "mosip" => nameof(NationalIdOptions.Mosip),
            "system" => nameof(NationalIdOptions.DefaultSystem),
            "delivery" => nameof(NationalIdOptions.Delivery),
            var other => other,
        };
        return $"{NationalIdOptions.Section}__{group}__{parts[1]}";
    }
}
