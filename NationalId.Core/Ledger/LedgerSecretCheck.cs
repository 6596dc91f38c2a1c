using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Ledger;

/// <summary>The key of the ledger's hashes: every path needs it.</summary>
public sealed class LedgerSecretCheck : ISecretCheck
{
    /// <inheritdoc/>
    public Task CheckAsync(SecretReport report, CancellationToken cancellationToken) =>
        report.NeedAsync(SecretNames.LedgerKey, cancellationToken);
}
