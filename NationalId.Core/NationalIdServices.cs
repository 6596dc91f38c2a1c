using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NationalId.Core.AnySystem;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Operations;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Settings;

namespace NationalId.Core;

/// <summary>
/// The one composition of the National ID client, called by every host (docs/architecture.md, "Solution").
/// </summary>
public static class NationalIdServices
{
    /// <summary>Registers everything that the functions need. Nothing is opened or called before it is used.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The host's configuration: app settings, environment variables,
    /// local.settings.json.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddNationalId(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        AddSettings(services, configuration);
        services.AddOptions<IdaMapping>().Bind(configuration.GetSection(IdaMapping.Section));
        services.AddSingleton(_ => TokenSeederOptions.Read(configuration));
        services.AddSecrets(configuration);
        services.AddNationalIdTelemetry(configuration);
        AddStorage(services, configuration);
        AddPartners(services);
        AddIntake(services);
        AddDelivery(services);
        AddTokenSeeder(services);
        AddOperations(services);
        AddSubscriptions(services);
        return services;
    }

    private static void AddSettings(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<NationalIdOptions>>(new NationalIdOptionsValidator(configuration));
        services
            .AddOptions<NationalIdOptions>()
            .Configure(options => SettingsReader.Read(configuration, options))
            .ValidateOnStart();
        services.AddHostedService(provider => new StartReport(
            configuration,
            provider.Get<IOptions<NationalIdOptions>>(),
            provider.Get<TokenSeederOptions>(),
            provider.Get<ILogger<StartReport>>()
        ));
    }

    private static void AddStorage(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(_ => new StorageClients(configuration));
        services.AddSingleton<EventQueues>();
        services.AddSingleton(provider => new PayloadStore(
            provider.Get<StorageClients>(),
            provider.Get<TimeProvider>()
        ));
        services.AddSingleton<EventLedger>();
        services.AddSingleton<Registrations>();
    }

    private static void AddPartners(IServiceCollection services)
    {
        services.AddSingleton<Circuits>();
        foreach (var service in (string[])[Partners.OpenCrvs, Partners.OpenCrvsAuth, Partners.OpenCrvsWebhooks])
        {
            services.AddPartner(
                service,
                options =>
                    (
                        TimeSpan.FromSeconds(20),
                        options.IsMosip ? options.Mosip.MaxConcurrency : options.DefaultSystem.MaxConcurrency
                    )
            );
        }

        services.AddPartner(Partners.Mosip, options => (options.Mosip.Timeout, options.Mosip.MaxConcurrency));
        services.AddPartner(Partners.Ida, options => (options.Mosip.Timeout, options.Mosip.MaxConcurrency));
        services.AddSingleton<ClientCertificate>();
        services.AddPartner(
            Partners.DefaultSystem,
            options => (options.DefaultSystem.Timeout, options.DefaultSystem.MaxConcurrency),
            (handler, provider) =>
                handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) =>
                    provider.Get<ClientCertificate>().Current!
        );
        services.AddSingleton(provider => new NationalIdSystemClient(
            provider.Http(Partners.DefaultSystem),
            provider.Get<ISecretStore>(),
            provider.Get<ClientCertificate>(),
            provider.Get<IOptions<NationalIdOptions>>(),
            provider.Get<TimeProvider>()
        ));
        services.AddSingleton(provider => new OpenCrvsTokens(
            provider.Http(Partners.OpenCrvsAuth),
            provider.Get<ISecretStore>(),
            provider.Get<IOptions<NationalIdOptions>>(),
            provider.Get<TimeProvider>()
        ));
        services.AddSingleton(provider => new MediatorClient(
            provider.Http(Partners.OpenCrvs),
            provider.Get<OpenCrvsTokens>(),
            provider.Get<IOptions<NationalIdOptions>>(),
            provider.Get<TimeProvider>()
        ));
        services.AddSingleton(provider => new MosipTokenClient(
            provider.Http(Partners.Mosip),
            provider.Get<ISecretStore>(),
            provider.Get<IOptions<NationalIdOptions>>().Value.Mosip,
            provider.Get<TimeProvider>()
        ));
        services.AddSingleton(provider => new MosipClient(
            provider.Http(Partners.Mosip),
            provider.Get<MosipTokenClient>(),
            provider.Get<IOptions<NationalIdOptions>>().Value.Mosip,
            provider.Get<TimeProvider>()
        ));
        services.AddSingleton(provider =>
        {
            var keys = provider.Get<PartnerKeys>();
            return new IdaClient(
                provider.Http(Partners.Ida),
                provider.Get<ISecretStore>(),
                stop => keys.GetSigningCertificateAsync(stop).AsTask(),
                stop => keys.GetIdaEncryptCertificateAsync(stop).AsTask(),
                provider.Get<TokenSeederOptions>(),
                provider.Get<TimeProvider>(),
                keys.RefreshSigning
            );
        });
    }

    private static void AddIntake(IServiceCollection services)
    {
        services.AddSingleton<EventAcceptor>();
        services.AddSingleton<Quarantine>();
        services.AddSingleton<ReturnReader>();
        services.AddSingleton(provider => new WebhookIntake(
            provider.Get<ISecretStore>(),
            provider.Get<PayloadStore>(),
            provider.Get<EventAcceptor>(),
            provider.Get<Quarantine>(),
            provider.Get<TimeProvider>(),
            provider.Get<ILogger<WebhookIntake>>()
        ));
        services.AddSingleton(provider => new ReturnIntake(
            provider.Get<ReturnReader>(),
            provider.Get<OpenCrvsTokens>(),
            provider.Get<ISecretStore>(),
            provider.Get<Registrations>(),
            provider.Get<PayloadStore>(),
            provider.Get<EventAcceptor>(),
            provider.Get<TimeProvider>(),
            provider.Get<ILogger<ReturnIntake>>()
        ));
    }

    private static void AddSubscriptions(IServiceCollection services) =>
        services.AddSingleton(provider => new Subscriptions(
            provider.Http(Partners.OpenCrvsWebhooks),
            provider.Get<OpenCrvsTokens>(),
            provider.Get<ISecretStore>(),
            provider.Get<StorageClients>(),
            provider.Get<IOptions<NationalIdOptions>>(),
            provider.Get<TimeProvider>(),
            provider.Get<ILogger<Subscriptions>>()
        ));

    private static void AddDelivery(IServiceCollection services)
    {
        services.AddSingleton<DeliverySwitch>();
        services.AddSingleton<MosipSealer>();
        services.AddSingleton<DeathLink>();
        services.AddSingleton<MosipDestination>();
        services.AddSingleton<DefaultDestination>();
        services.AddSingleton<ReturnDelivery>();
        services.AddSingleton(provider => new EventDelivery(
            topic =>
                topic is Topics.UinToken or Topics.NationalId ? provider.Get<ReturnDelivery>()
                : provider.Get<IOptions<NationalIdOptions>>().Value.IsMosip ? provider.Get<MosipDestination>()
                : provider.Get<DefaultDestination>(),
            provider.Get<EventQueues>(),
            provider.Get<PayloadStore>(),
            provider.Get<EventLedger>(),
            provider.Get<EventAcceptor>(),
            provider.Get<DeliverySwitch>(),
            provider.Get<IOptions<NationalIdOptions>>(),
            provider.Get<TimeProvider>(),
            provider.Get<ILogger<EventDelivery>>()
        ));
    }

    private static void AddTokenSeeder(IServiceCollection services)
    {
        services.AddSingleton<SeederStore>();
        services.AddSingleton(provider => new SeederBatches(
            provider.Get<SeederStore>(),
            provider.Get<IdaClient>(),
            provider.Get<EventQueues>(),
            provider.Get<DeliverySwitch>(),
            provider.Get<IOptions<IdaMapping>>(),
            provider.Get<IOptions<NationalIdOptions>>(),
            provider.Get<TokenSeederOptions>(),
            provider.Get<TimeProvider>(),
            provider.Get<ILogger<SeederBatches>>()
        ));
        services.AddSingleton(provider => new TokenSeederApi(
            provider.Get<IdaClient>(),
            provider.Get<Registrations>(),
            provider.Get<SeederStore>(),
            provider.Get<SeederBatches>(),
            provider.Get<IOptions<IdaMapping>>(),
            provider.Get<TokenSeederOptions>(),
            provider.Get<TimeProvider>(),
            provider.Get<ILogger<TokenSeederApi>>()
        ));
    }

    private static void AddOperations(IServiceCollection services)
    {
        services.AddSingleton(provider => new Sweep(
            provider.Get<StorageClients>(),
            provider.Get<PayloadStore>(),
            provider.Get<EventQueues>(),
            provider.Get<EventLedger>(),
            provider.Get<EventAcceptor>(),
            provider.Get<Quarantine>(),
            provider.Get<WebhookIntake>(),
            provider.Get<DeliverySwitch>(),
            provider.Get<SeederBatches>(),
            provider.Get<ISecretStore>(),
            provider.Get<PartnerKeys>(),
            provider.Get<Backlog>(),
            provider.Get<IOptions<NationalIdOptions>>(),
            provider.Get<TimeProvider>(),
            provider.Get<ILogger<Sweep>>()
        ));
        services.AddSingleton(provider => new EventOperations(
            provider.Get<EventLedger>(),
            provider.Get<Registrations>(),
            provider.Get<EventQueues>(),
            provider.Get<DeliverySwitch>(),
            provider.Get<Circuits>(),
            provider.Get<Quarantine>(),
            provider.Get<ISecretStore>(),
            provider.Get<Subscriptions>(),
            provider.Get<TimeProvider>(),
            provider.Get<ILogger<EventOperations>>()
        ));
        services.AddSingleton(provider => new HealthReport(
            provider.Get<StorageClients>(),
            provider.Get<ISecretStore>(),
            provider.Get<PartnerKeys>(),
            provider.Get<Subscriptions>(),
            provider.Get<TimeProvider>()
        ));
    }

    private static T Get<T>(this IServiceProvider provider)
        where T : notnull => provider.GetRequiredService<T>();

    private static HttpClient Http(this IServiceProvider provider, string partner) =>
        provider.Get<IHttpClientFactory>().CreateClient(partner);
}
