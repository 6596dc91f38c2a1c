using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// Checks the proof that a verifiable credential carries itself, for the types of credentials that the settings name
/// (docs/protocols.md, "MOSIP's hub"). The key is published by MOSIP; it is fetched from addresses that the settings
/// allow, and kept for an hour.
/// </summary>
/// <param name="http">Fetches keys.</param>
/// <param name="options">The types, the addresses, and the country's MOSIP context.</param>
/// <param name="time">The clock.</param>
public sealed class LinkedDataProof(
    [FromKeyedServices(MosipPartners.Hub)] HttpClient http,
    WebSubOptions options,
    TimeProvider time
)
{
    private const string Party = "MOSIP's published key";
    private const int LongestKey = 64 * 1024;

    private static readonly TimeSpan KeepFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, (string Pem, DateTimeOffset Until)> keys = new();
    private readonly string[] types = options.LinkedDataProofTypes.Names();
    private readonly string[] methods = options.VerificationMethods.Names();
    private readonly LinkedData linkedData = new(options.LinkedDataVocabulary, options.LinkedDataTerms.Names());

    /// <summary>Checks a credential's own proof, where its type needs one.</summary>
    /// <param name="type">The credential's type.</param>
    /// <param name="text">The credential's text.</param>
    /// <param name="cancellationToken">Stops the fetching of keys.</param>
    /// <exception cref="FlaggedException">It does not hold.</exception>
    /// <exception cref="TransientFailureException">The key can't be fetched now.</exception>
    public async Task CheckAsync(string type, byte[] text, CancellationToken cancellationToken)
    {
        if (!types.Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        if (Read(text) is not (var hash, var jws, var method) || !methods.Contains(method, StringComparer.Ordinal))
        {
            throw new FlaggedException(CredentialFlags.WrongLinkedDataProof);
        }

        // Once more with a key of now: it may have been replaced since.
        if (
            !Fits(hash, jws, await KeyAsync(method, fresh: false, cancellationToken))
            && !Fits(hash, jws, await KeyAsync(method, fresh: true, cancellationToken))
        )
        {
            throw new FlaggedException(CredentialFlags.WrongLinkedDataProof);
        }
    }

    /// <summary>What is signed, the signature, and where the key is; null when it is not of MOSIP's form.</summary>
    private (byte[] Hash, DetachedJws Jws, string Method)? Read(byte[] text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, StrictJson.Options);
            if (linkedData.Hash(document.RootElement) is not { } hash)
            {
                return null;
            }

            var proof = document.RootElement.GetProperty("proof");
            return DetachedJws.Read(proof.GetProperty("jws").GetString()!) is { IsRaw: true } jws
                ? (hash, jws, proof.GetProperty("verificationMethod").GetString()!)
                : null;
        }
        catch (Exception unreadable)
            when (unreadable is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static bool Fits(byte[] hash, DetachedJws jws, string pem)
    {
        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(pem);
            return jws.Fits(hash, key);
        }
        catch (Exception bad) when (bad is ArgumentException or CryptographicException)
        {
            throw Failures.Unreadable(Party);
        }
    }

    private async Task<string> KeyAsync(string method, bool fresh, CancellationToken cancellationToken)
    {
        if (!fresh && keys.TryGetValue(method, out var known) && known.Until > time.GetUtcNow())
        {
            return known.Pem;
        }

        var pem = await Failures.CallAsync(Party, () => FetchAsync(method, cancellationToken), cancellationToken);
        keys[method] = (pem, time.GetUtcNow() + KeepFor);
        return pem;
    }

    private async Task<string> FetchAsync(string method, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, method);
        request.SetKind("key");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw Failures.Repairable(answer, Party, time.GetUtcNow());
        }

        var body = await Failures.ReadBodyAsync(answer, LongestKey, Party, cancellationToken);
        using var document = JsonDocument.Parse(body, StrictJson.Options);
        return
            document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("publicKeyPem", out var pem)
            && pem.ValueKind == JsonValueKind.String
            ? pem.GetString()!
            : throw Failures.Unreadable(Party);
    }
}
