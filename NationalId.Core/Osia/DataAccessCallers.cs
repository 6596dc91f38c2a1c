using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace NationalId.Core.Osia;

/// <summary>What a caller may do.</summary>
internal enum CallerVerdict
{
    /// <summary>What was asked for.</summary>
    Allowed,

    /// <summary>Nothing: there is no good token.</summary>
    Unknown,

    /// <summary>Something else: the token lacks the scope.</summary>
    Forbidden,

    /// <summary>Nobody knows: there are no keys to check the token with.</summary>
    CannotTell,
}

/// <summary>
/// Checks the bearer tokens of those who read from us: signature, issuer, audience, expiry and scope. OSIA does not say
/// which claim has the scopes: <c>scope</c> and <c>scp</c> are read, as text or as a list.
/// </summary>
/// <param name="keys">The keys.</param>
/// <param name="options">Issuer and audience.</param>
/// <param name="time">The clock.</param>
public sealed class DataAccessCallers(CallerKeys keys, OsiaOptions options, TimeProvider time)
{
    private const string Scheme = "Bearer ";
    private const int LongestToken = 16 * 1024;

    // Never "none", and no HMAC: whoever has our public keys could make one.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256,
        SecurityAlgorithms.RsaSha384,
        SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256,
        SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256,
        SecurityAlgorithms.EcdsaSha384,
        SecurityAlgorithms.EcdsaSha512,
    ];

    private static readonly string[] ScopeClaims = ["scope", "scp"];
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private readonly JsonWebTokenHandler handler = new() { MaximumTokenSizeInBytes = LongestToken };

    /// <summary>Checks a caller.</summary>
    /// <param name="request">The caller's request.</param>
    /// <param name="scope">The scope that the token must have.</param>
    /// <param name="cancellationToken">Stops waiting for keys.</param>
    internal async Task<CallerVerdict> CheckAsync(
        HttpRequest request,
        string scope,
        CancellationToken cancellationToken
    )
    {
        if (
            request.Headers.Authorization is not [{ } header]
            || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            || header.Length > LongestToken
            || Parse(header[Scheme.Length..].Trim()) is not { } token
        )
        {
            return CallerVerdict.Unknown;
        }

        var known = await keys.GetAsync(renew: false, cancellationToken);
        var result = await ValidateAsync(token, known);
        if (!result.IsValid && IsSignature(result.Exception))
        {
            known = await keys.GetAsync(renew: true, cancellationToken);
            result = await ValidateAsync(token, known);
        }

        return known.Count == 0 ? CallerVerdict.CannotTell
            : !result.IsValid ? CallerVerdict.Unknown
            : ScopesOf(token).Contains(scope, StringComparer.Ordinal) ? CallerVerdict.Allowed
            : CallerVerdict.Forbidden;
    }

    private static bool IsSignature(Exception? failure) =>
        failure is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException;

    private static IEnumerable<string> ScopesOf(JsonWebToken token) =>
        token
            .Claims.Where(claim => ScopeClaims.Contains(claim.Type))
            .SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private Task<TokenValidationResult> ValidateAsync(JsonWebToken token, IReadOnlyList<SecurityKey> with) =>
        handler.ValidateTokenAsync(
            token,
            new TokenValidationParameters
            {
                ValidAlgorithms = Algorithms,
                ValidIssuer = options.CallerIssuer,
                ValidAudience = options.CallerAudience,
                IssuerSigningKeys = with,
                LifetimeValidator = (from, until, _, _) => IsNow(from, until),
            }
        );

    private bool IsNow(DateTime? from, DateTime? until)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return until > now - ClockSkew && (from is null || from <= now + ClockSkew);
    }

    private JsonWebToken? Parse(string token)
    {
        try
        {
            return handler.ReadJsonWebToken(token);
        }
        catch (Exception)
        {
            // NOTE: the library has another exception for each kind of garbage, and anybody can send any.
            return null;
        }
    }
}
