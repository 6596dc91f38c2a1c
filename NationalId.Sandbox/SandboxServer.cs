using NationalId.Sandbox.Control;
using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.NationalIdSystem;
using NationalId.Sandbox.OpenCrvs;

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
    private readonly UinTokenSender tokenSender;
    private readonly LoopbackApp openCrvsApp;
    private readonly LoopbackApp mosipApp;
    private readonly LoopbackApp nationalIdApp;
    private readonly LoopbackApp controlApp;

    private SandboxServer(SandboxSettings settings)
    {
        this.settings = settings;
        keys = settings.Keys ?? SandboxKeys.Create(settings.KeySize);
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            Timeout = TimeSpan.FromSeconds(100),
        };
        OpenCrvs = new OpenCrvsSandbox(settings, keys, http);
        Mosip = new MosipSandbox(settings, keys);
        tokenSender = new UinTokenSender(settings, Mosip, OpenCrvs, http, stopping.Token);
        Mosip.Born = person =>
        {
            if (settings.TokenDelay is { } delay)
            {
                _ = tokenSender.SendLaterAsync(person, delay);
            }
        };
        openCrvsApp = new LoopbackApp(OpenCrvs.Map);
        mosipApp = new LoopbackApp(Mosip.Map);
        NationalIdSystem = new NationalIdSystemSandbox(settings, keys, http, stopping.Token);
        nationalIdApp = new LoopbackApp(NationalIdSystem.Map);
        controlApp = new LoopbackApp(new ControlApi(this).Map);
    }

    public Uri OpenCrvsUrl => openCrvsApp.Url;

    public Uri MosipUrl => mosipApp.Url;

    public Uri NationalIdSystemUrl => nationalIdApp.Url;

    /// <summary>Where other programs drive the sandbox.</summary>
    public Uri ControlUrl => controlApp.Url;

    public OpenCrvsSandbox OpenCrvs { get; }

    public MosipSandbox Mosip { get; }

    public NationalIdSystemSandbox NationalIdSystem { get; }

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
            Mosip.Token,
            Mosip.Aid,
            Mosip.Birth,
            Mosip.Death,
            Mosip.Authentication,
            NationalIdSystem.Births,
            NationalIdSystem.Deaths,
            NationalIdSystem.Token,
        }.ToDictionary(fault => fault.Name);

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
        Task.WhenAll(openCrvsApp.StartAsync(ct), mosipApp.StartAsync(ct), nationalIdApp.StartAsync(ct));

    /// <summary>All partners go away; what they know stays, and the control API too.</summary>
    public Task StopListeningAsync() =>
        Task.WhenAll(openCrvsApp.StopAsync(), mosipApp.StopAsync(), nationalIdApp.StopAsync());

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
    }
}
