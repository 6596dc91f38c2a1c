using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Core.Mosip;
using NationalId.Core.Settings;
using NationalId.Core.TokenSeeder;

namespace NationalId.Core.Secrets;

/// <summary>Registers where secrets come from and the keys that are parsed from them.</summary>
internal static class SecretServices
{
    /// <summary>Key Vault when <c>NationalId__Secrets__KeyVaultUrl</c> is set, configuration otherwise.</summary>
    public static IServiceCollection AddSecrets(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = new NationalIdOptions();
        SettingsReader.Read(configuration, settings);
        var options = settings.Secrets;
        services.AddSingleton<ISecretStore>(provider => options.KeyVaultUrl is null
            ? new ConfigurationSecretStore(configuration)
            : KeyVaultSecretStore.Create(options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<KeyVaultSecretStore>>()));
        services.AddSingleton(provider => new PartnerKeys(provider.GetRequiredService<ISecretStore>(), provider.GetRequiredService<TokenSeederOptions>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PartnerKeys>>()));
        return services;
    }
}
