using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.AnySystem;
using NationalId.Core.OpenCrvs.Interop;
using NationalId.Core.Osia;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core;

// What speaks with other National ID systems.
public static partial class NationalIdServices
{
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
        services.AddSingleton<IOutcome, AnySystemOutcome>();
        services.AddSingleton<ISecretCheck, AnySystemSecretCheck>();
        services.AddSingleton<IReturnReader, NationalIdReader>();
        services.AddSingleton<NationalIdIntake>();
    }

    private static void AddOsia(this IServiceCollection services, SettingsRegister settings)
    {
        var options = services.AddSettings<OsiaOptions>(settings);
        services.AddOpenCrvs(settings, options.MaxConcurrency);
        services.AddPartner(new Partner(OsiaOptions.PartnerName, options.Timeout, options.MaxConcurrency));
        services.AddSingleton(
            new StorageNeeds(
                [],
                [],
                [DrawnNumbers.TableName, ServedPeople.TableName, RegistryWatch.TableName, PrefillAudit.TableName]
            )
        );
        services.AddSingleton<OsiaAttributes>();
        services.AddSingleton<OsiaSeals>();
        services.AddSingleton<OsiaTokens>();
        services.AddSingleton<OsiaClient>();
        services.AddSingleton<UinGenerator>();
        services.AddSingleton<RegistryClient>();
        services.AddSingleton<RegistryWriter>();
        services.AddSingleton<Notifications>();
        services.AddSingleton<DrawnNumbers>();
        services.AddSingleton<ServedPeople>();
        services.AddSingleton<RegistryWatch>();
        services.AddSingleton<RegistryChecks>();
        services.AddSingleton<ChildNumbers>();
        services.AddSingleton<Announcer>();
        services.AddSingleton<IVerifier, OsiaVerifier>();
        services.AddSingleton<DeceasedPerson>();
        services.AddSingleton<IDestination, OsiaDestination>();
        services.AddSingleton<ChangedPeople>();
        services.AddSingleton<ChangeAnnouncer>();
        services.AddSingleton<IDestination, OsiaCorrections>();
        services.AddSingleton<IDestination, OsiaRevocations>();
        services.AddSingleton<IReturnReader, ChildNumberReader>();
        services.AddSingleton<IChore, RegistryChore>();
        services.AddSingleton<IChore, ServedChore>();
        services.AddSingleton<ISecretCheck, OsiaSecretCheck>();
        services.AddOsiaServer(settings);
    }

    private static void AddOsiaServer(this IServiceCollection services, SettingsRegister settings)
    {
        services.AddSingleton<CallerKeys>();
        services.AddSingleton<DataAccessCallers>();
        services.AddSingleton<DataAccessServer>();
        services.AddSingleton<RegistrySubscriptions>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<RegistrySubscriptions>());
        services.AddSingleton<ISubscriber>(provider => provider.GetRequiredService<RegistrySubscriptions>());
        services.AddSingleton<RegistryNotices>();
        services.AddSettings<MosipApiOptions>(settings);
        services.AddSingleton<VerifyRoute>();
        services.AddSingleton<PrefillAudit>();
        services.AddSingleton<PrefillRoute>();
    }
}
