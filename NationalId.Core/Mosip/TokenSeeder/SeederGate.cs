using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// Who may ask the Token Seeder at all. OpenCRVS sends no credential, so whoever reaches the routes can test guesses
/// about people: they are limited in number, and a reverse proxy beside OpenCRVS can send a secret in its stead.
/// </summary>
public sealed class SeederGate(ISecretStore secrets, CallerLimiter limiter, CallerOptions options)
{
    /// <summary>The header that holds the secret.</summary>
    public const string KeyHeader = "X-Seeder-Key";

    /// <summary>Lets a request in.</summary>
    /// <param name="request">The caller's request.</param>
    /// <exception cref="SeederException">It brings no right key, or its caller asks too often.</exception>
    public async Task EnterAsync(HttpRequest request)
    {
        // The key first: who has none must not use up what those may ask who have it.
        if (options.RequireSeederKey)
        {
            await CheckKeyAsync(request);
        }

        if (limiter.Refuse(request) is { } wait)
        {
            RetryAfter(request, wait);
            throw new SeederException(429, SeederCodes.Unknown, "too many requests, try again later");
        }
    }

    private async Task CheckKeyAsync(HttpRequest request)
    {
        IReadOnlyList<SecretVersion> versions;
        try
        {
            versions = await secrets.GetVersionsAsync(SecretNames.SeederCallerKey, request.HttpContext.RequestAborted);
        }
        catch (SecretStoreUnavailableException)
        {
            versions = [];
        }

        if (versions.All(version => string.IsNullOrWhiteSpace(version.Value)))
        {
            // That is our trouble, not the caller's.
            RetryAfter(request, TimeSpan.FromSeconds(30));
            throw new SeederException(503, SeederCodes.Unknown, "the key can't be checked now, try again later");
        }

        if (!Fits(request.Headers[KeyHeader], versions))
        {
            // A key that was added a moment ago counts with the next request.
            secrets.Refresh(SecretNames.SeederCallerKey);
            throw new SeederException(401, SeederCodes.Unknown, $"{KeyHeader} is missing or wrong");
        }
    }

    private static bool Fits(IReadOnlyList<string?> given, IReadOnlyList<SecretVersion> versions)
    {
        if (given is not [{ Length: > 0 } key])
        {
            return false;
        }

        // Hashes, and all of them: neither the time nor the length tells anything.
        var hash = Hash(key);
        var fits = false;
        foreach (var version in versions.Where(version => !string.IsNullOrWhiteSpace(version.Value)))
        {
            fits |= CryptographicOperations.FixedTimeEquals(hash, Hash(version.Value.Trim()));
        }

        return fits;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private static void RetryAfter(HttpRequest request, TimeSpan wait) =>
        request.HttpContext.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds))
            .ToString("0", CultureInfo.InvariantCulture);
}
