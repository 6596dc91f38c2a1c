using System.Security.Cryptography;
using System.Text;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Ledger;

/// <summary>
/// Seals payloads: whoever can write to storage can put a payload there, but only we can seal one. The seal is an HMAC
/// under the ledger key over what the payload says about itself, its blob's name and the hash of its content
/// (docs/architecture.md).
/// </summary>
/// <param name="secrets">Holds the ledger key; every enabled version counts.</param>
/// <param name="payloads">Where payloads are.</param>
public sealed class PayloadSeals(ISecretStore secrets, PayloadStore payloads)
{
    private const int Small = 1024 * 1024;

    // It keeps a seal apart from the ledger's other hashes under the same key.
    private static readonly byte[] Label = Encoding.UTF8.GetBytes("payload seal\n");

    /// <summary>
    /// A word for the keys that count now; null while none is known and nothing can be sealed or told from a forgery.
    /// The word changes when they do.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting for the secret store.</param>
    public async ValueTask<string?> KeysAsync(CancellationToken cancellationToken)
    {
        try
        {
            var keys = await secrets.GetVersionsAsync(SecretNames.LedgerKey, cancellationToken);
            return keys.Count == 0 ? null : string.Join('.', keys.Select(key => key.Version));
        }
        catch (SecretStoreUnavailableException)
        {
            return null;
        }
    }

    /// <summary>Seals a payload that was accepted just now.</summary>
    /// <param name="info">What it is. It must not change any more.</param>
    /// <param name="blob">Its blob's name.</param>
    /// <param name="contentHash">The SHA-256 of its content.</param>
    /// <param name="cancellationToken">Stops waiting for the secret store.</param>
    /// <returns><paramref name="info"/> with its seal.</returns>
    /// <exception cref="SecretMissingException">There is no ledger key.</exception>
    /// <exception cref="SecretStoreUnavailableException">The store can't be reached.</exception>
    public async Task<PayloadInfo> SealAsync(
        PayloadInfo info,
        string blob,
        byte[] contentHash,
        CancellationToken cancellationToken
    )
    {
        var key = await secrets.GetAsync(SecretNames.LedgerKey, cancellationToken);
        return info with { Seal = Convert.ToHexStringLower(Compute(key, info, blob, contentHash)) };
    }

    /// <summary>
    /// Opens an event's payload for one pass over it. Its seal is checked first: up to 1 MiB in the same pass, so that
    /// it is read once; what is longer is read twice.
    /// </summary>
    /// <param name="key">The event.</param>
    /// <param name="blob">Its blob's name; null when it was removed.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="PayloadMissingException">There is no such blob.</exception>
    /// <exception cref="TransientFailureException">It is not sealed with any key that is enabled.</exception>
    /// <exception cref="SecretStoreUnavailableException">The store can't be reached.</exception>
    public async Task<Payload> OpenAsync(string key, string? blob, CancellationToken cancellationToken) =>
        await CheckAsync(key, blob ?? throw new PayloadMissingException(), cancellationToken)
        ?? throw new TransientFailureException("The payload is not sealed with any ledger key that is enabled.");

    /// <summary>Reads an event's whole payload, where that is known to be short.</summary>
    /// <inheritdoc cref="OpenAsync"/>
    public async Task<byte[]> ReadAsync(string key, string? blob, CancellationToken cancellationToken)
    {
        await using var payload = await OpenAsync(key, blob, cancellationToken);
        if (payload.Whole is { } whole)
        {
            return whole;
        }

        using var body = new MemoryStream();
        await payload.Content.CopyToAsync(body, cancellationToken);
        return body.ToArray();
    }

    /// <summary>Reads a payload to its end and checks its seal.</summary>
    /// <param name="key">The event whose payload it should be.</param>
    /// <param name="blob">Its blob's name.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Whether we sealed it as it is.</returns>
    /// <exception cref="PayloadMissingException">There is no such blob.</exception>
    /// <exception cref="SecretStoreUnavailableException">The store can't be reached.</exception>
    public async Task<bool> FitsAsync(string key, string blob, CancellationToken cancellationToken)
    {
        await using var payload = await CheckAsync(key, blob, cancellationToken);
        return payload is not null;
    }

    private async Task<Payload?> CheckAsync(string key, string blob, CancellationToken cancellationToken)
    {
        var payload = await payloads.OpenAsync(blob, cancellationToken);
        await using var opened = payload;
        byte[]? whole = null;
        byte[] hash;
        if (payload.Length <= Small)
        {
            whole = new byte[payload.Length];
            await payload.Content.ReadExactlyAsync(whole, cancellationToken);
            hash = SHA256.HashData(whole);
        }
        else
        {
            hash = await SHA256.HashDataAsync(payload.Content, cancellationToken);
        }

        if (!await FitsAsync(payload.Info, key, blob, hash, cancellationToken))
        {
            Instruments.Unsealed.Add(1);
            return null;
        }

        return whole is null
            ? await payloads.OpenAsync(blob, cancellationToken)
            : payload with
            {
                Content = new MemoryStream(whole, writable: false),
                Whole = whole,
            };
    }

    private async Task<bool> FitsAsync(
        PayloadInfo? info,
        string key,
        string blob,
        byte[] hash,
        CancellationToken cancellationToken
    )
    {
        if (info is not { Seal: { Length: 64 } } || info.Key != key)
        {
            return false;
        }

        if (await FitsAsync(info, blob, hash, cancellationToken))
        {
            return true;
        }

        // Another worker may have sealed it with a key that this one has not seen yet.
        secrets.Refresh(SecretNames.LedgerKey);
        return await FitsAsync(info, blob, hash, cancellationToken);
    }

    private async Task<bool> FitsAsync(PayloadInfo info, string blob, byte[] hash, CancellationToken cancellationToken)
    {
        var claimed = Encoding.ASCII.GetBytes(info.Seal!);
        foreach (var key in await secrets.GetVersionsAsync(SecretNames.LedgerKey, cancellationToken))
        {
            var seal = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Compute(key, info, blob, hash)));
            if (CryptographicOperations.FixedTimeEquals(seal, claimed))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[] Compute(SecretVersion key, PayloadInfo info, string blob, byte[] contentHash)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key.Value));
        hmac.AppendData(Label);
        hmac.AppendData(contentHash);
        hmac.AppendData(Encoding.UTF8.GetBytes(blob + "\n"));
        // Names are fixed and values are escaped, so no value can pass for two.
        var lines = (info with { Seal = null })
            .ToMetadata()
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}={pair.Value}\n");
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Concat(lines)));
        return hmac.GetHashAndReset();
    }
}
