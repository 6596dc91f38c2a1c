using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace NationalId.Sandbox.Mosip;

/// <summary>
/// e-Signet as a stock 1.8 is: a code is good once and for one page, the client proves itself by a signed assertion
/// whose id is never taken twice, and who has signed in is told by a signed token, encrypted where the client is
/// registered so.
/// </summary>
public sealed class Esignet(SandboxSettings settings, SandboxKeys keys)
{
    private const string KeyId = "esignet-1";
    private const string Base = "/v1/esignet";

    private readonly ConcurrentDictionary<string, SignIn> codes = new();
    private readonly ConcurrentDictionary<string, SignIn> tokens = new();
    private readonly ConcurrentDictionary<string, bool> assertions = new();
    private readonly ConcurrentQueue<string> refusals = new();

    /// <summary>The client's id.</summary>
    public const string ClientId = "opencrvs-form";

    public FaultSwitch Token { get; } = new("esignet-token");

    public FaultSwitch UserInfo { get; } = new("esignet-userinfo");

    /// <summary>Why requests were refused.</summary>
    public IReadOnlyCollection<string> Refusals => refusals;

    /// <summary>Whether what is told is encrypted for the client.</summary>
    public bool Encrypts { get; set; }

    /// <summary>Whether an id token stands beside the access token.</summary>
    public bool GivesIdToken { get; set; } = true;

    /// <summary>Whom the user info is for; null: it does not say.</summary>
    public string? Audience { get; set; } = ClientId;

    /// <summary>How long the user info is good.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether the user info is signed by a key that is not e-Signet's.</summary>
    public bool SignsWithAnotherKey { get; set; }

    /// <summary>Whether the user info is another's than the id token says.</summary>
    public bool MixesPeople { get; set; }

    private DateTimeOffset Now => settings.TimeProvider.GetUtcNow();

    /// <summary>Somebody signs in; the browser is sent to the page with this code.</summary>
    public string SignIn(string page, IReadOnlyDictionary<string, object> claims)
    {
        var code = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        codes[code] = new SignIn(page, claims);
        return code;
    }

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(Base + "/oauth/v2/token", Token.Around(TokenAsync));
        app.MapGet(Base + "/oidc/userinfo", UserInfo.Around(context => Task.FromResult(Tell(context))));
        app.MapGet(Base + "/oauth/.well-known/jwks.json", () => Results.Json(new { keys = new[] { PublicKey() } }));
    }

    private async Task<IResult> TokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (WhyNotClient(form, $"{context.Request.Scheme}://{context.Request.Host}{context.Request.Path}") is { } why)
        {
            return Refuse("invalid_client", why);
        }

        if (
            form["grant_type"] != "authorization_code"
            || !codes.TryRemove(form["code"].ToString(), out var signIn)
            || signIn.Page != form["redirect_uri"]
        )
        {
            return Refuse("invalid_grant", "code");
        }

        var access = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        tokens[access] = signIn;
        var answer = new Dictionary<string, object>
        {
            ["access_token"] = access,
            ["token_type"] = "Bearer",
            ["expires_in"] = 3600,
        };
        if (GivesIdToken)
        {
            answer["id_token"] = Sign(
                new Dictionary<string, object>
                {
                    ["sub"] = signIn.Claims["sub"],
                    ["iss"] = "https://esignet.example",
                    ["aud"] = ClientId,
                },
                Now + TimeSpan.FromMinutes(10)
            );
        }

        return Results.Json(answer);
    }

    /// <summary>The client's assertion: RS256 by its key, for us, now, and never seen before.</summary>
    private string? WhyNotClient(IFormCollection form, string self)
    {
        if (
            form["client_id"] != ClientId
            || form["client_assertion_type"] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            || form["client_assertion"].ToString().Split('.') is not [var header, var payload, var signature]
        )
        {
            return "form";
        }

        using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(header));
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
        var said = claims.RootElement;
        if (
            head.RootElement.GetProperty("alg").GetString() != "RS256"
            || !keys.EsignetClient.VerifyData(
                Encoding.ASCII.GetBytes($"{header}.{payload}"),
                Base64Url.DecodeFromChars(signature),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            )
        )
        {
            return "signature";
        }

        if (
            said.GetProperty("iss").GetString() != ClientId
            || said.GetProperty("sub").GetString() != ClientId
            || said.GetProperty("aud").GetString() != self
        )
        {
            return "claims";
        }

        var (from, until) = (said.GetProperty("iat").GetInt64(), said.GetProperty("exp").GetInt64());
        var now = Now.ToUnixTimeSeconds();
        return from > now + 5 || until < now - 5 ? "time"
            : said.TryGetProperty("jti", out var id) && assertions.TryAdd(id.GetString()!, true) ? null
            : "jti";
    }

    private IResult Tell(HttpContext context)
    {
        if (
            context.Request.Headers.Authorization.ToString() is not ['B', 'e', 'a', 'r', 'e', 'r', ' ', .. var access]
            || !tokens.TryGetValue(access, out var signIn)
        )
        {
            return Results.Json(new { error = "invalid_token" }, statusCode: 401);
        }

        var claims = signIn.Claims.ToDictionary();
        if (Audience is not null)
        {
            claims["aud"] = Audience;
        }

        if (MixesPeople)
        {
            claims["sub"] = "somebody-else";
        }

        var signed = Sign(claims, Now + Lifetime);
        return Results.Text(Encrypts ? Encrypt(signed) : signed, "application/jwt");
    }

    private string Sign(Dictionary<string, object> claims, DateTimeOffset until)
    {
        claims["iat"] = Now.ToUnixTimeSeconds();
        claims["exp"] = until.ToUnixTimeSeconds();
        var signed = $"{Part(new { alg = "RS256", kid = KeyId, typ = "JWT" })}.{Part(claims)}";
        using var stranger = SignsWithAnotherKey ? RSA.Create(2048) : null;
        var signature = (stranger ?? keys.Esignet).SignData(
            Encoding.ASCII.GetBytes(signed),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>As MOSIP's key manager encrypts: RSA-OAEP-256 and A256GCM.</summary>
    private string Encrypt(string token)
    {
        var header = Part(
            new
            {
                alg = "RSA-OAEP-256",
                enc = "A256GCM",
                cty = "JWT",
            }
        );
        var key = RandomNumberGenerator.GetBytes(32);
        var nonce = RandomNumberGenerator.GetBytes(12);
        var plain = Encoding.ASCII.GetBytes(token);
        var content = new byte[plain.Length];
        var tag = new byte[16];
        using var cipher = new AesGcm(key, tag.Length);
        cipher.Encrypt(nonce, plain, content, tag, Encoding.ASCII.GetBytes(header));
        return string.Join(
            '.',
            header,
            Base64Url.EncodeToString(keys.EsignetClient.Encrypt(key, RSAEncryptionPadding.OaepSHA256)),
            Base64Url.EncodeToString(nonce),
            Base64Url.EncodeToString(content),
            Base64Url.EncodeToString(tag)
        );
    }

    private object PublicKey()
    {
        var key = keys.Esignet.ExportParameters(includePrivateParameters: false);
        return new
        {
            kty = "RSA",
            use = "sig",
            alg = "RS256",
            kid = KeyId,
            n = Base64Url.EncodeToString(key.Modulus),
            e = Base64Url.EncodeToString(key.Exponent),
        };
    }

    private IResult Refuse(string error, string why)
    {
        refusals.Enqueue(why);
        return Results.Json(new { error }, statusCode: 400);
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}

/// <summary>Somebody who has signed in.</summary>
internal sealed record SignIn(string Page, IReadOnlyDictionary<string, object> Claims);
