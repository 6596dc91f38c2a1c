using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace NationalId.Core.OpenCrvs.Auth;

/// <summary>What a bearer token must be good for.</summary>
/// <param name="Audience">The audience that it must name among its own.</param>
/// <param name="Scopes">Scopes of which it must have one; empty when none is asked for. A scope is named without what
/// OpenCRVS 2.0 writes around it: <c>record.read</c> is also <c>type=record.read&amp;event=birth</c>.</param>
public sealed record BearerWants(string Audience, IReadOnlyList<string> Scopes)
{
    /// <summary>
    /// The audience that stands in every token of OpenCRVS, a person's and a system's, from 1.2 to 2.0: those who call
    /// a country's own services.
    /// </summary>
    public const string CountryConfig = "opencrvs:countryconfig-user";

    /// <summary>Whether it must have all of the scopes.</summary>
    public bool All { get; init; }
}

/// <summary>What is known of a bearer token after it was looked at.</summary>
public enum BearerVerdict
{
    /// <summary>OpenCRVS issued it, it is good for what is wanted, and it has not expired.</summary>
    Valid,

    /// <summary>It is refused, whatever else is known.</summary>
    Wrong,

    /// <summary>
    /// All that it says is right, but OpenCRVS's public key could not be had to check the signature. Never to be taken
    /// for valid.
    /// </summary>
    CannotTell,
}

/// <summary>A bearer token that was looked at.</summary>
/// <param name="Verdict">What is known of it.</param>
/// <param name="Reason">Why it is not valid, in a fixed word that is fit for logs and metrics; empty when it
/// is.</param>
/// <param name="Token">Its claims, when it is valid.</param>
public sealed record BearerCheck(BearerVerdict Verdict, string Reason, JsonWebToken? Token)
{
    /// <summary>A claim that is text, of a valid token; null when it has none of that name.</summary>
    /// <param name="name">The claim's name.</param>
    public string? Claim(string name) =>
        Token is not null && Token.TryGetPayloadValue<string>(name, out var value) ? value : null;
}

/// <summary>
/// Checks bearer tokens of OpenCRVS by ourselves: RS256 signature, issuer, audience, expiry and scope. Its auth
/// service's
/// <c>/verifyToken</c> only knows what was logged out, and says valid to any text:
/// <see cref="LoggedOutTokens"/> asks it.
/// </summary>
/// <param name="keys">OpenCRVS's public keys.</param>
/// <param name="time">The clock.</param>
public sealed class OpenCrvsBearers(OpenCrvsKeys keys, TimeProvider time)
{
    /// <summary>Who issues all tokens of OpenCRVS, from 1.2 to 2.1.</summary>
    public const string Issuer = "opencrvs:auth-service";

    /// <summary>
    /// Longer tokens are not looked at: those of registrars with many scopes have about 4,000 characters.
    /// </summary>
    public const int LongestToken = 16 * 1024;

    private const string Signature = "signature";

    /// <summary>How far OpenCRVS's clock and ours may differ.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private readonly JsonWebTokenHandler handler = new() { MaximumTokenSizeInBytes = LongestToken };

    /// <summary>
    /// Looks at a token without asking anybody: for a caller who has proved nothing yet. A signature that fits no key
    /// at hand is <see cref="BearerVerdict.CannotTell"/>.
    /// </summary>
    /// <param name="token">The token, without <c>Bearer</c>.</param>
    /// <param name="wants">What it must be good for.</param>
    public async Task<BearerCheck> GlanceAsync(string token, BearerWants wants)
    {
        var check = await CheckAsync(token, wants, keys.AtHand);
        return check.Reason == Signature ? check with { Verdict = BearerVerdict.CannotTell } : check;
    }

    /// <summary>Checks a token; the public keys are fetched where they are missing or may have changed.</summary>
    /// <param name="token">The token, without <c>Bearer</c>.</param>
    /// <param name="wants">What it must be good for.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<BearerCheck> CheckAsync(string token, BearerWants wants, CancellationToken cancellationToken)
    {
        // 1. What is wrong with its content needs no key.
        var check = await GlanceAsync(token, wants);
        if (check.Verdict == BearerVerdict.Wrong)
        {
            return check;
        }

        // 2. The keys that are known; fetched now if there are none.
        var current = await keys.GetAsync(cancellationToken);
        if (current.Count == 0)
        {
            return new BearerCheck(BearerVerdict.CannotTell, "no-key", null);
        }

        check = await CheckAsync(token, wants, current);
        if (check.Reason != Signature)
        {
            return check;
        }

        // 3. OpenCRVS may have another key since. Where it doesn't tell, the signature may be right all the same.
        var present = await keys.RenewAsync(cancellationToken);
        check = await CheckAsync(token, wants, keys.AtHand);
        return check.Reason == Signature && !present ? check with { Verdict = BearerVerdict.CannotTell } : check;
    }

    private async Task<BearerCheck> CheckAsync(string token, BearerWants wants, IReadOnlyList<SecurityKey> with)
    {
        if (token.Length > LongestToken || Parse(token) is not { } jwt)
        {
            return Wrong("malformed");
        }

        // "none", or HMAC with our copy of the public key as its secret: refused before any signature is looked at.
        if (jwt.Alg != SecurityAlgorithms.RsaSha256)
        {
            return Wrong("algorithm");
        }

        var result = await handler.ValidateTokenAsync(
            jwt,
            new TokenValidationParameters
            {
                ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
                ValidIssuer = Issuer,
                ValidAudience = wants.Audience,
                IssuerSigningKeys = with,
                LifetimeValidator = (from, until, _, _) => IsNow(from, until),
                // So that a wrong signature means that all else is right: only then may it be a newer key's.
                ValidateSignatureLast = true,
            }
        );
        if (!result.IsValid && Reason(result.Exception) is var reason && reason != Signature)
        {
            return Wrong(reason);
        }

        if (!HasScopes(jwt, wants))
        {
            return Wrong("scope");
        }

        return result.IsValid ? new BearerCheck(BearerVerdict.Valid, "", jwt) : Wrong(Signature);
    }

    private bool IsNow(DateTime? from, DateTime? until)
    {
        // Nothing is added to a sender's time: it may be the last one that there is.
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

    /// <summary>
    /// A list in the token, or one text with blanks in between as OAuth 2 writes it.
    /// </summary>
    private static bool HasScopes(JsonWebToken token, BearerWants wants)
    {
        var scopes = token
            .Claims.Where(claim => claim.Type == "scope")
            .SelectMany(claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(Bare)
            .ToHashSet(StringComparer.Ordinal);
        return wants.All
            ? wants.Scopes.All(scopes.Contains)
            : wants.Scopes.Count == 0 || wants.Scopes.Any(scopes.Contains);
    }

    /// <summary><c>record.read</c> of <c>type=record.read&amp;event=birth</c>.</summary>
    private static string Bare(string scope) =>
        scope.StartsWith("type=", StringComparison.Ordinal) ? scope["type=".Length..].Split('&')[0] : scope;

    private static string Reason(Exception? failure) =>
        failure switch
        {
            SecurityTokenInvalidLifetimeException => "expired",
            SecurityTokenInvalidIssuerException => "issuer",
            SecurityTokenInvalidAudienceException => "audience",
            SecurityTokenInvalidSignatureException => Signature,
            _ => "malformed",
        };

    private static BearerCheck Wrong(string reason) => new(BearerVerdict.Wrong, reason, null);
}
