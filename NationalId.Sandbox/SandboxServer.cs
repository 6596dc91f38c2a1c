using NationalId.Sandbox.Control;
using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.NationalIdSystem;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Events;
using NationalId.Sandbox.Osia;

namespace NationalId.Sandbox;

/// <summary>
/// A MOSIP, an OpenCRVS and another National ID system to talk to, each on its own loopback port.
/// It shares no code with the client, because tests would not find a mistake that both sides make in the same way.
/// </summary>
public sealed class SandboxServer : IAsyncDisposable
{
    private readonly SandboxSettings settings;
    private readonly SandboxKeys keys;
    private readonly CancellationTokenSource stopping = new();
    private readonly HttpClient http;
    private readonly HttpClient patient;
    private readonly UinTokenSender tokenSender;
    private readonly LoopbackApp openCrvsApp;
    private readonly LoopbackApp mosipApp;
    private readonly LoopbackApp nationalIdApp;
    private readonly LoopbackApp osiaApp;
    private readonly LoopbackApp controlApp;

    private SandboxServer(SandboxSettings settings)
    {
        this.settings = settings;
        keys = settings.Keys ?? SandboxKeys.Create(settings.KeySize);
        http = new HttpClient(Handler()) { Timeout = TimeSpan.FromSeconds(100) };
        // Core waits for the country configuration as long as that takes.
        patient = new HttpClient(Handler()) { Timeout = Timeout.InfiniteTimeSpan };
        OpenCrvs = new OpenCrvsSandbox(settings, keys, http);
        Events = new EventsSandbox(settings, OpenCrvs, patient, () => OpenCrvsUrl);
        Mosip = new MosipSandbox(settings, keys);
        Hub = new Hub(settings, keys, http, stopping.Token);
        Credentials = new CredentialIssuer(settings, keys, Hub, () => MosipUrl);
        Esignet = new Esignet(settings, keys);
        Mosip.Packets.Workflow.Ended = Hub.TellAsync;
        tokenSender = new UinTokenSender(settings, Mosip, OpenCrvs, http, stopping.Token);
        Mosip.Born = person =>
        {
            if (settings.TokenDelay is { } delay)
            {
                _ = tokenSender.SendLaterAsync(person, delay);
            }

            if (settings.CredentialDelay is { } wait)
            {
                _ = Credentials.IssueLaterAsync(person, wait, stopping.Token);
            }
        };
        openCrvsApp = new LoopbackApp(app =>
        {
            OpenCrvs.Map(app, Events.Tokens);
            if (OpenCrvs.HasEvents)
            {
                Events.Map(app);
            }
        });
        mosipApp = new LoopbackApp(app =>
        {
            Mosip.Map(app);
            Hub.Map(app);
            Credentials.Map(app);
            Esignet.Map(app);
        });
        NationalIdSystem = new NationalIdSystemSandbox(settings, keys, http, stopping.Token);
        nationalIdApp = new LoopbackApp(NationalIdSystem.Map);
        Osia = new OsiaSandbox(settings, keys, http);
        osiaApp = new LoopbackApp(Osia.Map);
        controlApp = new LoopbackApp(new ControlApi(this).Map);
    }

    public Uri OpenCrvsUrl => openCrvsApp.Url;

    public Uri MosipUrl => mosipApp.Url;

    public Uri NationalIdSystemUrl => nationalIdApp.Url;

    public Uri OsiaUrl => osiaApp.Url;

    /// <summary>Where other programs drive the sandbox.</summary>
    public Uri ControlUrl => controlApp.Url;

    public OpenCrvsSandbox OpenCrvs { get; }

    /// <summary>The events service of 1.9, 2.0 and 2.1; earlier versions have none.</summary>
    public EventsSandbox Events { get; }

    public MosipSandbox Mosip { get; }

    /// <summary>MOSIP's hub.</summary>
    public Hub Hub { get; }

    /// <summary>What issues MOSIP's credentials.</summary>
    public CredentialIssuer Credentials { get; }

    /// <summary>e-Signet.</summary>
    public Esignet Esignet { get; }

    public NationalIdSystemSandbox NationalIdSystem { get; }

    /// <summary>A National ID system that speaks OSIA.</summary>
    public OsiaSandbox Osia { get; }

    public SandboxKeys Keys => keys;

    /// <summary>The National ID client's base address.</summary>
    public Uri? ClientUrl
    {
        get => settings.ClientUrl;
        set => settings.ClientUrl = value;
    }

