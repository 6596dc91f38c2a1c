using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Secrets;

namespace NationalId.Core;

/// <summary>The one composition of the National ID client, called by every host (design section 3).</summary>
public static class NationalIdServices
{
    /// <summary>Registers everything that the functions need.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The host's configuration: app settings, environment variables, local.settings.json.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddNationalId(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSecrets(configuration);
        return services;
    }
}
