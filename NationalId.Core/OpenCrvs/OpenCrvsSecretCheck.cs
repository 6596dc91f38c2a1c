using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.OpenCrvs;

/// <summary>The secrets of our client in OpenCRVS: every path needs them.</summary>
/// <param name="options">Whether OpenCRVS signs webhooks.</param>
public sealed class OpenCrvsSecretCheck(OpenCrvsOptions options) : ISecretCheck
{
    /// <inheritdoc/>
    public Task CheckAsync(SecretReport report, CancellationToken cancellationToken) =>
        Task.WhenAll(
            options.HasWebhooks
                ? report.NeedAsync(SecretNames.WebhookSecret, cancellationToken, "webhook secret missing")
                : Task.CompletedTask,
            report.NeedAsync(SecretNames.OpenCrvsClientId, cancellationToken),
            report.NeedAsync(SecretNames.OpenCrvsClientSecret, cancellationToken)
        );
}
