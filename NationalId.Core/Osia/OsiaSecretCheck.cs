using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Osia;

/// <summary>The secrets shared with an OSIA system.</summary>
/// <param name="options">How it lets us in, and whether we listen.</param>
public sealed class OsiaSecretCheck(OsiaOptions options) : ISecretCheck
{
    /// <inheritdoc/>
    public async Task CheckAsync(SecretReport report, CancellationToken cancellationToken)
    {
        switch (options.Authentication)
        {
            case OsiaAuthentication.OAuth:
                await report.NeedAsync(SecretNames.OsiaClientId, cancellationToken);
                await report.NeedAsync(SecretNames.OsiaClientSecret, cancellationToken);
                break;
            case OsiaAuthentication.Token:
                await report.NeedAsync(SecretNames.OsiaToken, cancellationToken);
                break;
        }

        if (options.NotifyUrl is not null)
        {
            await report.NeedAsync(SecretNames.OsiaNotifySecret, cancellationToken);
        }
    }
}
