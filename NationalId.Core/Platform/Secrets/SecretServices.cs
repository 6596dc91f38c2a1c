using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Core.Mosip;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Platform.Secrets;

/// <summary>Registers where secrets come from and the keys that are parsed from them.</summary>
internal static class SecretServices
{
    /// <summary>Key Vault when <c>NationalId__Secrets__KeyVaultUrl</c> is set, configuration otherwise.</summary>
    public static IServiceCollection AddSecrets(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = new NationalIdOptions();
        SettingsReader.Read(configuration, settings);
        var options = settings.Secrets;
        if (options.KeyVaultUrl is { } vault)
        {
            // As the app's managed identity; elsewhere as the service principal or the developer that
            // DefaultAzureCredential finds.
            services.AddSingleton(_ => new SecretClient(
                vault,
                new DefaultAzureCredential(),
                KeyVaultSecretStore.ClientOptions()
            ));
            services.AddSingleton<ISecretStore>(provider => new KeyVaultSecretStore(
                provider.GetRequiredService<SecretClient>(),
                options,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<KeyVaultSecretStore>>()
            ));
        }
        else
        {
            services.AddSingleton<ISecretStore>(new ConfigurationSecretStore(configuration));
        }

        services.AddSingleton(provider => new PartnerKeys(
            provider.GetRequiredService<ISecretStore>(),
            provider.GetRequiredService<TokenSeederOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PartnerKeys>>()
        ));
        return services;
    }
}
