using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Mosip.Esignet;

/// <summary>What e-Signet gives for a code.</summary>
/// <param name="Access">The token that opens the user info.</param>
/// <param name="Id">The id token; null when it gives none.</param>
internal sealed record EsignetTokens(string Access, string? Id)
{
    /// <summary>Nothing of them.</summary>
    public override string ToString() => nameof(EsignetTokens);
}

/// <summary>e-Signet as a client speaks to it: a code for tokens, a token for who has signed in.</summary>
/// <param name="http">e-Signet.</param>
/// <param name="keys">Our keys.</param>
/// <param name="options">The addresses.</param>
/// <param name="time">The clock.</param>
public sealed class EsignetClient(
    [FromKeyedServices(MosipPartners.Esignet)] HttpClient http,
    ClientKeys keys,
    EsignetOptions options,
    TimeProvider time
)
{
    /// <summary>What people call it.</summary>
    internal const string Party = "e-Signet";

    private const int LongestAnswer = 1024 * 1024;

    private static readonly TimeSpan ProofLivesFor = TimeSpan.FromMinutes(5);

    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>Gives e-Signet the code that it gave the browser.</summary>
    /// <param name="code">The code. It is good once.</param>
    /// <param name="clientId">The country's client at e-Signet.</param>
    /// <param name="redirectUri">The page to which e-Signet sent the browser, as it was told before.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="PermanentFailureException">e-Signet does not take the code, the client or the page.</exception>
    /// <exception cref="TransientFailureException">e-Signet is away, or answers nonsense.</exception>
    internal Task<EsignetTokens> TokensAsync(
        string code,
        string clientId,
        string redirectUri,
        CancellationToken cancellationToken
    ) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, options.TokenUrl)
                {
                    Content = new FormUrlEncodedContent(
                        new Dictionary<string, string>
                        {
                            ["code"] = code,
                            ["client_id"] = clientId,
                            ["redirect_uri"] = redirectUri,
                            ["grant_type"] = "authorization_code",
                            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                            ["client_assertion"] = await ProofAsync(clientId, cancellationToken),
                        }
                    ),
                };
                request.SetKind("token");
                // Neither the code nor the proof is good twice.
                request.SetOnce();
                var body = await SendAsync(request, cancellationToken);
                using var answer = JsonDocument.Parse(body);
                return
                    answer.RootElement.ValueKind == JsonValueKind.Object
                    && Text(answer.RootElement, "access_token") is { } access
                    ? new EsignetTokens(access, Text(answer.RootElement, "id_token"))
                    : throw Failures.Unreadable(Party);
            },
            cancellationToken
        );

    /// <summary>Who has signed in, as e-Signet wrote it: a JWS, or a JWE around one.</summary>
    /// <param name="accessToken">The token.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <inheritdoc cref="TokensAsync"/>
    internal Task<string> UserInfoAsync(string accessToken, CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, options.UserInfoUrl);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
                request.SetKind("userinfo");
                return Encoding.UTF8.GetString(await SendAsync(request, cancellationToken)).Trim();
            },
            cancellationToken
        );

    /// <summary>
    /// What proves that we are the client. Each has an id of its own: e-Signet takes none twice, and none without.
    /// </summary>
    private async Task<string> ProofAsync(string clientId, CancellationToken cancellationToken)
    {
        var key = (await keys.GetAsync(cancellationToken))[0];
        var now = time.GetUtcNow();
        return handler.CreateToken(
            new SecurityTokenDescriptor
            {
                IssuedAt = now.UtcDateTime,
                Expires = (now + ProofLivesFor).UtcDateTime,
                Claims = new Dictionary<string, object>
                {
                    [JwtRegisteredClaimNames.Iss] = clientId,
                    [JwtRegisteredClaimNames.Sub] = clientId,
                    [JwtRegisteredClaimNames.Aud] = options.ProofAudience,
                    [JwtRegisteredClaimNames.Jti] = Guid.NewGuid().ToString(),
                },
                SigningCredentials = new SigningCredentials(
                    new RsaSecurityKey(key.Rsa) { KeyId = key.Id },
                    SecurityAlgorithms.RsaSha256
                )
                {
                    // Keys come and go with the secret's versions: the library must not keep what was made of them.
                    CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false },
                },
            }
        );
    }

    private async Task<byte[]> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if ((int)answer.StatusCode is 400 or 401)
        {
            // Of the code, the client or the token; which of them stands in words that may quote what we sent.
            throw new PermanentFailureException($"e-Signet answered {(int)answer.StatusCode}.");
        }

        Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
        return await Failures.ReadBodyAsync(answer, LongestAnswer, Party, cancellationToken);
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;
}
