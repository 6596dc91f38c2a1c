using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NationalId.Sandbox.Mosip;

/// <summary>
/// MOSIP's registration side behind its internal gateway, written from docs/protocols.md, "MOSIP's packets": as strict
/// as MOSIP, and as silent.
/// </summary>
public sealed class Packets
{
    private readonly SandboxSettings settings;
    private readonly SandboxKeys keys;
    private readonly ConcurrentDictionary<string, DateTimeOffset> tokens = new();
    private readonly ConcurrentQueue<string> drawn = new();
    private int sequence = Random.Shared.Next(100_000);

    internal Packets(MosipSandbox mosip, SandboxSettings settings, SandboxKeys keys)
    {
        this.settings = settings;
        this.keys = keys;
        Manager = new PacketManager(this);
        Workflow = new PacketWorkflow(this, mosip, settings);
        Identities = new PacketIdentities(this, mosip, settings);
    }

    public const string CenterId = "10001";

    public const string MachineId = "20042";

    public const string OfficerId = "crvs-officer";

    public FaultSwitch Auth { get; } = new("auth-manager");

    public FaultSwitch Rid { get; } = new("rid");

    /// <summary>The packet manager.</summary>
    public PacketManager Manager { get; }

    /// <summary>What works on packets.</summary>
    public PacketWorkflow Workflow { get; }

    /// <summary>The identity repository and the hotlist.</summary>
    public PacketIdentities Identities { get; }

    /// <summary>Roles that our client lacks.</summary>
    public ConcurrentDictionary<string, bool> MissingRoles { get; } = new();

    public IReadOnlyCollection<StoredPacket> Stored => Manager.Stored;

    /// <summary>The registration ids that the generator gave.</summary>
    public IReadOnlyCollection<string> Drawn => drawn;

    /// <summary>How many of the next draws give the last id once more, as no generator should.</summary>
    public int RepeatNext { get; set; }

    /// <summary>Makes every token given out so far invalid.</summary>
    public void ForgetTokens() => tokens.Clear();

    /// <summary>The packets of a birth, by what they tell.</summary>
    public IEnumerable<StoredPacket> OfNumber(string number) =>
        Stored.Where(packet => packet.Fields.GetValueOrDefault("birthCertificateNumber") == number);

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/authmanager/authenticate/clientidsecretkey", Auth.Around(AuthenticateAsync));
        app.MapGet(
            "/v1/ridgenerator/generate/rid/{centre}/{machine}",
            Rid.Around(context => Task.FromResult(Refusal(context, "REGISTRATION_PROCESSOR") ?? Draw(context)))
        );
        Manager.Map(app);
        Workflow.Map(app);
        Identities.Map(app);
    }

    /// <summary>Why a caller is not let in; null when it is.</summary>
    internal IResult? Refusal(HttpContext context, string role)
    {
        var cookie = context.Request.Headers.Cookie.ToString();
        var token = cookie.StartsWith("Authorization=", StringComparison.Ordinal)
            ? cookie["Authorization=".Length..].Split(';')[0]
            : "";
        return !tokens.TryGetValue(token, out var until) ? Failed("KER-ATH-401", "Invalid Token")
            : until <= settings.TimeProvider.GetUtcNow() ? Failed("KER-ATH-402", "Token expired")
            : MissingRoles.ContainsKey(role) ? Results.Json(Errors("KER-ATH-403", "Forbidden"), statusCode: 403)
            : null;
    }

    internal static IResult Failed(string code, string message) => Results.Json(Errors(code, message));

    internal static object Answer(string id, object? response, object? errors) =>
        new
        {
            id,
            version = "v1",
            responsetime = "2026-01-01T00:00:00.000Z",
            metadata = (object?)null,
            response,
            errors,
        };

    /// <summary>A request's envelope, when it is as MOSIP's services want it.</summary>
    internal static async Task<JsonElement?> ReadAsync(HttpContext context, string id, string version)
    {
        try
        {
            var root = await JsonSerializer.DeserializeAsync<JsonElement>(
                context.Request.Body,
                cancellationToken: context.RequestAborted
            );
            return
                Text(root, "id") == id
                && Text(root, "version") == version
                && DateTimeOffset.TryParse(Text(root, "requesttime"), CultureInfo.InvariantCulture, out _)
                && root.TryGetProperty("request", out var request)
                ? request
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static object Errors(string code, string message) =>
        Answer("string", null, new[] { new { errorCode = code, message } });

    private async Task<IResult> AuthenticateAsync(HttpContext context)
    {
        if (
            await ReadAsync(context, "string", "string") is not { } request
            || Text(request, "clientId") != keys.MosipClientId
            || Text(request, "secretKey") != keys.MosipClientSecret
            || Text(request, "appId") != "ida"
        )
        {
            return Failed("KER-ATH-003", "Invalid Credentials");
        }

        var until = settings.TimeProvider.GetUtcNow() + settings.MosipTokenLifetime;
        var token = string.Join(
            '.',
            Part("""{"alg":"RS256","typ":"JWT"}"""),
            Part($$"""{"exp":{{until.ToUnixTimeSeconds()}},"jti":"{{Guid.NewGuid()}}"}"""),
            Part("the sandbox checks no signature of its own")
        );
        tokens[token] = until;
        context.Response.Headers.SetCookie = $"Authorization={token}; Path=/; Secure; HttpOnly";
        return Results.Json(Answer("string", new { status = "Success", message = "Clientid and Token" }, null));

        static string Part(string text) =>
            Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    private IResult Draw(HttpContext context)
    {
        if (
            (string?)context.Request.RouteValues["centre"] != CenterId
            || (string?)context.Request.RouteValues["machine"] != MachineId
        )
        {
            return Failed("KER-RIG-005", "centre or machine is not registered");
        }

        var at = settings.TimeProvider.GetUtcNow().ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
        // It counts, as MOSIP's generator does: no two are alike.
        var next = Interlocked.Increment(ref sequence) % 100_000;
        var rid = CenterId + MachineId + next.ToString("D5", CultureInfo.InvariantCulture) + at;
        if (RepeatNext > 0 && drawn.LastOrDefault() is { } last)
        {
            RepeatNext--;
            rid = last;
        }

        drawn.Enqueue(rid);
        return Results.Json(Answer("mosip.rid.id", new { rid }, null));
    }
}
