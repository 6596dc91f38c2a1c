using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Platform.Secrets;

/// <summary>Where secrets come from.</summary>
public sealed class SecretOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:Secrets";

    /// <summary>The Key Vault; without it secrets come from configuration (local runs).</summary>
    public Uri? KeyVaultUrl { get; set; }

    /// <summary>How long a secret is used before the vault is asked again.</summary>
    public TimeSpan CacheFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public void Check(SettingsProblems problems) =>
        problems.Between(CacheFor, TimeSpan.FromMilliseconds(1), SettingsProblems.Day);
}
