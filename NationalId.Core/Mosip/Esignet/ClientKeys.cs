using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using NationalId.Core.Platform.Keys;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.Esignet;

/// <summary>A private key of ours at e-Signet.</summary>
/// <param name="Rsa">The key.</param>
/// <param name="Id">What e-Signet knows it by; null where it knows one key only.</param>
internal sealed record ClientKey(RSA Rsa, string? Id)
{
    /// <summary>Nothing of the key.</summary>
    public override string ToString() => nameof(ClientKey);
}

/// <summary>
/// Our client's private keys at e-Signet: the newest one proves who we are, all of them open what is encrypted for us.
/// </summary>
/// <param name="store">The secret store.</param>
/// <param name="logger">Told of a version that can't be used.</param>
public sealed class ClientKeys(ISecretStore store, ILogger<ClientKeys> logger)
{
    private readonly ParsedSecret<ClientKey> keys = new(SecretNames.EsignetKey, Read, logger);

    /// <summary>What is wrong with the newest version while an older one serves; null when nothing is.</summary>
    internal string? Problem => keys.Problem;

    /// <summary>The keys, newest first.</summary>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <returns>One at least.</returns>
    /// <exception cref="SecretMissingException">There is none.</exception>
    /// <exception cref="SecretUnusableException">None can be read.</exception>
    internal async ValueTask<IReadOnlyList<ClientKey>> GetAsync(CancellationToken cancellationToken) =>
        keys.Get(await store.GetVersionsAsync(SecretNames.EsignetKey, cancellationToken));

    /// <summary>Reads a key as it is stored: a JWK, the base64 of one, or PEM.</summary>
    /// <exception cref="KeyProblemException">It is none of them.</exception>
    internal static ClientKey Read(string text)
    {
        var clean = SecretText.Trim(text);
        return (clean.StartsWith('{') ? clean : Decoded(clean)) is { } jwk
            ? Jwk(jwk)
            : new ClientKey(KeyFormats.PrivateKey(text), null);
    }

    private static string? Decoded(string text)
    {
        try
        {
            var bytes =
                text.AsSpan().IndexOfAny('-', '_') >= 0
                    ? Base64Url.DecodeFromChars(text)
                    : Convert.FromBase64String(text);
            var inner = SecretText.Trim(Encoding.UTF8.GetString(bytes));
            return inner.StartsWith('{') ? inner : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static ClientKey Jwk(string json)
    {
        try
        {
            var jwk = new JsonWebKey(json);
            if (jwk.Kty != JsonWebAlgorithmsKeyTypes.RSA || !jwk.HasPrivateKey)
            {
                throw new KeyProblemException("it is a JWK, but no private RSA key");
            }

            var rsa = RSA.Create();
            rsa.ImportParameters(
                new RSAParameters
                {
                    Modulus = Part(jwk.N),
                    Exponent = Part(jwk.E),
                    D = Part(jwk.D),
                    P = Part(jwk.P),
                    Q = Part(jwk.Q),
                    DP = Part(jwk.DP),
                    DQ = Part(jwk.DQ),
                    InverseQ = Part(jwk.QI),
                }
            );
            return rsa.KeySize >= KeyFormats.MinimumKeySize
                ? new ClientKey(rsa, string.IsNullOrEmpty(jwk.Kid) ? null : jwk.Kid)
                : throw KeyFormats.TooShort();
        }
        catch (Exception damaged)
            when (damaged is ArgumentException or FormatException
                || (damaged is CryptographicException and not KeyProblemException)
            )
        {
            throw new KeyProblemException("it is a damaged JWK");
        }
    }

    private static byte[]? Part(string? text) => string.IsNullOrEmpty(text) ? null : Base64Url.DecodeFromChars(text);
}

/// <summary>The key that e-Signet knows us by.</summary>
/// <param name="keys">Reads it as it is used.</param>
public sealed class EsignetSecretCheck(ClientKeys keys) : ISecretCheck
{
    /// <inheritdoc/>
    public Task CheckAsync(SecretReport report, CancellationToken cancellationToken) =>
        report.ReadAsync(
            SecretNames.EsignetKey,
            async () =>
            {
                await keys.GetAsync(cancellationToken);
                if (keys.Problem is { } problem)
                {
                    report.Add(
                        new SecretFinding(SecretNames.EsignetKey, $"{problem} (newest version; an older one is used)")
                    );
                }
            },
            cancellationToken
        );
}
