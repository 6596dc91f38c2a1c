using System.Buffers.Text;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.OpenCrvs.Auth;

/// <summary>
/// OpenCRVS's auth service: our own token as National ID client, and the check of others' (docs/protocols.md,
/// "OpenCRVS's auth service").
/// </summary>
/// <param name="http">The auth service's client.</param>
/// <param name="secrets">Our client's id and secret.</param>
/// <param name="options">The auth service's address.</param>
/// <param name="time">The clock.</param>
public sealed class OpenCrvsTokens(
    [FromKeyedServices(OpenCrvsPartners.Auth)] HttpClient http,
    ISecretStore secrets,
    OpenCrvsOptions options,
    TimeProvider time
)
{
    private const string Party = "OpenCRVS auth";

    private readonly CachedToken cache = new(time);

    /// <summary>A bearer token of the National ID client; cached until shortly before it expires.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TransientFailureException">The auth service can't be reached or refuses our client.</exception>
    public ValueTask<string> GetAsync(CancellationToken cancellationToken) =>
        cache.GetAsync(FetchAsync, cancellationToken);

    /// <summary>Forgets a token that was refused, and with it the client secret that may have been rotated.</summary>
    /// <param name="token">The token.</param>
    public void Invalidate(string token)
    {
        cache.Invalidate(token);
        secrets.Refresh(SecretNames.OpenCrvsClientSecret);
    }

    /// <summary>Asks the auth service whether a caller's token is valid.</summary>
    /// <param name="token">The caller's token.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="TransientFailureException">The auth service can't be reached.</exception>
    public async Task<bool> IsValidAsync(string token, CancellationToken cancellationToken)
    {
        using var form = new FormUrlEncodedContent([new("token", token)]);
        return await Failures.CallAsync(
            Party,
            async () =>
            {
                using var answer = await http.PostAsync(Address("verifyToken"), form, cancellationToken);
                if ((int)answer.StatusCode is 400 or 401 or 403 or 422)
                {
                    return false;
                }

                Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
                return (await answer.Content.ReadFromJsonAsync(AuthJson.Default.VerifyAnswer, cancellationToken))?.Valid
                    ?? false;
            },
            cancellationToken
        );
    }

    private Task<(string Token, TimeSpan Lifetime)> FetchAsync(CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                for (var attempt = 0; ; attempt++)
                {
                    var id = await secrets.GetAsync(SecretNames.OpenCrvsClientId, cancellationToken);
                    var secret = await secrets.GetAsync(SecretNames.OpenCrvsClientSecret, cancellationToken);
                    // OpenCRVS takes them in the query: this address must never be logged.
                    var query =
                        $"token?client_id={Uri.EscapeDataString(id.Value)}&client_secret={Uri.EscapeDataString(secret.Value)}&grant_type=client_credentials";
                    using var answer = await http.PostAsync(Address(query), null, cancellationToken);
                    if ((int)answer.StatusCode is 400 or 401 or 403)
                    {
                        // Rotated in the vault since it was cached: once more with what is there now.
                        secrets.Refresh(SecretNames.OpenCrvsClientId);
                        secrets.Refresh(SecretNames.OpenCrvsClientSecret);
                        if (attempt == 0)
                        {
                            continue;
                        }
                    }

                    if ((int)answer.StatusCode is >= 400 and < 500)
                    {
                        throw new TransientFailureException("OpenCRVS auth refuses the client's credentials");
                    }

                    Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
                    var token = (
                        await answer.Content.ReadFromJsonAsync(AuthJson.Default.TokenAnswer, cancellationToken)
                    )?.AccessToken;
                    return string.IsNullOrEmpty(token)
                        ? throw new TransientFailureException("OpenCRVS auth answered without a token")
                        : (token, Lifetime(token));
                }
            },
            cancellationToken
        );

    private Uri Address(string path) =>
        new(
            (
                options.AuthUrl
                ?? throw new TransientFailureException("NationalId:OpenCrvs:AuthUrl is not set")
            ).AbsoluteUri.TrimEnd('/')
                + "/"
                + path
        );

    // The answer has no expires_in; the JWT's own exp tells.
    private TimeSpan Lifetime(string jwt)
    {
        try
        {
            var parts = jwt.Split('.');
            if (parts.Length == 3)
            {
                using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
                if (payload.RootElement.TryGetProperty("exp", out var exp) && exp.TryGetInt64(out var seconds))
                {
                    return DateTimeOffset.FromUnixTimeSeconds(seconds) - time.GetUtcNow();
                }
            }
        }
        catch (Exception failure) when (failure is FormatException or JsonException or ArgumentOutOfRangeException)
        {
            // Not a JWT: taken for five minutes.
        }

        return TimeSpan.FromMinutes(5);
    }
}

internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string? AccessToken,
    [property: JsonPropertyName("expires_in")] double? ExpiresIn
);

internal sealed record VerifyAnswer([property: JsonPropertyName("valid")] bool Valid);

// Some token endpoints write expires_in as text.
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(VerifyAnswer))]
internal sealed partial class AuthJson : JsonSerializerContext;
