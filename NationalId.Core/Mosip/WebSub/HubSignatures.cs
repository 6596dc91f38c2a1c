using System.Security.Cryptography;
using System.Text;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>What the check of a hub's signature found.</summary>
public enum HubVerdict
{
    /// <summary>It is the hub's.</summary>
    Fits,

    /// <summary>It fits no secret that is known. During a rotation another one may come.</summary>
    FitsNone,

    /// <summary>There is nothing to check or to seal with: the secret store does not answer, or has none.</summary>
    Unknown,
}

/// <summary>
/// Checks the signatures of MOSIP's hub: HMAC-SHA256 over the raw bytes, with any enabled version of our secret.
/// </summary>
/// <param name="secrets">Our secret at the hub.</param>
/// <param name="seals">Says whether what is genuine can be sealed.</param>
public sealed class HubSignatures(ISecretStore secrets, PayloadSeals seals)
{
    /// <summary>Checks a signature.</summary>
    /// <param name="body">The body as it came.</param>
    /// <param name="signature">Its signature.</param>
    /// <param name="cancellationToken">Stops waiting for the secret store.</param>
    public async Task<HubVerdict> CheckAsync(
        byte[] body,
        WebhookSignature signature,
        CancellationToken cancellationToken
    )
    {
        if (await VersionsAsync(cancellationToken) is not { Count: > 0 } versions)
        {
            return HubVerdict.Unknown;
        }

        if (Fits(versions))
        {
            return HubVerdict.Fits;
        }

        // It may have been added a moment ago.
        secrets.Refresh(SecretNames.MosipHubSecret);
        return Fits(await VersionsAsync(cancellationToken)) ? HubVerdict.Fits : HubVerdict.FitsNone;

        bool Fits(IReadOnlyList<SecretVersion> known) =>
            known.Any(version => signature.Matches(HMACSHA256.HashData(Encoding.UTF8.GetBytes(version.Value), body)));
    }

    /// <summary>A word for the secrets that count now; null while there are none.</summary>
    /// <param name="cancellationToken">Stops waiting for the secret store.</param>
    public async Task<string?> WordAsync(CancellationToken cancellationToken)
    {
        var versions = await VersionsAsync(cancellationToken);
        return versions.Count == 0 ? null : string.Join('.', versions.Select(Fingerprint));
    }

    /// <summary>Tells versions of the secret apart and gives nothing of them away, like a signature.</summary>
    /// <param name="secret">The version.</param>
    internal static string Fingerprint(SecretVersion secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret.Value), "hub secret"u8))[..16];

    private async Task<IReadOnlyList<SecretVersion>> VersionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Without a key to seal it, what is genuine can't be accepted either.
            return await seals.KeysAsync(cancellationToken) is null
                ? []
                : await secrets.GetVersionsAsync(SecretNames.MosipHubSecret, cancellationToken);
        }
        catch (SecretStoreUnavailableException)
        {
            return [];
        }
    }
}
