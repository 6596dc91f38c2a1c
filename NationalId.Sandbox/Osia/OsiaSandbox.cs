namespace NationalId.Sandbox.Osia;

/// <summary>A National ID system that speaks OSIA, each of its parts under a path of its own.</summary>
public sealed class OsiaSandbox
{
    internal OsiaSandbox(SandboxSettings settings, SandboxKeys keys, HttpClient http)
    {
        Tokens = new OsiaTokens(settings, keys);
        Uins = new UinManagement(Tokens, Exchanges);
        Engine = new NotificationEngine(Tokens, Exchanges, http);
        Registry = new PopulationRegistry(Tokens, Exchanges);
        Orchestrator = new Orchestrator(Registry, Engine, Tokens, Exchanges, settings, http);
    }

    /// <summary>All that went over the wire, both ways.</summary>
    public OsiaExchanges Exchanges { get; } = new();

    public OsiaTokens Tokens { get; }

    public UinManagement Uins { get; }

    public NotificationEngine Engine { get; }

    public PopulationRegistry Registry { get; }

    public Orchestrator Orchestrator { get; }

    internal IEnumerable<FaultSwitch> Faults =>
        [
            Tokens.Endpoint,
            Tokens.KeySet,
            Uins.Generator,
            Engine.Topics,
            Engine.Publish,
            Engine.Subscribe,
            Engine.Confirmation,
            Registry.Data,
            Registry.Writing,
        ];

    internal void Map(IEndpointRouteBuilder app)
    {
        Tokens.Map(app);
        Uins.Map(app);
        Engine.Map(app);
        Registry.Map(app);
    }
}
