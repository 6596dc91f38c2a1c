using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace NationalId.Sandbox.OpenCrvs;

/// <summary>OpenCRVS's access tokens: RS256, with scopes.</summary>
internal sealed class Jwt(RSA key, TimeProvider time)
{
    public string Issue(IEnumerable<string> scope, TimeSpan lifetime, string subject)
    {
        var now = time.GetUtcNow();
        var header = Part(new { alg = "RS256", typ = "JWT" });
        var payload = Part(
            new
            {
                scope,
                iat = now.ToUnixTimeSeconds(),
                exp = (now + lifetime).ToUnixTimeSeconds(),
                iss = "opencrvs:auth-service",
                aud = new[] { "opencrvs:webhooks-user", "opencrvs:countryconfig-user" },
                sub = subject,
                jti = Guid.NewGuid(),
            }
        );
        var signature = key.SignData(
            Encoding.ASCII.GetBytes($"{header}.{payload}"),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        return $"{header}.{payload}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>The token's scopes; null when it is not ours or no longer valid.</summary>
    public IReadOnlyList<string>? Check(string? token)
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
                : [.. claims.RootElement.GetProperty("scope").EnumerateArray().Select(scope => scope.GetString()!)];
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException)
        {
            return null;
        }
    }

    public IReadOnlyList<string>? CheckBearer(HttpRequest request) =>
        request.Headers.Authorization.ToString() is var header
        && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            ? Check(header[7..])
            : null;

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
