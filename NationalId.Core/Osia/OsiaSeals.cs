using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Osia;

/// <summary>Encrypts what the tables of this room keep of people, under the ledger key.</summary>
/// <param name="secrets">Holds the ledger key; older enabled versions still open.</param>
public sealed class OsiaSeals(ISecretStore secrets)
{
    private const string Purpose = "osia";

    /// <summary>Encrypts a text.</summary>
    /// <param name="bound">What it belongs to.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Stops waiting for the secret store.</param>
    public async Task<byte[]> SealAsync(string bound, string text, CancellationToken cancellationToken) =>
        SealedText.Seal((await secrets.GetAsync(SecretNames.LedgerKey, cancellationToken)).Value, Purpose, bound, text);

    /// <summary>Opens a text.</summary>
    /// <param name="bound">What it belongs to.</param>
    /// <param name="content">What is stored.</param>
    /// <param name="cancellationToken">Stops waiting for the secret store.</param>
    /// <exception cref="TransientFailureException">No ledger key that is enabled opens it.</exception>
    public async Task<string> OpenAsync(string bound, byte[] content, CancellationToken cancellationToken)
    {
        if (await TryOpenAsync(bound, content, cancellationToken) is { } text)
        {
            return text;
        }

        // Another worker may have sealed it with a key that this one has not seen yet.
        secrets.Refresh(SecretNames.LedgerKey);
        return await TryOpenAsync(bound, content, cancellationToken)
            ?? throw new TransientFailureException(
                "What is kept of a person opens with no ledger key that is enabled."
            );
    }

    private async Task<string?> TryOpenAsync(string bound, byte[] content, CancellationToken cancellationToken)
    {
        foreach (var key in await secrets.GetVersionsAsync(SecretNames.LedgerKey, cancellationToken))
        {
            if (SealedText.Open(key.Value, Purpose, bound, content) is { } text)
            {
                return text;
            }
        }

        return null;
    }
}
