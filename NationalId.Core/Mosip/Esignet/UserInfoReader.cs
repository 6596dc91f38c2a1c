using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Mosip.Esignet;

/// <summary>
/// Reads who has signed in, once it is known that e-Signet says so, now, and to our client. OpenCRVS's mosip-api checks
/// none of it.
/// </summary>
/// <param name="ours">Open what is encrypted for us.</param>
/// <param name="theirs">Check what e-Signet signed.</param>
/// <param name="options">Whether an audience is needed.</param>
/// <param name="time">The clock.</param>
public sealed class UserInfoReader(ClientKeys ours, EsignetKeys theirs, EsignetOptions options, TimeProvider time)
{
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.EcdsaSha256,
    ];

    private readonly JsonWebTokenHandler handler = new() { MaximumTokenSizeInBytes = 1024 * 1024 };

    /// <summary>The claims of who has signed in.</summary>
    /// <param name="userInfo">What e-Signet told.</param>
    /// <param name="idToken">The id token; null when there is none.</param>
    /// <param name="clientId">Our client.</param>
    /// <param name="cancellationToken">Stops waiting for keys.</param>
    /// <exception cref="PermanentFailureException">It can't be trusted.</exception>
    /// <exception cref="DeliveryException">The keys can't be had.</exception>
    internal async Task<IReadOnlyDictionary<string, JsonElement>> ReadAsync(
        string userInfo,
        string? idToken,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        // 1. The user info itself.
        var told = await CheckAsync(await OpenAsync(userInfo, cancellationToken), false, cancellationToken);
        var proves = Proves(told, clientId);

        // 2. The id token beside it, which is for our client whatever the user info says.
        if (idToken is not null)
        {
            var id = await CheckAsync(await OpenAsync(idToken, cancellationToken), true, cancellationToken);
            if (!Proves(id, clientId) || id.Subject != told.Subject)
            {
                throw Refused("its id token is not of the same sign-in");
            }

            proves = true;
        }

        if (!proves && options.RequireAudience)
        {
            throw Refused("it does not say for which client");
        }

        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(told.EncodedPayload));
        return payload
            .RootElement.EnumerateObject()
            .GroupBy(claim => claim.Name, StringComparer.Ordinal)
            .ToDictionary(claim => claim.Key, claim => claim.First().Value.Clone(), StringComparer.Ordinal);
    }

    private async Task<string> OpenAsync(string token, CancellationToken cancellationToken) =>
        !CompactJwe.Is(token)
            ? token
            : CompactJwe.Open(token, (await ours.GetAsync(cancellationToken)).Select(key => key.Rsa))
                ?? throw Refused("no key of ours opens it");

    private async Task<JsonWebToken> CheckAsync(string token, bool mustExpire, CancellationToken cancellationToken)
    {
        var jwt = Parse(token);
        var keys = await theirs.GetAsync(null, cancellationToken);
        var result = await ValidateAsync(jwt, mustExpire, keys);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException)
        {
            // e-Signet may have another key since.
            result = await ValidateAsync(jwt, mustExpire, await theirs.GetAsync(keys, cancellationToken));
        }

        return result.IsValid
            ? jwt
            : throw Refused(
                result.Exception switch
                {
                    SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException =>
                        "its signature is not e-Signet's",
                    SecurityTokenInvalidLifetimeException => "it has expired",
                    _ => "it is no signed token",
                }
            );
    }

    private Task<TokenValidationResult> ValidateAsync(
        JsonWebToken jwt,
        bool mustExpire,
        IReadOnlyList<SecurityKey> keys
    ) =>
        handler.ValidateTokenAsync(
            jwt,
            new TokenValidationParameters
            {
                ValidAlgorithms = Algorithms,
                IssuerSigningKeys = keys,
                TryAllIssuerSigningKeys = true,
                ValidateIssuer = false,
                // Looked at by itself: a user info may have none.
                ValidateAudience = false,
                RequireExpirationTime = mustExpire,
                LifetimeValidator = (from, until, _, _) => IsNow(from, until, mustExpire),
            }
        );

    private bool IsNow(DateTime? from, DateTime? until, bool mustExpire)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return (until is { } end ? end > now - ClockSkew : !mustExpire) && (from is null || from <= now + ClockSkew);
    }

    /// <summary>Whether a token says that it is for our client.</summary>
    /// <exception cref="PermanentFailureException">It is for another one.</exception>
    private static bool Proves(JsonWebToken token, string clientId)
    {
        var audiences = token.Audiences.ToList();
        return audiences.Count > 0 && (audiences.Contains(clientId) ? true : throw Refused("it is for another client"));
    }

    private JsonWebToken Parse(string token)
    {
        try
        {
            return handler.ReadJsonWebToken(token);
        }
        catch (Exception)
        {
            // NOTE: the library has another exception for each kind of garbage.
            throw Refused("it is no signed token");
        }
    }

    private static PermanentFailureException Refused(string why) => new($"What e-Signet told is not taken: {why}.");
}