    /// <summary>All faults by the names that the control API uses.</summary>
    public IReadOnlyDictionary<string, FaultSwitch> Faults =>
        new[]
        {
            OpenCrvs.Auth,
            OpenCrvs.Webhooks,
            OpenCrvs.Mediator,
            OpenCrvs.Search.Gateway,
            Events.Api,
            Events.Index,
            Events.Country,
            Events.Forward,
            Mosip.Token,
            Mosip.Aid,
            Mosip.Birth,
            Mosip.Death,
            Mosip.Authentication,
            Hub.Subscriptions,
            Credentials.Share,
            Esignet.Token,
            Esignet.UserInfo,
            Mosip.Packets.Auth,
            Mosip.Packets.Rid,
            Mosip.Packets.Manager.Writer,
            Mosip.Packets.Workflow.Start,
            Mosip.Packets.Workflow.Status,
            Mosip.Packets.Identities.Repository,
            Mosip.Packets.Identities.Hotlist,
            NationalIdSystem.Births,
            NationalIdSystem.Deaths,
            NationalIdSystem.Token,
        }
            .Concat(Osia.Faults)
            .ToDictionary(fault => fault.Name);

    /// <summary>The configuration that makes a client talk to this sandbox.</summary>
    public IReadOnlyDictionary<string, string> ClientSettings => ClientConfiguration.Write(this, settings);

    public static async Task<SandboxServer> StartAsync(SandboxSettings settings, CancellationToken ct = default)
    {
        var server = new SandboxServer(settings);
        try
        {
            await Task.WhenAll(server.StartListeningAsync(ct), server.controlApp.StartAsync(ct));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Listens again, at the same addresses.</summary>
    public Task StartListeningAsync(CancellationToken ct = default) =>
        Task.WhenAll(
            openCrvsApp.StartAsync(ct),
            mosipApp.StartAsync(ct),
            nationalIdApp.StartAsync(ct),
            osiaApp.StartAsync(ct)
        );

    /// <summary>All partners go away; what they know stays, and the control API too.</summary>
    public Task StopListeningAsync() =>
        Task.WhenAll(openCrvsApp.StopAsync(), mosipApp.StopAsync(), nationalIdApp.StopAsync(), osiaApp.StopAsync());

    public Task StartMosipAsync(CancellationToken ct = default) => mosipApp.StartAsync(ct);

    public Task StopMosipAsync() => mosipApp.StopAsync();

    public Task StartOpenCrvsAsync(CancellationToken ct = default) => openCrvsApp.StartAsync(ct);

    public Task StopOpenCrvsAsync() => openCrvsApp.StopAsync();

    public Task StartNationalIdSystemAsync(CancellationToken ct = default) => nationalIdApp.StartAsync(ct);

    public Task StopNationalIdSystemAsync() => nationalIdApp.StopAsync();

    /// <summary>Has MOSIP send the birth's UIN token to the client, once.</summary>
    public Task<TokenAnswer> SendUinTokenAsync(
        string birthRegistrationNumber,
        UinTokenOptions? options = null,
        CancellationToken ct = default
    ) => tokenSender.SendAsync(birthRegistrationNumber, options ?? new UinTokenOptions(), ct);

    /// <summary>Has MOSIP issue a birth's credential to the client, once.</summary>
    public Task<HubDelivery> IssueCredentialAsync(
        string birthRegistrationNumber,
        CredentialOptions? options = null,
        CancellationToken ct = default
    )
    {
        var person =
            Mosip.FindByBirth(birthRegistrationNumber)
            ?? throw new InvalidOperationException("MOSIP knows no such birth.");
        return Credentials.IssueAsync(person, options ?? new CredentialOptions(), ct);
    }

    /// <summary>Posts anything at all to the client's birthReceiveNid.</summary>
    public Task<TokenAnswer> SendUinTokenRawAsync(
        HttpContent content,
        string? bearer = null,
        CancellationToken ct = default
    ) => tokenSender.PostAsync(content, bearer ?? OpenCrvs.IssueToken(), ct);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(StopListeningAsync(), controlApp.StopAsync());
        http.Dispose();
        patient.Dispose();
    }

    // What is traced is the client's. People's numbers stand in the addresses that a registry calls.
    private static SocketsHttpHandler Handler() =>
        new()
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        };
}
