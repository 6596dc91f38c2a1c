using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip;

/// <summary>
/// The keys, certificates and secrets that the mediator's path uses; IDA's are checked by themselves.
/// </summary>
/// <param name="keys">Reads keys and certificates as they are used.</param>
/// <param name="options">Whether MOSIP has a token endpoint.</param>
public sealed class MosipSecretCheck(PartnerKeys keys, MediatorOptions options) : ISecretCheck
{
    /// <inheritdoc/>
    public async Task CheckAsync(SecretReport report, CancellationToken cancellationToken)
    {
        string[] plain = options.AuthUrl is null
            ? []
            :
            [
                SecretNames.MosipAuthClientId,
                SecretNames.MosipAuthClientSecret,
                SecretNames.MosipAuthUser,
                SecretNames.MosipAuthPassword,
            ];
        await Task.WhenAll([
            .. plain.Select(name => report.NeedAsync(name, cancellationToken)),
            keys.CheckOpeningAsync(report, cancellationToken),
            keys.CheckMosipAsync(report, cancellationToken),
        ]);
    }
}
