using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>The client that searches records of 1.x, which the National ID client may not.</summary>
public sealed class SearchSecretCheck : ISecretCheck
{
    /// <inheritdoc/>
    public Task CheckAsync(SecretReport report, CancellationToken cancellationToken) =>
        Task.WhenAll(
            report.NeedAsync(SecretNames.OpenCrvsSearchClientId, cancellationToken),
            report.NeedAsync(SecretNames.OpenCrvsSearchClientSecret, cancellationToken)
        );
}
