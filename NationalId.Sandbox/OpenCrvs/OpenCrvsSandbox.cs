using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NationalId.Sandbox.OpenCrvs.Events;
using NationalId.Sandbox.OpenCrvs.Search;

namespace NationalId.Sandbox.OpenCrvs;

/// <summary>OpenCRVS: auth service, webhooks, the country configuration's mediator and the records.</summary>
public sealed class OpenCrvsSandbox
{
    internal static readonly string[] Topics =
    [
        "BIRTH_REGISTERED",
        "DEATH_REGISTERED",
        "BIRTH_CERTIFIED",
        "DEATH_CERTIFIED",
        "BIRTH_CORRECTED",
        "DEATH_CORRECTED",
    ];

    private readonly SandboxSettings settings;
    private readonly SandboxKeys keys;
    private readonly Subscriptions subscriptions;
    private readonly WebhookSender sender;
    private readonly ConcurrentDictionary<string, StoredRecord> records = new();
    private readonly ConcurrentDictionary<string, bool> loggedOut = new();
    private int keyFetches;

    internal OpenCrvsSandbox(SandboxSettings settings, SandboxKeys keys, HttpClient http)
    {
        this.settings = settings;
        this.keys = keys;
        WebhookSecret = keys.WebhookSecret;
        Tokens = new Jwt(keys.OpenCrvs, settings.TimeProvider);
        subscriptions = new Subscriptions(this, http, settings.TimeProvider);
        sender = new WebhookSender(this, http);
        Search = new RecordSearch(settings, () => Tokens, record => records.TryAdd(record.RegistrationNumber, record));
        if (settings.Subscribed)
        {
            subscriptions.Add("BIRTH_REGISTERED", keys.WebhookSecret, null);
            subscriptions.Add("DEATH_REGISTERED", keys.WebhookSecret, null);
        }
    }

    /// <summary>Faults of the whole auth service.</summary>
    public FaultSwitch Auth { get; } = new("opencrvs-auth");

    public FaultSwitch Mediator { get; } = new("mediator");

    public FaultSwitch Webhooks { get; } = new("webhooks");

    public IReadOnlyDictionary<string, StoredRecord> Records => records;

    public IReadOnlyCollection<Subscription> Subscribed => subscriptions.All;

    /// <summary>The record search of 1.x.</summary>
    public RecordSearch Search { get; }

    /// <summary>Keys that events are signed with and subscriptions must bring.</summary>
    public string WebhookSecret { get; set; }

    /// <summary>How often the public key was asked for.</summary>
    public int KeyFetches => keyFetches;

    internal Jwt Tokens { get; private set; }

    /// <summary>Whether it has an events service.</summary>
    internal bool HasEvents => settings.OpenCrvsVersion >= OpenCrvsVersion.V19;

    /// <summary>Whether it has webhooks and a mediator.</summary>
    internal bool HasWebhooks => settings.OpenCrvsVersion <= OpenCrvsVersion.V19;

    private bool IsV12 => settings.OpenCrvsVersion == OpenCrvsVersion.V12;

    internal string ClientId => keys.OpenCrvsClientId;

    internal string ClientName => settings.ClientName;

    internal TimeProvider Time => settings.TimeProvider;

    private BundleShape UsualShape => IsV12 ? BundleShape.V12 : BundleShape.Composition;

    internal Uri? ClientRevocations => settings.ClientUrl is { } client ? new Uri(client, "/api/revocations") : null;

    internal Uri? ClientCallback => settings.ClientUrl is { } client ? new Uri(client, "/api/webhooks") : null;

    public StoredRecord? Find(string registrationNumber) => records.GetValueOrDefault(registrationNumber);

    /// <summary>A token as the auth service gives it, for calls to the client.</summary>
    public string IssueToken(TimeSpan? lifetime = null, params string[] scope) =>
        IssueToken(
            scope is [] ? new() { Lifetime = lifetime } : new IssuedTokenOptions { Lifetime = lifetime, Scope = scope }
        );

    /// <summary>A token as the auth service gives it, or almost.</summary>
    public string IssueToken(IssuedTokenOptions options) =>
        Tokens.Issue(options, settings.OpenCrvsTokenLifetime, keys.OpenCrvsClientId);

    /// <summary>A person or system logs out: the token is not valid any more, though it has not expired.</summary>
    public void LogOut(string token) => loggedOut[token] = true;

