using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.OpenCrvs;

/// <summary>The secrets of our client in OpenCRVS: every path needs them.</summary>
public sealed class OpenCrvsSecretCheck : ISecretCheck
{
    /// <inheritdoc/>
    public Task CheckAsync(SecretReport report, CancellationToken cancellationToken) =>
        Task.WhenAll(
            report.NeedAsync(SecretNames.WebhookSecret, cancellationToken, "webhook secret missing"),
            report.NeedAsync(SecretNames.OpenCrvsClientId, cancellationToken),
            report.NeedAsync(SecretNames.OpenCrvsClientSecret, cancellationToken)
        );
}
