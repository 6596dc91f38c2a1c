using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.Packets;

/// <summary>The secrets that packets need; IDA's are checked by themselves.</summary>
public sealed class PacketSecretCheck : ISecretCheck
{
    /// <inheritdoc/>
    public Task CheckAsync(SecretReport report, CancellationToken cancellationToken) =>
        Task.WhenAll(
            report.NeedAsync(SecretNames.MosipAuthClientId, cancellationToken),
            report.NeedAsync(SecretNames.MosipAuthClientSecret, cancellationToken)
        );
}
