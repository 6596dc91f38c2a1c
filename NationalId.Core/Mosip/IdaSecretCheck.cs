using System.Security.Cryptography.X509Certificates;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip;

/// <summary>The keys, certificates and secrets that IDA needs.</summary>
/// <param name="keys">Reads keys and certificates as they are used.</param>
public sealed class IdaSecretCheck(PartnerKeys keys) : ISecretCheck
{
    /// <inheritdoc/>
    public Task CheckAsync(SecretReport report, CancellationToken cancellationToken) =>
        Task.WhenAll(
            report.NeedAsync(SecretNames.MispLicenceKey, cancellationToken),
            report.NeedAsync(SecretNames.PartnerApiKey, cancellationToken),
            keys.CheckAsync(
                report,
                SecretNames.IdaEncryptCertificate,
                async () => await keys.GetIdaEncryptCertificateAsync(cancellationToken),
                cancellationToken
            ),
            SigningAsync(report, cancellationToken)
        );

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

/// <summary>Checking keys and certificates.</summary>
internal static class PartnerKeyChecks
{
    /// <summary>What opens the envelopes that MOSIP seals for us.</summary>
    public static Task CheckOpeningAsync(
        this PartnerKeys keys,
        SecretReport report,
        CancellationToken cancellationToken
    ) =>
        keys.CheckAsync(
            report,
            SecretNames.OpenCrvsPrivateKey,
            async () =>
            {
                await keys.GetEnvelopePrivateKeysAsync(cancellationToken);
                return null;
            },
            cancellationToken
        );

    /// <summary>What seals for MOSIP, and checks its signatures.</summary>
    public static Task CheckMosipAsync(
        this PartnerKeys keys,
        SecretReport report,
        CancellationToken cancellationToken
    ) =>
        keys.CheckAsync(
            report,
            SecretNames.MosipCertificate,
            async () => (await keys.GetMosipCertificatesAsync(cancellationToken))[0],
            cancellationToken
        );

    /// <summary>Reads a key or certificate as it is used, and tells what is wrong with its newest version.</summary>
    public static Task CheckAsync(
        this PartnerKeys keys,
        SecretReport report,
        string name,
        Func<Task<X509Certificate2?>> read,
        CancellationToken cancellationToken
    ) =>
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
