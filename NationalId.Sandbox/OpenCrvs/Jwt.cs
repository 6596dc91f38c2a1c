using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace NationalId.Sandbox.OpenCrvs;

/// <summary>How to issue a token of OpenCRVS; the default is what the National ID client gets.</summary>
public sealed record IssuedTokenOptions
{
    /// <summary>The audiences of a person's and a system's token, in all versions with webhooks.</summary>
    public static IReadOnlyList<string> UsualAudience { get; } =
    [
        "opencrvs:auth-user",
        "opencrvs:user-mgnt-user",
        "opencrvs:hearth-user",
        "opencrvs:gateway-user",
        "opencrvs:notification-user",
        "opencrvs:workflow-user",
        "opencrvs:search-user",
        "opencrvs:metrics-user",
        "opencrvs:countryconfig-user",
        "opencrvs:webhooks-user",
        "opencrvs:config-user",
        "opencrvs:documents-user",
    ];

    public IReadOnlyList<string> Scope { get; init; } = ["nationalId", "webhook"];

    /// <summary>Null: as long as the sandbox's settings say.</summary>
    public TimeSpan? Lifetime { get; init; }

    public string Issuer { get; init; } = "opencrvs:auth-service";

    public IReadOnlyList<string> Audience { get; init; } = UsualAudience;

    /// <summary>What the header says; the signature is RS256 all the same.</summary>
    public string Algorithm { get; init; } = "RS256";

    /// <summary>Signs with a key that is not OpenCRVS's.</summary>
    public bool SignWithAnotherKey { get; init; }

    /// <summary>Whose it is; null: the National ID client's.</summary>
    public string? Subject { get; init; }

    /// <summary>user or system, since 1.9; null: it doesn't say.</summary>
    public string? UserType { get; init; }

    /// <summary>The one record that it is for.</summary>
    public string? EventId { get; init; }

    /// <summary>The one action that it is for.</summary>
    public string? ActionId { get; init; }
}

/// <summary>OpenCRVS's access tokens: RS256, with scopes.</summary>
internal sealed class Jwt(RSA key, TimeProvider time)
{
    /// <summary>What the auth service serves at <c>/.well-known</c>.</summary>
    public string PublicKeyPem { get; } = key.ExportSubjectPublicKeyInfoPem();

    public string Issue(IssuedTokenOptions options, TimeSpan lifetime, string subject)
    {
        var now = time.GetUtcNow();
        var header = Part(new { alg = options.Algorithm, typ = "JWT" });
        var claims = new Dictionary<string, object>
        {
            ["scope"] = options.Scope,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + (options.Lifetime ?? lifetime)).ToUnixTimeSeconds(),
            ["iss"] = options.Issuer,
            ["aud"] = options.Audience,
            ["sub"] = options.Subject ?? subject,
        };
        Add("userType", options.UserType);
        Add("eventId", options.EventId);
        Add("actionId", options.ActionId);
        Add("jti", options.EventId is null ? Guid.NewGuid().ToString() : null);
        var payload = Part(claims);
        using var stranger = options.SignWithAnotherKey ? RSA.Create(2048) : null;
        var signature = (stranger ?? key).SignData(
            Encoding.ASCII.GetBytes($"{header}.{payload}"),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        return $"{header}.{payload}.{Base64Url.EncodeToString(signature)}";

        void Add(string claim, string? value)
        {
            if (value is not null)
            {
                claims[claim] = value;
            }
        }
    }

    /// <summary>The token's scopes; null when it is not ours or no longer valid.</summary>
    public IReadOnlyList<string>? Check(string? token) =>
        Read(token) is { } claims
            ? [.. claims.GetProperty("scope").EnumerateArray().Select(scope => scope.GetString()!)]
            : null;

    /// <summary>The token's claims; null when it is not ours or no longer valid.</summary>
    public JsonElement? Read(string? token)
    {
        if (token?.Split('.') is not [var header, var payload, var signature])
        {
            return null;
        }

        try
        {
            var signed = Encoding.ASCII.GetBytes($"{header}.{payload}");
            if (
                !key.VerifyData(
                    signed,
                    Base64Url.DecodeFromChars(signature),
                    HashAlgorithmName.SHA256,
                    RSASignaturePadding.Pkcs1
                )
            )
            {
                return null;
            }

            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            return claims.RootElement.GetProperty("exp").GetInt64() <= time.GetUtcNow().ToUnixTimeSeconds()
                ? null
                : claims.RootElement.Clone();
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException)
        {
            return null;
        }
    }

    public IReadOnlyList<string>? CheckBearer(HttpRequest request) =>
        Bearer(request) is { } token ? Check(token) : null;

    /// <summary>The token that a request brings; null when it brings none.</summary>
    public static string? Bearer(HttpRequest request) =>
        request.Headers.Authorization.ToString() is var header
        && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? header[7..]
            : null;

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
