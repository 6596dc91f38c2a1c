using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.OpenCrvs.Interop;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Operations;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core;

// What speaks with OpenCRVS.
public static partial class NationalIdServices
{
    private const int SearchCalls = 4;

    // 1.7 and later mark every row that they answer before they answer.
    private static readonly TimeSpan SearchTimeout = TimeSpan.FromMinutes(1);

    private static void AddOpenCrvs(this IServiceCollection services, SettingsRegister settings, int maxConcurrency)
    {
        var actions = services.AddSettings<ActionsOptions>(settings);
        services.AddSettings<OpenCrvsOptions>(settings).HasWebhooks = actions.HasWebhooks;
        services.AddPartner(new Partner(OpenCrvsPartners.Mediator, OpenCrvsPartners.CallTimeout, maxConcurrency));
        services.AddPartner(new Partner(OpenCrvsPartners.Auth, OpenCrvsPartners.CallTimeout, maxConcurrency));
        services.AddPartner(new Partner(OpenCrvsPartners.Webhooks, OpenCrvsPartners.CallTimeout, maxConcurrency));
        services.AddSingleton<OpenCrvsTokens>();
        services.AddSingleton<OpenCrvsKeys>();
        services.AddSingleton<OpenCrvsBearers>();
        services.AddSingleton<LoggedOutTokens>();
        services.AddSingleton<MediatorClient>();
        services.AddSingleton<IEventReader, FhirEventReader>();
        services.AddSingleton<WebhookAcceptor>();
        services.AddSingleton<IAuthenticator>(provider => provider.GetRequiredService<WebhookAcceptor>());
        services.AddSingleton<SignedBodies>();
        services.AddSingleton<RevocationIntake>();
        services.AddSingleton<Subscriptions>();
        services.AddSingleton<ISubscriber>(provider => provider.GetRequiredService<Subscriptions>());
        services.AddSingleton<ISecretCheck, OpenCrvsSecretCheck>();
        if (actions.HasWebhooks)
        {
            services.AddSingleton<WebhookIntake>();
        }

        services.AddActions(settings, maxConcurrency);
        services.AddRecords(settings, maxConcurrency);
        services.AddReconcile(settings);
        if (actions.HasTriggers)
        {
            services.AddSingleton<TriggerIntake>();
            services.AddConfirmations(actions);
        }
        else
        {
            services.AddSingleton<IRecordWriter>(provider => provider.GetRequiredService<MediatorClient>());
        }
    }

    private static void AddRecords(this IServiceCollection services, SettingsRegister settings, int maxConcurrency)
    {
        services.AddSettings<ConfirmOptions>(settings);
        services.AddPartner(new Partner(OpenCrvsPartners.Events, OpenCrvsPartners.CallTimeout, maxConcurrency));
        services.AddSingleton<ConfirmationTable>();
        services.AddSingleton<ConfirmQueue>();
        services.AddSingleton<RecordTokens>();
        services.AddSingleton<RecordTokenExchange>();
        services.AddSingleton<RecordBearers>();
        services.AddSingleton<EventsClient>();
        services.AddSingleton<RecordAcceptance>();
        services.AddSingleton<RecordCorrections>();
        services.AddSingleton<RecordFields>();
        services.AddSingleton<Confirmer>();
        services.AddSingleton<Confirmations>();
    }

