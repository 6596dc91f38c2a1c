using System.Security.Cryptography.X509Certificates;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip;

/// <summary>The keys, certificates and secrets that the MOSIP path uses.</summary>
/// <param name="keys">Reads keys and certificates as they are used.</param>
/// <param name="options">Which path is taken, and whether MOSIP has a token endpoint.</param>
public sealed class MosipSecretCheck(PartnerKeys keys, MosipOptions options) : ISecretCheck
{
    /// <inheritdoc/>
    public async Task CheckAsync(SecretReport report, CancellationToken cancellationToken)
    {
        string[] plain =
        [
            SecretNames.MispLicenceKey,
            SecretNames.PartnerApiKey,
            .. options.AuthUrl is null
                ? (string[])[]
                :
                [
                    SecretNames.MosipAuthClientId,
                    SecretNames.MosipAuthClientSecret,
                    SecretNames.MosipAuthUser,
                    SecretNames.MosipAuthPassword,
                ],
        ];
        await Task.WhenAll([
            .. plain.Select(name => report.NeedAsync(name, cancellationToken)),
            ReadAsync(
                SecretNames.OpenCrvsPrivateKey,
                async () =>
                {
                    await keys.GetEnvelopePrivateKeysAsync(cancellationToken);
                    return null;
                }
            ),
            ReadAsync(
                SecretNames.MosipCertificate,
                async () => (await keys.GetMosipCertificatesAsync(cancellationToken))[0]
            ),
            ReadAsync(
                SecretNames.IdaEncryptCertificate,
                async () => await keys.GetIdaEncryptCertificateAsync(cancellationToken)
            ),
            SigningAsync(report, cancellationToken),
        ]);

        Task ReadAsync(string name, Func<Task<X509Certificate2?>> read) =>
            report.ReadAsync(
                name,
                async () =>
                {
                    if (await read() is { } certificate)
                    {
                        report.Uses(name, certificate);
                    }

                    if (keys.ProblemOf(name) is { } problem)
                    {
                        report.Add(new SecretFinding(name, $"{problem} (newest version; an older one is used)"));
                    }
                },
                cancellationToken
            );
    }

    private async Task SigningAsync(SecretReport report, CancellationToken cancellationToken)
    {
        await report.ReadAsync(
            SecretNames.SignP12,
            async () => report.Uses(SecretNames.SignP12, await keys.GetSigningCertificateAsync(cancellationToken)),
            cancellationToken
        );
        await report.ReadAsync(SecretNames.SignP12Password, () => Task.CompletedTask, cancellationToken);
        if (keys.SigningProblem is { } problem)
        {
            report.Add(
                new SecretFinding(SecretNames.SignP12, problem.Text)
                {
                    Headline = problem.IsMismatch ? "signing key pair mismatch" : null,
                }
            );
        }
    }
}
