using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace NationalId.Core.Platform.Secrets;

/// <summary>Registers where secrets come from.</summary>
internal static class SecretServices
{
    /// <summary>Key Vault when <c>NationalId__Secrets__KeyVaultUrl</c> is set, configuration otherwise.</summary>
    public static void AddSecrets(this IServiceCollection services, IConfiguration configuration, SecretOptions options)
    {
        if (options.KeyVaultUrl is not { } vault)
        {
            services.AddSingleton<ISecretStore>(new ConfigurationSecretStore(configuration));
            return;
        }

        // As the app's managed identity; elsewhere as the service principal or the developer that
        // DefaultAzureCredential finds.
        services.AddSingleton(_ => new SecretClient(
            vault,
            new DefaultAzureCredential(),
            KeyVaultSecretStore.ClientOptions()
        ));
        services.AddSingleton<ISecretStore, KeyVaultSecretStore>();
    }
}