    private static void AddReconcile(this IServiceCollection services, SettingsRegister settings)
    {
        var options = services.AddSettings<ReconcileOptions>(settings);
        if (options.SourceNames.Count == 0)
        {
            return;
        }

        services.AddSingleton(
            new StorageNeeds(
                [ReindexParts.ContainerName],
                [ReconcileQueue.Name],
                [ReconcileTable.Name, BackfillTable.Name]
            )
        );
        services.AddSingleton<ReconcileTable>();
        services.AddSingleton<ReconcileQueue>();
        services.AddSingleton<SearchPace>();
        services.AddSingleton<SearchTokens>();
        services.AddSingleton<HeldRecords>();
        services.AddSingleton<RecordComparison>();
        services.AddSingleton<RecoveryRules>();
        services.AddSingleton<FetchedPayloads>();
        if (options.Has(ReconcileOptions.EventsSearch))
        {
            services.AddSingleton<EventsSearchClient>();
            services.AddSingleton<DocumentRecovery>();
            services.AddSingleton<IRecordSource, EventsSearchSource>();
            if (options.ReindexUrl is not null)
            {
                services.AddKeyedSingleton(ReindexTap.ClientName, (_, _) => ReindexClient());
                services.AddSingleton<ReindexBatches>();
                services.AddSingleton<ReindexTap>();
            }
        }

        if (options.HasRecordSearch)
        {
            services.AddPartner(new Partner(OpenCrvsPartners.Gateway, SearchTimeout, SearchCalls));
            services.AddSingleton<GraphQlClient>();
            services.AddSingleton<RecordSearchClient>();
            services.AddSingleton<RecordRecovery>();
            services.AddSingleton<RegistrationOffices>();
            services.AddSingleton<RecordSearchSource>();
            services.AddSingleton<IRecordSource>(provider => provider.GetRequiredService<RecordSearchSource>());
            services.AddSingleton<ISecretCheck, SearchSecretCheck>();
            if (options.VerifyByRecordSearch)
            {
                services.AddSingleton<IEventCheck, RecordCheck>();
            }
        }

        services.AddSingleton<Reconciliation>();
        services.AddSingleton<ReconcileSchedule>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<ReconcileSchedule>());
        services.AddSingleton<BackfillTable>();
        services.AddSingleton<ReindexParts>();
        services.AddSingleton<ReindexedRecords>();
        services.AddSingleton<BackfillPlan>();
        services.AddSingleton<BackfillRelease>();
        services.AddSingleton<Backfill>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<Backfill>());
        services.AddSingleton<ReconcileCommands>();
        services.AddSingleton<BackfillCommands>();
    }

    // A reindexing may be one request of hours, and nothing of it is repeated.
    private static HttpClient ReindexClient() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };

    private static void AddConfirmations(this IServiceCollection services, ActionsOptions actions)
    {
        services.AddSingleton(new StorageNeeds([], [ConfirmQueue.Name], [ConfirmationTable.Name]));
        services.AddSingleton<ConfirmDelivery>();
        services.AddSingleton<UnnotedRecords>();
        services.AddSingleton<IRecordWriter, ActionRecordWriter>();
        services.AddSingleton<UnstoredTriggers>();
        services.AddSingleton<ConfirmChore>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<ConfirmChore>());
        services.AddSingleton<IChore, RecordTokenChore>();
        if (actions.Api != OpenCrvsVersion.V2_1)
        {
            services.AddSingleton<ISecretCheck, RecordTokenSecretCheck>();
        }
    }

    private static void AddActions(this IServiceCollection services, SettingsRegister settings, int maxConcurrency)
    {
        services.AddSettings<FieldOptions>(settings);
        services.AddPartner(new Partner(OpenCrvsPartners.CountryConfig, OpenCrvsPartners.CallTimeout, maxConcurrency));
        services.AddSingleton<IEventReader, ActionEventReader>();
        services.AddSingleton<Eligibility>();
        services.AddSingleton<TriggerTokens>();
        services.AddSingleton<TriggerStore>();
        services.AddSingleton<TriggerAcceptor>();
        services.AddSingleton<TriggerRevocations>();
        services.AddSingleton<TriggerCorrections>();
        services.AddSingleton<EventForms>();
        services.AddSingleton<FormCheck>();
        services.AddHostedService<StartFormCheck>();
    }

    private static void AddInterop(this IServiceCollection services, SettingsRegister settings)
    {
        if (settings.Get<ActionsOptions>().HasTriggers)
        {
            services.AddSingleton<IEventReader, InteropEventReader>();
            services.AddSingleton<InteropAcceptor>();
            services.AddSingleton<InteropIntake>();
        }
    }
}