    /// <summary>OpenCRVS gets another key pair: tokens of the old one are worthless from now on.</summary>
    public void RotateKey() => Tokens = new Jwt(RSA.Create(2048), settings.TimeProvider);

    /// <summary>Registers a birth and tells the subscribers.</summary>
    public Task<SentEvent> SendBirthAsync(BirthRecord? record = null, CancellationToken ct = default)
    {
        record ??= new BirthRecord();
        record = record with { Shape = record.Shape ?? UsualShape };
        var bundle = BundleWriter.Birth(record, Time.GetUtcNow());
        records.TryAdd(
            bundle.RegistrationNumber,
            new StoredRecord(bundle.RegistrationNumber, true, record.CompositionId, bundle.PatientId)
        );
        Search.Add(record, bundle.RegistrationNumber, bundle.PatientId, Time.GetUtcNow());
        return sender.SendAsync("BIRTH_REGISTERED", bundle, record.CompositionId, record.TrackingId, ct);
    }

    /// <summary>Registers a death and tells the subscribers.</summary>
    public Task<SentEvent> SendDeathAsync(DeathRecord? record = null, CancellationToken ct = default)
    {
        record ??= new DeathRecord();
        record = record with { Shape = record.Shape ?? UsualShape };
        var bundle = BundleWriter.Death(record, Time.GetUtcNow());
        records.TryAdd(
            bundle.RegistrationNumber,
            new StoredRecord(bundle.RegistrationNumber, false, record.CompositionId, bundle.PatientId)
        );
        Search.Add(record, bundle.RegistrationNumber, bundle.PatientId, Time.GetUtcNow());
        return sender.SendAsync("DEATH_REGISTERED", bundle, record.CompositionId, record.TrackingId, ct);
    }

    /// <summary>Sends the same event again, with another timestamp, as OpenCRVS may at any time.</summary>
    public Task<SentEvent> ResendAsync(SentEvent sent, CancellationToken ct = default) =>
        sender.SendAsync(sent.Topic, sent.Bundle, sent.CompositionId, sent.TrackingId, ct);

    /// <summary>The country configuration tells the client that a registration was revoked or reinstated.</summary>
    /// <returns>The client's status.</returns>
    public Task<int> SendRevocationAsync(Revocation revocation, CancellationToken ct = default)
    {
        var body = revocation.Write(Time.GetUtcNow());
        return SendRevocationRawAsync(body, Sign(body), ct);
    }

    /// <summary>Sends any bytes in its place; a null signature leaves the header out.</summary>
    public Task<int> SendRevocationRawAsync(byte[] body, string? signature, CancellationToken ct = default) =>
        sender.SendRevocationAsync(body, signature, ct);

    /// <summary>Sends any bytes; a null signature leaves the header out.</summary>
    public Task<DeliveryAttempt> SendRawAsync(byte[] body, string? signature, CancellationToken ct = default) =>
        sender.SendRawAsync(body, signature, ct);

    /// <summary>Signs as OpenCRVS does.</summary>
    public string Sign(ReadOnlySpan<byte> body) => Crypto.HubSignature.Sign(body, WebhookSecret);

    /// <summary>Puts the client's callback through the subscription challenge.</summary>
    /// <returns>Why it failed; null when it didn't.</returns>
    public Task<string?> ChallengeAsync(string topic = "BIRTH_REGISTERED", CancellationToken ct = default) =>
        subscriptions.ChallengeAsync(
            ClientCallback ?? throw new InvalidOperationException("ClientUrl is not set"),
            topic,
            ct
        );

    internal void Map(IEndpointRouteBuilder app, EventTokens eventTokens)
    {
        if (IsV12)
        {
            app.MapPost("/authenticateSystemClient", Auth.Around(AuthenticateSystemClientAsync));
        }
        else if (!HasEvents)
        {
            app.MapPost("/token", Auth.Around(TokenAsync));
        }
        else
        {
            // Since 2.0 the auth service is behind the gateway, which forwards its posts alone.
            var endpoint = new TokenEndpoint(eventTokens, keys, settings);
            app.MapPost(HasWebhooks ? "/token" : "/auth/token", Auth.Around(endpoint.AnswerAsync));
        }

        if (!HasWebhooks)
        {
            app.MapGet("/register/api/auth/.well-known", Auth.Around(PublicKeyAsync));
            return;
        }

        app.MapPost("/verifyToken", Auth.Around(VerifyTokenAsync));
        app.MapGet("/.well-known", Auth.Around(PublicKeyAsync));
        app.MapPost("/webhooks", Webhooks.Around(subscriptions.SubscribeAsync));
        app.MapGet("/webhooks", Webhooks.Around(subscriptions.ListAsync));
        app.MapDelete("/webhooks/{id}", Webhooks.Around(subscriptions.RemoveAsync));
        app.MapPost("/mediator", Mediator.Around(SaveAsync));
        Search.Map(app);
        app.MapGet(
            "/records/{registrationNumber}",
            new RequestDelegate(context =>
                RecordResult((string)context.Request.RouteValues["registrationNumber"]!).ExecuteAsync(context)
            )
        );
    }

