using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core.AnySystem;

/// <summary>How the default National ID system lets us in.</summary>
public enum AnySystemAuthentication
{
    /// <summary>The signature alone.</summary>
    None,

    /// <summary>A bearer token by OAuth 2 client credentials.</summary>
    OAuth,

    /// <summary>A client certificate from the secret store.</summary>
    Certificate,
}

/// <summary>Any National ID system but MOSIP: it gets the original webhook body.</summary>
public sealed class AnySystemOptions : ISettingsSection
{
    /// <summary>The system's name in metrics and on the operator's page.</summary>
    public const string PartnerName = "national-id-system";

    /// <inheritdoc/>
    public static string Section => "NationalId:DefaultSystem";

    /// <summary>Takes births, and deaths too when <see cref="DeathUrl"/> is absent.</summary>
    public Uri? BirthUrl { get; set; }

    /// <summary>Takes deaths.</summary>
    public Uri? DeathUrl { get; set; }

    /// <summary>How the system lets us in.</summary>
    public AnySystemAuthentication Authentication { get; set; }

    /// <summary>The OAuth 2 token endpoint, with <see cref="AnySystemAuthentication.OAuth"/>.</summary>
    public Uri? TokenUrl { get; set; }

    /// <summary>The OAuth 2 scope asked for; none when absent.</summary>
    public string? Scope { get; set; }

    /// <summary>The field of the mediator's body in which the number is saved.</summary>
    public string NationalIdField { get; set; } = "NATIONAL_ID";

    /// <summary>How long one call may take before it is given up and repeated.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many calls one process has under way at most.</summary>
    public int MaxConcurrency { get; set; } = 16;

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        if (BirthUrl is null && DeathUrl is null)
        {
            problems.AddOption(
                nameof(BirthUrl),
                $"is missing, and {problems.Name(nameof(DeathUrl))} too: one of them at least must say where the "
                    + "National ID system takes events"
            );
        }

        if (Authentication == AnySystemAuthentication.OAuth)
        {
            problems.Need(TokenUrl, $"{problems.Name(nameof(Authentication))} is OAuth");
        }
        else if (TokenUrl is not null)
        {
            problems.AddOption(
                nameof(TokenUrl),
                $"is set, but {problems.Name(nameof(Authentication))} is {Authentication}: set that to OAuth, or "
                    + "remove this"
            );
        }

        problems.Between(Timeout, TimeSpan.FromMilliseconds(10), SettingsProblems.Day);
        problems.Between(MaxConcurrency, 1, 10_000);
        problems.Other<DeliveryOptions>().CheckCall(problems, Timeout, problems.Name(nameof(Timeout)));
    }
}
