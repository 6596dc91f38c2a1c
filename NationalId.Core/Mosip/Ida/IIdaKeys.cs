using System.Security.Cryptography.X509Certificates;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.Ida;

/// <summary>The certificates of IDA requests.</summary>
public interface IIdaKeys
{
    /// <summary>Our partner certificate with its private key: signs requests.</summary>
    /// <param name="cancellationToken">Stops waiting for the secret store.</param>
    /// <exception cref="SecretMissingException">There is none.</exception>
    /// <exception cref="SecretUnusableException">It can't be opened.</exception>
    ValueTask<X509Certificate2> GetSigningCertificateAsync(CancellationToken cancellationToken);

    /// <summary>IDA's partner certificate: requests are encrypted for it.</summary>
    /// <inheritdoc cref="GetSigningCertificateAsync"/>
    ValueTask<X509Certificate2> GetIdaEncryptCertificateAsync(CancellationToken cancellationToken);

    /// <summary>Has our certificate read again before its next use, since IDA refused it.</summary>
    void RefreshSigning();
}
