using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using NationalId.Core.AnySystem;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.OpenCrvs;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Operations;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Platform;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core;

/// <summary>The one composition of the National ID client, called by every host: a line a class.</summary>
public static class NationalIdServices
{
    /// <summary>Registers everything that the functions need. Nothing is opened or called before it is used.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">
    /// The host's configuration: app settings, environment variables, local.settings.json.
    /// </param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddNationalId(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = new SettingsRegister(configuration);
        var client = services.AddSettings<NationalIdOptions>(settings);
        services.AddPlatform(settings);
        services.AddLedger();
        services.AddPipeline(settings);
        switch (client.Chosen)
        {
            case NationalIdOptions.MosipMediator:
                services.AddMosipMediator(settings);
                break;
            case NationalIdOptions.AnySystem:
                services.AddAnySystem(settings);
                break;
            default:
                // The start is refused: nobody has said which system. Nothing of any system is asked for.
                break;
        }

        services.AddOperations();
        services.AddStart(settings, client);
        return services;
    }

    /// <summary>Checks the settings as the start does.</summary>
    /// <param name="configuration">The host's configuration.</param>
    public static ValidateOptionsResult CheckSettings(IConfiguration configuration)
    {
        using var services = new ServiceCollection().AddNationalId(configuration).BuildServiceProvider();
        return services
            .GetRequiredService<IValidateOptions<NationalIdOptions>>()
            .Validate(null, services.GetRequiredService<NationalIdOptions>());
    }

    private static void AddPlatform(this IServiceCollection services, SettingsRegister settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        settings.Add(new StorageSettings());
        settings.Add(new TelemetrySettings());
        services.AddSecrets(settings.Configuration, services.AddSettings<SecretOptions>(settings));
        services.AddNationalIdTelemetry(settings.Configuration);
        services.AddSingleton(settings.Configuration);
        services.AddSingleton<StorageClients>();
        services.AddSingleton<PoisonQueues>();
        services.AddSingleton<Circuits>();
        services.AddSingleton<SecretChecks>();
        services.AddSingleton<StorageProbe>();
        services.AddSingleton(typeof(Configured<>));
    }

    private static void AddLedger(this IServiceCollection services)
    {
        services.TryAddSingleton(EventKinds.Carried);
        services.AddSingleton(provider => new StorageNeeds(
            [PayloadStore.AcceptedContainer, Quarantine.ContainerName],
            provider.GetRequiredService<EventKinds>().Queues,
            [EventLedger.TableName, Registrations.TableName]
        ));
        services.AddSingleton<EventQueues>();
        services.AddSingleton<PayloadStore>();
        services.AddSingleton<EventLedger>();
        services.AddSingleton<Registrations>();
        services.AddSingleton<Watermarks>();
        services.AddSingleton<ISecretCheck, LedgerSecretCheck>();
    }

    private static void AddPipeline(this IServiceCollection services, SettingsRegister settings)
    {
        services.AddSingleton(services.AddSettings<DeliveryOptions>(settings).Patience());
        services.AddSettings<QuarantineOptions>(settings);
        services.AddSingleton<IntakeStorage>();
        services.AddSingleton<Replacements>();
        services.AddSingleton<EventAcceptor>();
        services.AddSingleton<Quarantine>();
        services.AddSettings<IntakeOptions>(settings);
        services.AddSingleton<UnprovedBodies>();
        services.AddSingleton<StoredEvents>();
        services.AddSingleton<Destinations>();
        services.AddSingleton<EventClaims>();
        services.AddSingleton<Settlement>();
        services.AddSingleton<DeliverySwitch>();
        services.AddSingleton<EventDelivery>();
        services.AddSingleton<ReturnAcceptor>();
        services.AddSingleton<ReturnAnswers>();
        services.AddSingleton<IDestination, ReturnedNumbers>();
        services.AddSingleton<Sweep>();
        services.AddSingleton<ChoreClock>();
        services.AddSingleton<Backlog>();
        services.AddSingleton<QuarantineChore>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<QuarantineChore>());
        services.AddSingleton<IChore, OrphanChore>();
        services.AddSingleton<IChore, PoisonQueueChore>();
        services.AddSingleton<IChore, StuckChore>();
        services.AddSingleton<IChore, RetentionChore>();
        services.AddSingleton<IChore, SecretsChore>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<Backlog>());
    }

    private static void AddOpenCrvs(this IServiceCollection services, SettingsRegister settings, int maxConcurrency)
    {
        services.AddSettings<OpenCrvsOptions>(settings);
        services.AddPartner(new Partner(OpenCrvsPartners.Mediator, OpenCrvsPartners.CallTimeout, maxConcurrency));
        services.AddPartner(new Partner(OpenCrvsPartners.Auth, OpenCrvsPartners.CallTimeout, maxConcurrency));
        services.AddPartner(new Partner(OpenCrvsPartners.Webhooks, OpenCrvsPartners.CallTimeout, maxConcurrency));
        services.AddSingleton<OpenCrvsTokens>();
        services.AddSingleton<OpenCrvsKeys>();
        services.AddSingleton<OpenCrvsBearers>();
        services.AddSingleton<LoggedOutTokens>();
        services.AddSingleton<IRecordWriter, MediatorClient>();
        services.AddSingleton<IEventReader, FhirEventReader>();
        services.AddSingleton<WebhookAcceptor>();
        services.AddSingleton<IAuthenticator>(provider => provider.GetRequiredService<WebhookAcceptor>());
        services.AddSingleton<WebhookIntake>();
        services.AddSingleton<Subscriptions>();
        services.AddSingleton<ISecretCheck, OpenCrvsSecretCheck>();
    }

    private static void AddMosipMediator(this IServiceCollection services, SettingsRegister settings)
    {
        var options = services.AddSettings<MosipOptions>(settings);
        services.AddOpenCrvs(settings, options.MaxConcurrency);
        services.AddPartner(new Partner(MosipPartners.Registration, options.Timeout, options.MaxConcurrency));
        services.AddPartner(new Partner(MosipPartners.Ida, options.Timeout, options.MaxConcurrency));
        var seeder = settings.Add(TokenSeederOptions.Read(settings.Configuration));
        seeder.NationalIdFormat = options.NationalIdFormat;
        services.AddSingleton(seeder);
        services.AddSingleton(IdaMapping.Read(settings.Configuration));
        services.AddSingleton<PartnerKeys>();
        services.AddSingleton<IIdaKeys>(provider => provider.GetRequiredService<PartnerKeys>());
        services.AddSingleton<IdaClient>();
        services.AddSingleton<IVerifier, IdaVerifier>();
        services.AddSingleton<MosipTokenClient>();
        services.AddSingleton<MosipClient>();
        services.AddSingleton<MosipSealer>();
        services.AddSingleton<ApplicationIds>();
        services.AddSingleton<AidSaves>();
        services.AddSingleton<MosipSender>();
        services.AddSingleton<BirthSearch>();
        services.AddSingleton<DeathLink>();
        services.AddSingleton<LinkedBirths>();
        services.AddSingleton<IDestination, MosipMediatorDestination>();
        services.AddSingleton<UinTokenReader>();
        services.AddSingleton<IReturnReader>(provider => provider.GetRequiredService<UinTokenReader>());
        services.AddSingleton<UinTokenGate>();
        services.AddSingleton<UinTokenIntake>();
        services.AddSingleton<ISecretCheck, MosipSecretCheck>();
        services.AddTokenSeeder(settings);
    }

    private static void AddTokenSeeder(this IServiceCollection services, SettingsRegister settings)
    {
        services.AddSettings<CallerOptions>(settings);
        services.AddSingleton<CallerLimiter>();
        services.AddSingleton<SeederGate>();
        services.AddSingleton<SeederAnswers>();
        services.AddSingleton<SeederSubmissions>();
        services.AddSingleton<DeceasedAuthentication>();
        services.AddSingleton<SeederAsker>();
        services.AddSingleton(
            new StorageNeeds([SeederStore.ContainerName], [SeederBatches.Queue], [SeederStore.TableName])
        );
        services.AddSingleton<SeederStore>();
        services.AddSingleton<SeederBatches>();
        services.AddSingleton<TokenSeederApi>();
        services.AddSingleton<IChore, SeederChore>();
    }

    private static void AddAnySystem(this IServiceCollection services, SettingsRegister settings)
    {
        var options = services.AddSettings<AnySystemOptions>(settings);
        services.AddOpenCrvs(settings, options.MaxConcurrency);
        services.AddSingleton<ClientCertificate>();
        services.AddPartner(
            new Partner(AnySystemOptions.PartnerName, options.Timeout, options.MaxConcurrency),
            (handler, provider) =>
                handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) =>
                    provider.GetRequiredService<ClientCertificate>().Current!
        );
        services.AddSingleton<NationalIdSystemClient>();
        services.AddSingleton<IDestination, AnySystemDestination>();
        services.AddSingleton<ISecretCheck, AnySystemSecretCheck>();
        services.AddSingleton<NationalIdReader>();
        services.AddSingleton<IReturnReader>(provider => provider.GetRequiredService<NationalIdReader>());
        services.AddSingleton<NationalIdIntake>();
    }

    private static void AddOperations(this IServiceCollection services)
    {
        services.AddSingleton<OperatorSummary>();
        services.AddSingleton<EventSearch>();
        services.AddSingleton<EventCommands>();
        services.AddSingleton<HealthReport>();
        services.AddSingleton<HostGauges>();
        services.AddHostedService<StartGauges>();
    }

    private static void AddStart(this IServiceCollection services, SettingsRegister settings, NationalIdOptions client)
    {
        services.AddSingleton<IValidateOptions<NationalIdOptions>>(new SettingsCheck(settings));
        services.AddOptions<NationalIdOptions>().ValidateOnStart();
        services.AddSingleton(
            new ChosenPath(client.PathName, client.Chosen, NationalIdOptions.Section, [IdaMapping.Section])
        );
        services.AddHostedService<StartReport>();
    }
}