    internal IResult RecordResult(string registrationNumber) =>
        Find(registrationNumber) is { } record ? Results.Json(record, SandboxJson.Options) : Results.NotFound();

    private async Task<IResult> TokenAsync(HttpContext context)
    {
        var parameters = await ParametersAsync(context.Request);
        return
            TokenOf(parameters("client_id"), parameters("client_secret")) is { } token
            && parameters("grant_type") == "client_credentials"
            ? Results.Json(new { access_token = token, token_type = "Bearer" })
            : Results.Unauthorized();
    }

    /// <summary>The only way in at 1.2.</summary>
    private async Task<IResult> AuthenticateSystemClientAsync(HttpContext context)
    {
        try
        {
            using var json = await JsonDocument.ParseAsync(context.Request.Body);
            var (id, secret) = (
                json.RootElement.GetProperty("client_id").GetString(),
                json.RootElement.GetProperty("client_secret").GetString()
            );
            return TokenOf(id, secret) is { } token ? Results.Json(new { token }) : Results.Unauthorized();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Results.BadRequest();
        }
    }

    /// <summary>The National ID client's token, or the record search client's; null when it is neither.</summary>
    internal string? TokenOf(string? id, string? secret) =>
        id == keys.OpenCrvsClientId && secret == keys.OpenCrvsClientSecret ? IssueToken()
        : id == keys.SearchClientId && secret == keys.SearchClientSecret
            ? IssueToken(new IssuedTokenOptions { Subject = keys.SearchClientId, Scope = ["recordsearch"] })
        : null;

    /// <summary>As the real one: any text is valid that was not logged out.</summary>
    private async Task<IResult> VerifyTokenAsync(HttpContext context)
    {
        var token = (await ParametersAsync(context.Request))("token") ?? "";
        return Results.Json(new { valid = !loggedOut.ContainsKey(token) });
    }

    private Task<IResult> PublicKeyAsync(HttpContext context)
    {
        Interlocked.Increment(ref keyFetches);
        return Task.FromResult(Results.Bytes(Encoding.ASCII.GetBytes(Tokens.PublicKeyPem), "application/octet-stream"));
    }

    private async Task<IResult> SaveAsync(HttpContext context)
    {
        if (Tokens.CheckBearer(context.Request)?.Contains("nationalId") != true)
        {
            return Results.Unauthorized();
        }

        Dictionary<string, string> fields;
        try
        {
            using var json = await JsonDocument.ParseAsync(context.Request.Body);
            fields = json
                .RootElement.EnumerateObject()
                .ToDictionary(
                    field => field.Name,
                    field =>
                        field.Value.ValueKind == JsonValueKind.String
                            ? field.Value.GetString()!
                            : field.Value.GetRawText()
                );
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Results.BadRequest();
        }

        if (IsV12 && fields.ContainsKey("DRN"))
        {
            return Results.Text("the mediators of 1.2 know no DRN", statusCode: 500);
        }

        // A death's body may name the birth too: then the death is the record.
        var number = fields.GetValueOrDefault("DRN") ?? fields.GetValueOrDefault("BRN");
        if (number is null || Find(number) is not { } record)
        {
            return Results.Text("the record can't be found", statusCode: 500);
        }

        record.Save(new RecordSave(Time.GetUtcNow(), fields));
        return Results.Ok();
    }

    private static async Task<Func<string, string?>> ParametersAsync(HttpRequest request)
    {
        var form = request.HasFormContentType ? await request.ReadFormAsync() : null;
        return name => request.Query[name].FirstOrDefault() ?? form?[name].FirstOrDefault();
    }
}
