using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Mosip;
using NationalId.Core.Mosip.Esignet;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Mosip.Packets;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Interop;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core;

// What speaks with MOSIP.
public static partial class NationalIdServices
{
    // MOSIP's hub is asked every few hours, and shared credentials come one by one.
    private const int HubCalls = 4;

    private static void AddMosip(this IServiceCollection services, SettingsRegister settings)
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
        services.AddSingleton<EnvelopeOpener>();
        services.AddSingleton<IIdaKeys>(provider => provider.GetRequiredService<PartnerKeys>());
        services.AddSingleton<IdaClient>();
        services.AddSingleton<IVerifier, IdaVerifier>();
        services.AddSettings<MosipApiOptions>(settings);
        services.AddSingleton<VerifyRoute>();
        services.AddEsignet(settings);
        services.AddSingleton<AidSaves>();
        services.AddSingleton<ISecretCheck, IdaSecretCheck>();
    }

    private static void AddMosipMediator(this IServiceCollection services, SettingsRegister settings)
    {
        services.AddMosip(settings);
        services.AddSettings<MediatorOptions>(settings);
        services.AddSingleton<MosipTokenClient>();
        services.AddSingleton<MosipClient>();
        services.AddSingleton<MosipSealer>();
        services.AddSingleton<ApplicationIds>();
        services.AddSingleton<MosipSender>();
        services.AddSingleton<BirthSearch>();
        services.AddSingleton<DeathLink>();
        services.AddSingleton<LinkedBirths>();
        services.AddSingleton<IDestination, MosipMediatorDestination>();
        services.AddSingleton<IDestination, MediatorRevocations>();
        services.AddSingleton<UinTokenReader>();
        services.AddSingleton<IReturnReader>(provider => provider.GetRequiredService<UinTokenReader>());
        services.AddSingleton<UinTokenGate>();
        services.AddSingleton<UinTokenIntake>();
        services.AddSingleton<ISecretCheck, MosipSecretCheck>();
        services.AddTokenSeeder(settings);
    }

    private static void AddMosipWebSub(this IServiceCollection services, SettingsRegister settings)
    {
        // A deployment sets every setting: where it is empty, there is no hub.
        if (settings.Configuration[$"{WebSubOptions.Section}:{nameof(WebSubOptions.HubUrl)}"] is not { Length: > 0 })
        {
            return;
        }

        var options = services.AddSettings<WebSubOptions>(settings);
        settings.Get<PacketOptions>().IsTold = options.WorkflowTopic.Length > 0;
        options.NumbersGoNowhere = !settings.HasNumberField();
        services.AddPartner(new Partner(MosipPartners.Hub, options.Timeout, HubCalls));
        services.AddSingleton<HubTokens>();
        services.AddSingleton<HubStates>();
        services.AddSingleton<HubSubscription>();
        services.AddSingleton<IChore>(provider => provider.GetRequiredService<HubSubscription>());
        services.AddSingleton<ISubscriber>(provider => provider.GetRequiredService<HubSubscription>());
        services.AddSingleton<HubIntent>();
        services.AddSingleton<HubSignatures>();
        services.AddSingleton<CredentialAcceptor>();
        services.AddSingleton<IAuthenticator>(provider => provider.GetRequiredService<CredentialAcceptor>());
        services.AddSingleton<CredentialIntake>();
        services.AddSingleton<CredentialSource>();
        services.AddSingleton<CredentialProof>();
        services.AddSingleton<LinkedDataProof>();
        services.AddSingleton<IReturnReader, CredentialReader>();
        services.AddSingleton<ISecretCheck, WebSubSecretCheck>();
    }

    /// <summary>
    /// Sees to it that a credential's number has a field on the records of OpenCRVS 1.9 and later: unless the settings
    /// say otherwise, the one from which the child's number is read.
    /// </summary>
    private static bool HasNumberField(this SettingsRegister settings)
    {
        if (!settings.Get<ActionsOptions>().HasTriggers)
        {
            return true;
        }

        var confirm = settings.Get<ConfirmOptions>();
        if (settings.Configuration[$"{ConfirmOptions.Section}:{nameof(ConfirmOptions.BirthNumberField)}"] is null)
        {
            confirm.BirthNumberField = settings.Get<FieldOptions>().ChildNationalId;
        }

        return confirm.BirthNumberField.Length > 0;
    }

    private static void AddMosipPackets(this IServiceCollection services, SettingsRegister settings)
    {
        services.AddMosip(settings);
        services.AddSettings<PacketOptions>(settings);
        services.AddSingleton(new StorageNeeds([], [], [PacketWatch.TableName]));
        services.AddSingleton<PacketTokens>();
        services.AddSingleton<PacketClient>();
        services.AddSingleton<PacketFields>();
        services.AddSingleton<RegistrationIds>();
        services.AddSingleton<PacketWatch>();
        services.AddSingleton<PacketSender>();
        services.AddSingleton<DeceasedNumber>();
        services.AddSingleton<PlaceNames>();
        services.AddSingleton<PacketRecords>();
        services.AddSingleton<LinkedBirths>();
        services.AddSingleton<NumberStates>();
        services.AddSingleton<NumberEndings>();
        services.AddSingleton<RevocationCalls>();
        services.AddSingleton<IDestination, PacketRevocations>();
        services.AddSingleton<IDestination, PacketCorrections>();
        services.AddSingleton<IOutcome, PacketOutcome>();
        services.AddSingleton<RegistrationIdSaver>();
        services.AddSingleton<IDestination, MosipPacketsDestination>();
        services.AddSingleton<IChore, PacketStatusChore>();
        services.AddSingleton<ISecretCheck, PacketSecretCheck>();
        services.AddMosipWebSub(settings);
        services.AddInterop(settings);
    }

    private static void AddEsignet(this IServiceCollection services, SettingsRegister settings)
    {
        // A deployment sets every setting: where it is empty, there is no e-Signet.
        if (
            settings.Configuration[$"{EsignetOptions.Section}:{nameof(EsignetOptions.TokenUrl)}"] is not { Length: > 0 }
        )
        {
            return;
        }

        var options = services.AddSettings<EsignetOptions>(settings);
        services.AddPartner(new Partner(MosipPartners.Esignet, options.Timeout, options.MaxConcurrency));
        services.AddSingleton<ClientKeys>();
        services.AddSingleton<EsignetKeys>();
        services.AddSingleton<EsignetClient>();
        services.AddSingleton<UserInfoReader>();
        services.AddSingleton<UserInfoRoute>();
        services.AddSingleton<ISecretCheck, EsignetSecretCheck>();
    }

    private static void AddTokenSeeder(this IServiceCollection services, SettingsRegister settings)
    {
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
}
