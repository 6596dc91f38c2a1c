using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// The secrets that the way through MOSIP's hub uses, among them what opens a credential and what checks its signature.
/// </summary>
/// <param name="options">Which of them are used.</param>
/// <param name="keys">Reads keys and certificates as they are used.</param>
public sealed class WebSubSecretCheck(WebSubOptions options, PartnerKeys keys) : ISecretCheck
{
    /// <inheritdoc/>
    public Task CheckAsync(SecretReport report, CancellationToken cancellationToken) =>
        Task.WhenAll([
            keys.CheckOpeningAsync(report, cancellationToken),
            .. options.RequireProof ? [keys.CheckMosipAsync(report, cancellationToken)] : (Task[])[],
            .. options.RequireHubSignature || options.Subscribes
                ? [report.NeedAsync(SecretNames.MosipHubSecret, cancellationToken)]
                : (Task[])[],
            .. options.AuthUrl is not null
                ?
                [
                    report.NeedAsync(SecretNames.MosipHubClientId, cancellationToken),
                    report.NeedAsync(SecretNames.MosipHubClientSecret, cancellationToken),
                ]
                : (Task[])[],
        ]);
}
