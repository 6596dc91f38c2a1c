using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>
/// The events service of OpenCRVS 1.9, 2.0 and 2.1 with the country configuration beside it, and registrars who use it.
/// </summary>
public sealed class EventsSandbox
{
    private readonly OpenCrvsVersion version;
    private readonly EventDatabase database;
    private readonly EventIndex index;
    private readonly EventTokens tokens;
    private readonly EventsApi api;
    private readonly EventsRest rest;
    private readonly EventSearch search;
    private readonly CountryConfiguration country;
    private readonly Registrar registrar;

    internal EventsSandbox(SandboxSettings settings, OpenCrvsSandbox owner, HttpClient http, Func<Uri> self)
    {
        version = settings.OpenCrvsVersion;
        Settings = settings.Events;
        database = new EventDatabase(settings.TimeProvider);
        index = new EventIndex(Index, settings.Events);
        tokens = new EventTokens(owner, settings);
        var trigger = new CountryTrigger(http, () => new Uri(self(), "/countryconfig"));
        var core = new EventsCore(database, index, tokens, trigger, owner.Auth, settings);
        api = new EventsApi(core, new EventConfirmations(database, index, tokens, settings), tokens, settings);
        search = new EventSearch(index, settings.Events);
        rest = new EventsRest(core, api, database, search, settings);
        country = new CountryConfiguration(owner, http, settings, Forward);
        registrar = new Registrar(core, database, tokens, settings);
    }

    /// <summary>How core and the country configuration behave; can be changed at any time.</summary>
    public EventsSettings Settings { get; }

    /// <summary>Faults of core's interface to clients.</summary>
    public FaultSwitch Api { get; } = new("events");

    /// <summary>Faults of core's search index: slow, or away.</summary>
    public FaultSwitch Index { get; } = new("events-index");

    /// <summary>Faults of the country configuration when core calls it.</summary>
    public FaultSwitch Country { get; } = new("country-config");

    /// <summary>
    /// Faults between the country configuration and the client: Down before the client hears of it, DownAfter when its
    /// answer gets lost.
    /// </summary>
    public FaultSwitch Forward { get; } = new("country-forward");

    /// <summary>All records.</summary>
    public IReadOnlyCollection<EventDocument> Records => database.All;

    /// <summary>All triggers that the country configuration has had.</summary>
    public IReadOnlyCollection<Trigger> Triggers => country.Triggers;

    /// <summary>An office that corrections can be filed under.</summary>
    public static string Office => EventsCore.Office;

    /// <summary>A registrar's token.</summary>
    public string RegistrarToken => registrar.Token;

    public EventDocument? Find(string eventId) => database.Find(eventId);

    /// <summary>Where a record stands by its own actions.</summary>
    public RecordState State(string eventId) => RecordState.Of(database.Find(eventId)!);

    /// <summary>Where it stands by the search index; null when it isn't there.</summary>
    public JsonObject? Indexed(string eventId) => index.Find(eventId);

    /// <summary>What the search answers.</summary>
    public JsonNode Search(JsonObject query) => search.Find(query);

    /// <summary>A registrar makes a record and presses Register.</summary>
    public Task<RegistrarAnswer> RegisterAsync(RegistrationOrder? order = null) =>
        registrar.RegisterAsync(order ?? new RegistrationOrder());

    /// <summary>Presses Register again; without a transaction id as a new try.</summary>
    public Task<RegistrarAnswer> PressAgainAsync(string eventId, string? transactionId = null) =>
        registrar.PressAsync(eventId, transactionId);

    /// <summary>A registrar corrects a registered record.</summary>
    public Task CorrectAsync(string eventId, JsonObject declaration) => registrar.CorrectAsync(eventId, declaration);

    /// <summary>A registrar does one of the country's own actions, e.g. revokes the registration.</summary>
    /// <returns>200, or the error's status.</returns>
    public Task<int> ActAsync(string eventId, string customActionType) => registrar.ActAsync(eventId, customActionType);

    /// <summary>Another registrar takes the record.</summary>
    public void Assign(string eventId) => registrar.Assign(eventId);

    /// <summary>The record is nobody's.</summary>
    public void Unassign(string eventId) => registrar.Unassign(eventId);

    /// <summary>All records are written to the index anew. One that can't be read makes it fail as a whole.</summary>
    public async Task<bool> ReindexAsync()
    {
        try
        {
            foreach (var document in database.All)
            {
                await index.WriteAsync(document);
            }

            return true;
        }
        catch (CoreException)
        {
            return false;
        }
    }

    /// <summary>Somebody mends a record by SQL: a field that the form lacks goes.</summary>
    public void RemoveField(string eventId, string field) =>
        database.Change(
            eventId,
            action =>
            {
                var declaration = (JsonObject)action.Declaration.DeepClone();
                declaration.Remove(field);
                return action with { Declaration = declaration };
            }
        );

    internal Registrar Registrar => registrar;

    internal EventTokens Tokens => tokens;

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/events/{procedures}", Gateway(api.CallAsync));
        app.MapGet("/events/{procedures}", Gateway(api.CallAsync));
        app.MapPost("/events/events/search", Gateway(rest.SearchAsync));
        if (version == OpenCrvsVersion.V19)
        {
            app.MapPost("/events/events/correction/{step}", Gateway(rest.CorrectAsync));
        }
        else
        {
            app.MapPost("/events/events/{eventId}/correction/{step}", Gateway(rest.CorrectAsync));
            app.MapGet("/events/events/{eventId}", Gateway(rest.GetAsync));
        }

        app.MapPost("/countryconfig/trigger/events/{type}/actions/{action}", Country.Around(country.TriggerAsync));
        app.MapGet(
            version == OpenCrvsVersion.V19 ? "/countryconfig/events" : "/countryconfig/config/events",
            Country.Around(_ => Task.FromResult(CountryConfiguration.Forms()))
        );
    }

    // OpenCRVS's gateway in front of core passes on no body of unknown length: core then finds none.
    private RequestDelegate Gateway(Func<HttpContext, Task<IResult>> core) =>
        Api.Around(context =>
            HttpMethods.IsPost(context.Request.Method) && context.Request.ContentLength is null
                ? Task.FromResult(Results.Text("{}", "application/json", statusCode: 400))
                : core(context)
        );
}
