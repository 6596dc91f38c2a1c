using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Operations;
using NationalId.Core.Operations.OpenApi;
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
public static partial class NationalIdServices
{
    /// <summary>Registers everything that the functions need. Nothing is opened or called before it is used.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">
    /// The host's configuration: app settings, environment variables, local.settings.json.
    /// </param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddNationalId(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = new SettingsRegister(MosipApiVariables.Over(configuration));
        var client = services.AddSettings<NationalIdOptions>(settings);
        services.AddPlatform(settings);
        services.AddLedger();
        services.AddPipeline(settings);
        // The Functions host listens to every function's queue, also where its part is not configured. While a queue is
        // not there, it logs a warning each other second.
        services.AddSingleton(new StorageNeeds([], [ConfirmQueue.Name, ReconcileQueue.Name, SeederBatches.Queue], []));
        switch (client.Chosen)
        {
            case NationalIdOptions.MosipMediator:
                services.AddMosipMediator(settings);
                break;
            case NationalIdOptions.MosipPackets:
                services.AddMosipPackets(settings);
                break;
            case NationalIdOptions.Osia:
                services.AddOsia(settings);
                break;
            case NationalIdOptions.AnySystem:
                services.AddAnySystem(settings);
                break;
            default:
                // The start is refused: nobody has said which system. Nothing of any system is asked for.
                break;
        }

        services.AddOperations(settings);
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
        services.AddSettings<CallerOptions>(settings);
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
        services.AddSingleton<PayloadSeals>();
        services.AddSingleton<EventLedger>();
        services.AddSingleton<Registrations>();
        services.AddSingleton<RecordNumbers>();
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
        services.AddSingleton<RegistrationEvents>();
        services.AddSingleton<RegistrationTurns>();
        services.AddSingleton<RegistrationChanges>();
        services.AddSingleton<Revocations>();
        services.AddSingleton<PersonNumbers>();
        services.AddSingleton<RecordClaims>();
        services.AddSingleton<Destinations>();
        services.AddSingleton<MissingRows>();
        services.AddSingleton<EventClaims>();
        services.AddSingleton<Settlement>();
        services.AddSingleton<DeliverySwitch>();
        services.AddSingleton<EventDelivery>();
        services.AddSingleton<HeldBodies>();
        services.AddSingleton<ReturnAcceptor>();
        services.AddSingleton<EventResends>();
        services.AddSingleton<ReturnAnswers>();
        services.AddSingleton<IDestination, ReturnedNumbers>();
        services.AddSingleton<Sweep>();
        services.AddSingleton<ChoreClock>();
        services.AddSingleton<Backlog>();
        services.AddSingleton<QuarantineChore>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<QuarantineChore>());
        services.AddSingleton<OrphanAdoption>();
        services.AddSingleton<IChore, OrphanChore>();
        services.AddSingleton<IChore, PoisonQueueChore>();
        services.AddSingleton<IChore, StuckChore>();
        services.AddSingleton<IChore, RetentionChore>();
        services.AddSingleton<IChore, SecretsChore>();
        services.AddSingleton(new StorageNeeds([], [], [OverdueTable.TableName]));
        services.AddSingleton<OverdueTable>();
        services.AddSingleton<OverdueChore>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<OverdueChore>());
        services.AddSingleton<IOutcome, NumberOutcome>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<Backlog>());
    }

    private static void AddOperations(this IServiceCollection services, SettingsRegister settings)
    {
        services.AddSettings<OperationsOptions>(settings);
        services.AddSingleton<Operators>();
        services.AddSingleton<Deployment>();
        services.AddSingleton<EventOrders>();
        services.AddSingleton<EventCounts>();
        services.AddSingleton<SubscriptionStates>();
        services.AddSingleton<OperatorSummary>();
        services.AddSingleton<EventSearch>();
        services.AddSingleton<EventCommands>();
        services.AddSingleton<ConfirmationCommands>();
        services.AddSingleton<RevocationCommands>();
        services.AddSingleton<OverdueCommands>();
        services.AddSingleton<HealthReport>();
        services.AddSingleton<ApiPage>();
        services.AddSingleton<HostGauges>();
        services.AddSingleton<OverdueGauges>();
        services.AddSingleton<ReconcileGauges>();
        services.AddSingleton<SubscriptionChore>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<SubscriptionChore>());
        services.AddSingleton<SubscriptionGauges>();
        services.AddHostedService<StartGauges>();
    }

    private static void AddStart(this IServiceCollection services, SettingsRegister settings, NationalIdOptions client)
    {
        services.AddSingleton<IValidateOptions<NationalIdOptions>>(new SettingsCheck(settings));
        services.AddOptions<NationalIdOptions>().ValidateOnStart();
        services.AddSingleton(
            new ChosenPath(
                client.PathName,
                client.ClientName,
                client.Chosen,
                NationalIdOptions.Section,
                [IdaMapping.Section]
            )
        );
        services.AddHostedService<StartReport>();
    }
}
