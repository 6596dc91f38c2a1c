using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.OpenCrvs.Auth;

/// <summary>
/// Our own token as National ID client, from OpenCRVS's auth service.
/// </summary>
/// <param name="http">The auth service's client.</param>
/// <param name="secrets">Our client's id and secret.</param>
/// <param name="options">The auth service's address.</param>
/// <param name="time">The clock.</param>
/// <param name="client">Whose token it is; null: the National ID client's.</param>
public sealed class OpenCrvsTokens(
    [FromKeyedServices(OpenCrvsPartners.Auth)] HttpClient http,
    ISecretStore secrets,
    OpenCrvsOptions options,
    TimeProvider time,
    ClientSecrets? client = null
)
{
    private const string Party = "OpenCRVS auth";

    private readonly CachedToken cache = new(time);
    private readonly ClientSecrets client = client ?? ClientSecrets.NationalId;
    private volatile OpenCrvsTokenEndpoint known = OpenCrvsTokenEndpoint.Token;

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
        secrets.Refresh(client.Secret);
    }

    private Task<(string Token, TimeSpan Lifetime)> FetchAsync(CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                for (var attempt = 0; ; attempt++)
                {
                    using var answer = await AskAsync(cancellationToken);
                    if ((int)answer.StatusCode is 400 or 401 or 403)
                    {
                        // Rotated in the vault since it was cached: once more with what is there now.
                        secrets.Refresh(client.Id);
                        secrets.Refresh(client.Secret);
                        if (attempt == 0)
                        {
                            continue;
                        }
                    }

                    if (IsAbsent(answer))
                    {
                        throw new TransientFailureException("OpenCRVS auth has no token endpoint at its address");
                    }

                    if ((int)answer.StatusCode is >= 400 and < 500)
                    {
                        throw new TransientFailureException("OpenCRVS auth refuses the client's credentials");
                    }

                    Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
                    var said = await answer.Content.ReadFromJsonAsync(AuthJson.Default.TokenAnswer, cancellationToken);
                    var token = said?.AccessToken ?? said?.Token;
                    return string.IsNullOrEmpty(token)
                        ? throw new TransientFailureException("OpenCRVS auth answered without a token")
                        : (token, TokenTimes.LifetimeOf(token, time.GetUtcNow()));
                }
            },
            cancellationToken
        );

    /// <summary>
    /// Asks the endpoint that OpenCRVS has: <c>/token</c>, or <c>/authenticateSystemClient</c> up to 1.2. Unless the
    /// settings say which, the one that answered last is asked first, and the other when it is not there.
    /// </summary>
    private async Task<HttpResponseMessage> AskAsync(CancellationToken cancellationToken)
    {
        var id = await secrets.GetAsync(client.Id, cancellationToken);
        var secret = await secrets.GetAsync(client.Secret, cancellationToken);
        var set = options.TokenEndpoint;
        var first = set == OpenCrvsTokenEndpoint.Auto ? known : set;
        var answer = await PostAsync(first, id.Value, secret.Value, cancellationToken);
        if (set != OpenCrvsTokenEndpoint.Auto || !IsAbsent(answer))
        {
            return answer;
        }

        answer.Dispose();
        var second =
            first == OpenCrvsTokenEndpoint.Token
                ? OpenCrvsTokenEndpoint.AuthenticateSystemClient
                : OpenCrvsTokenEndpoint.Token;
        answer = await PostAsync(second, id.Value, secret.Value, cancellationToken);
        if (answer.IsSuccessStatusCode)
        {
            // A proxy without its service answers 404 to both: only a token tells which OpenCRVS this is.
            known = second;
        }

        return answer;
    }

    private async Task<HttpResponseMessage> PostAsync(
        OpenCrvsTokenEndpoint endpoint,
        string id,
        string secret,
        CancellationToken cancellationToken
    )
    {
        if (endpoint == OpenCrvsTokenEndpoint.AuthenticateSystemClient)
        {
            using var body = SizedJson.Of(new SystemClient(id, secret), AuthJson.Default.SystemClient);
            return await http.PostAsync(options.AuthAddress("authenticateSystemClient"), body, cancellationToken);
        }

        if (!options.HasWebhooks)
        {
            // 2.0 takes them in the body, and 2.1 nowhere else.
            using var form = new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["client_id"] = id,
                    ["client_secret"] = secret,
                    ["grant_type"] = "client_credentials",
                }
            );
            return await http.PostAsync(options.AuthAddress("token"), form, cancellationToken);
        }

        // 1.x takes them in the query alone: this address must never be logged.
        var query =
            $"token?client_id={Uri.EscapeDataString(id)}&client_secret={Uri.EscapeDataString(secret)}"
            + "&grant_type=client_credentials";
        return await http.PostAsync(options.AuthAddress(query), null, cancellationToken);
    }

    private static bool IsAbsent(HttpResponseMessage answer) => (int)answer.StatusCode is 404 or 405 or 501;
}

/// <summary>The names of the secrets of one of our clients in OpenCRVS.</summary>
/// <param name="Id">The client id's.</param>
/// <param name="Secret">The client secret's.</param>
public sealed record ClientSecrets(string Id, string Secret)
{
    /// <summary>The National ID client.</summary>
    public static ClientSecrets NationalId { get; } =
        new(SecretNames.OpenCrvsClientId, SecretNames.OpenCrvsClientSecret);

    /// <summary>The client that may search records.</summary>
    public static ClientSecrets Search { get; } =
        new(SecretNames.OpenCrvsSearchClientId, SecretNames.OpenCrvsSearchClientSecret);
}

internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string? AccessToken,
    // At /authenticateSystemClient.
    [property: JsonPropertyName("token")] string? Token,
    [property: JsonPropertyName("expires_in")] double? ExpiresIn
);

internal sealed record SystemClient(
    [property: JsonPropertyName("client_id")] string ClientId,
    [property: JsonPropertyName("client_secret")] string ClientSecret
);

internal sealed record VerifyAnswer([property: JsonPropertyName("valid")] bool? Valid);

// Some token endpoints write expires_in as text.
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(SystemClient))]
[JsonSerializable(typeof(VerifyAnswer))]
internal sealed partial class AuthJson : JsonSerializerContext;
