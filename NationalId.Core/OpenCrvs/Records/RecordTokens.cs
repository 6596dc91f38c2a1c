using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Encrypts record tokens, which are kept until their records are confirmed. Whoever has such a token can register in a
/// registrar's name: they lie encrypted (AES-GCM) under a key of the secret store, each bound to its event, in the row
/// of their action.
/// </summary>
/// <param name="secrets">Holds the key; older enabled versions still open.</param>
public sealed class RecordTokens(ISecretStore secrets)
{
    private const string Purpose = "record-token";

    /// <summary>What is stored: the token encrypted. The event's key is bound to it.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="token">The token.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <exception cref="SecretMissingException">The secret store has no key to encrypt it with.</exception>
    public async Task<byte[]> SealAsync(string key, string token, CancellationToken cancellationToken)
    {
        var secret = await secrets.GetAsync(SecretNames.RecordTokenKey, cancellationToken);
        return Seal(secret.Value, key, token);
    }

    /// <summary>An action's token; null when none is kept, or no key opens it.</summary>
    /// <param name="row">The action.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    public async Task<string?> OpenAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        if (row.Token is not { } content)
        {
            return null;
        }

        foreach (var secret in await secrets.GetVersionsAsync(SecretNames.RecordTokenKey, cancellationToken))
        {
            if (Open(secret.Value, row.EventKey, content) is { } token)
            {
                return token;
            }
        }

        return null;
    }

    /// <summary>What is stored: the token encrypted. The event's key is bound to it.</summary>
    internal static byte[] Seal(string secret, string key, string token) =>
        SealedText.Seal(secret, Purpose, key, token);

    /// <summary>The token in what is stored; null when the secret or the event is another.</summary>
    internal static string? Open(string secret, string key, byte[] content) =>
        SealedText.Open(secret, Purpose, key, content);
}
