using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace NationalId.Sandbox.Osia;

/// <summary>Issues and checks the tokens of the OSIA system: ES256, with scopes as one text.</summary>
public sealed class OsiaTokens
{
    internal const string KeyId = "osia-1";

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SandboxSettings settings;
    private readonly SandboxKeys keys;
    private int generation;

    internal OsiaTokens(SandboxSettings settings, SandboxKeys keys)
    {
        this.settings = settings;
        this.keys = keys;
    }

    public FaultSwitch Endpoint { get; } = new("osia-token");

    public FaultSwitch KeySet { get; } = new("osia-keys");

    /// <summary>Who issues them.</summary>
    public string Issuer => "https://osia.example/auth";

    /// <summary>The audience that is us.</summary>
    public string Audience => "civil-registry";

    /// <summary>Scopes that our client is not granted, whatever it asks for.</summary>
    public HashSet<string> Withheld { get; } = [];

    /// <summary>The scopes of what was given out last.</summary>
    public string? LastScope { get; private set; }

    /// <summary>Makes every token given out so far invalid.</summary>
    public void Forget() => generation++;

    /// <summary>A token for whoever reads from us.</summary>
    /// <param name="scopes">Its scopes.</param>
    /// <param name="claim">The claim that has them: as a rule text when it is <c>scope</c>, a list when it is
    /// <c>scp</c>.</param>
    /// <param name="audience">Whom it is for; null: us.</param>
    /// <param name="issuer">Who issues it; null: this one.</param>
    /// <param name="life">How long it lives.</param>
    /// <param name="stranger">Whether it is signed with another key.</param>
    /// <param name="asList">Whether the claim is a list; null: as the rule is.</param>
    public string Issue(
        IEnumerable<string> scopes,
        string claim = "scope",
        string? audience = null,
        string? issuer = null,
        TimeSpan? life = null,
        bool stranger = false,
        bool? asList = null
    )
    {
        var now = settings.TimeProvider.GetUtcNow();
        var header = Part(
            new
            {
                alg = "ES256",
                typ = "JWT",
                kid = KeyId,
            }
        );
        var payload = Part(
            new Dictionary<string, object>
            {
                ["iss"] = issuer ?? Issuer,
                ["aud"] = audience ?? Audience,
                ["iat"] = now.ToUnixTimeSeconds(),
                ["exp"] = (now + (life ?? TimeSpan.FromMinutes(5))).ToUnixTimeSeconds(),
                ["generation"] = generation,
                ["jti"] = Guid.NewGuid().ToString(),
                [claim] = asList ?? claim != "scope" ? scopes.ToArray() : string.Join(' ', scopes),
            }
        );
        var signed = Encoding.ASCII.GetBytes($"{header}.{payload}");
        using var other = stranger ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : null;
        var signature = (other ?? key).SignData(signed, HashAlgorithmName.SHA256);
        return $"{header}.{payload}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>The status that a request with its token is refused with; null when it is let in.</summary>
    internal int? Refusal(HttpRequest request, string scope)
    {
        if (Claims(OpenCrvs.Jwt.Bearer(request)) is not { } claims)
        {
            return 401;
        }

        return (claims.GetProperty("scope").GetString() ?? "").Split(' ').Contains(scope) ? null : 403;
    }

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/token", Endpoint.Around(GiveAsync));
        app.MapGet("/keys", KeySet.Around(_ => Task.FromResult(Keys())));
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    private JsonElement? Claims(string? token)
    {
        if (token?.Split('.') is not [var header, var payload, var signature])
        {
            return null;
        }

        try
        {
            var signed = Encoding.ASCII.GetBytes($"{header}.{payload}");
            if (!key.VerifyData(signed, Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256))
            {
                return null;
            }

            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            var now = settings.TimeProvider.GetUtcNow();
            return
                claims.RootElement.GetProperty("exp").GetInt64() > now.ToUnixTimeSeconds()
                && claims.RootElement.GetProperty("generation").GetInt32() == generation
                ? claims.RootElement.Clone()
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    private async Task<IResult> GiveAsync(HttpContext context)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync() : FormCollection.Empty;
        if (
            form["grant_type"] != "client_credentials"
            || form["client_id"] != keys.OAuthClientId
            || form["client_secret"] != keys.OAuthClientSecret
        )
        {
            return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        }

        var scopes = form["scope"].ToString().Split(' ').Where(scope => !Withheld.Contains(scope)).ToList();
        LastScope = string.Join(' ', scopes);
        return Results.Json(
            new
            {
                access_token = Issue(scopes, audience: "osia"),
                expires_in = 300,
                token_type = "Bearer",
            }
        );
    }

    private IResult Keys()
    {
        var point = key.ExportParameters(false).Q;
        return Results.Json(
            new
            {
                keys = new[]
                {
                    new
                    {
                        kty = "EC",
                        crv = "P-256",
                        use = "sig",
                        alg = "ES256",
                        kid = KeyId,
                        x = Base64Url.EncodeToString(point.X),
                        y = Base64Url.EncodeToString(point.Y),
                    },
                },
            }
        );
    }
}
