using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>The key that encrypts record tokens.</summary>
public sealed class RecordTokenSecretCheck : ISecretCheck
{
    /// <inheritdoc/>
    public Task CheckAsync(SecretReport report, CancellationToken cancellationToken) =>
        report.NeedAsync(SecretNames.RecordTokenKey, cancellationToken);
}
