using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.AnySystem;

/// <summary>The secrets shared with the country's own National ID system.</summary>
/// <param name="certificate">Our client certificate.</param>
/// <param name="options">Which path is taken, and how the system lets us in.</param>
public sealed class AnySystemSecretCheck(ClientCertificate certificate, AnySystemOptions options) : ISecretCheck
{
    /// <inheritdoc/>
    public async Task CheckAsync(SecretReport report, CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            report.NeedAsync(SecretNames.SignSecret, cancellationToken),
            report.NeedAsync(SecretNames.CallbackSecret, cancellationToken)
        );
        switch (options.Authentication)
        {
            case AnySystemAuthentication.OAuth:
                await report.NeedAsync(SecretNames.DefaultSystemClientId, cancellationToken);
                await report.NeedAsync(SecretNames.DefaultSystemClientSecret, cancellationToken);
                break;
            case AnySystemAuthentication.Certificate:
                await ClientCertificateAsync(report, cancellationToken);
                break;
        }
    }

    private async Task ClientCertificateAsync(SecretReport report, CancellationToken cancellationToken)
    {
        const string Name = SecretNames.DefaultSystemClientCertificate;
        const string Password = SecretNames.DefaultSystemClientCertificatePassword;
        await report.ReadAsync(
            Name,
            async () =>
            {
                await certificate.RefreshAsync(cancellationToken);
                report.Uses(Name, certificate.Current!);
            },
            cancellationToken
        );
        await report.ReadAsync(Password, () => Task.CompletedTask, cancellationToken);
        if (certificate.Problem is { } problem)
        {
            report.Add(new SecretFinding(Name, problem.Text));
        }
    }
}
