using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>A record token that is kept.</summary>
/// <param name="Token">The token.</param>
/// <param name="ExpiresAt">When it ends.</param>
internal sealed record RecordToken(string Token, DateTimeOffset ExpiresAt)
{
    /// <summary>Nothing of it.</summary>
    public override string ToString() => nameof(RecordToken);
}

/// <summary>
/// Keeps record tokens until their records are confirmed. Whoever has such a token can register in a registrar's name:
/// they lie encrypted (AES-GCM) under a key of the secret store, each bound to its event.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="secrets">Holds the key; older enabled versions still open.</param>
public sealed class RecordTokens(StorageClients storage, ISecretStore secrets)
{
    /// <summary>The container's name.</summary>
    public const string ContainerName = "record-tokens";

    private const string Purpose = "record-token";
    private const string Expires = "expires";

    private BlobContainerClient Container => field ??= storage.Blobs.GetBlobContainerClient(ContainerName);

    /// <summary>Keeps a token, unless a newer one of the event is kept.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="token">The token.</param>
    /// <param name="expiresAt">When it ends.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="SecretMissingException">The secret store has no key to encrypt it with.</exception>
    public async Task KeepAsync(string key, string token, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var secret = await secrets.GetAsync(SecretNames.RecordTokenKey, cancellationToken);
        var content = Seal(secret.Value, key, token);
        var options = new BlobUploadOptions
        {
            Metadata = new Dictionary<string, string> { [Expires] = expiresAt.ToString("O", null) },
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
        };
        while (true)
        {
            try
            {
                await Container.GetBlobClient(key).UploadAsync(content, options, cancellationToken);
                return;
            }
            catch (RequestFailedException there) when (there.Status is 409 or 412)
            {
                var known = await PropertiesAsync(key, cancellationToken);
                if (known is not null && ExpiryOf(known.Metadata) >= expiresAt)
                {
                    return;
                }

                // Gone, or older: again on that condition.
                options.Conditions = known is null
                    ? new BlobRequestConditions { IfNoneMatch = ETag.All }
                    : new BlobRequestConditions { IfMatch = known.ETag };
            }
        }
    }

    /// <summary>An event's token; null when none is kept, or no key opens it.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    internal async Task<RecordToken?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        try
        {
            var blob = (await Container.GetBlobClient(key).DownloadContentAsync(cancellationToken)).Value;
            var content = blob.Content.ToArray();
            foreach (var secret in await secrets.GetVersionsAsync(SecretNames.RecordTokenKey, cancellationToken))
            {
                if (Open(secret.Value, key, content) is { } token)
                {
                    return new RecordToken(token, ExpiryOf(blob.Details.Metadata));
                }
            }
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            // None is kept.
        }

        return null;
    }

    /// <summary>Removes an event's token, if it is there.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task RemoveAsync(string key, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await Container.DeleteBlobIfExistsAsync(
            key,
            DeleteSnapshotsOption.IncludeSnapshots,
            cancellationToken: cancellationToken
        );
    }

    /// <summary>The events whose tokens are kept, and when each token ends.</summary>
    /// <param name="cancellationToken">Stops the query.</param>
    public async IAsyncEnumerable<(string Key, DateTimeOffset ExpiresAt)> ListAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        await foreach (
            var blob in Container.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata }, cancellationToken)
        )
        {
            yield return (blob.Name, ExpiryOf(blob.Metadata));
        }
    }

    /// <summary>What is stored: the token encrypted. The event's key is bound to it.</summary>
    internal static BinaryData Seal(string secret, string key, string token) =>
        BinaryData.FromBytes(SealedText.Seal(secret, Purpose, key, token));

    /// <summary>The token in what is stored; null when the secret or the event is another.</summary>
    internal static string? Open(string secret, string key, byte[] content) =>
        SealedText.Open(secret, Purpose, key, content);

    private static DateTimeOffset ExpiryOf(IDictionary<string, string> metadata) =>
        metadata.TryGetValue(Expires, out var text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at)
            ? at
            : DateTimeOffset.MinValue;

    private async Task<BlobProperties?> PropertiesAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            return (await Container.GetBlobClient(key).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
    }
}
