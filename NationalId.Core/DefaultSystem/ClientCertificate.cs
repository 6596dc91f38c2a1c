using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NationalId.Core.Mosip;
using NationalId.Core.Secrets;

namespace NationalId.Core.DefaultSystem;

/// <summary>
/// The client certificate towards the National ID system. TLS asks for it synchronously, so it is read before each call and kept; a new version
/// serves the next connection (a connection lives five minutes at most).
/// </summary>
internal sealed class ClientCertificate(ISecretStore secrets)
{
    private Opened? current;

    public X509Certificate2? Current => current?.Certificate;

    /// <exception cref="SecretMissingException">There is none.</exception>
    /// <exception cref="SecretUnusableException">It can't be opened, and no earlier one could.</exception>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        var file = await secrets.GetAsync(SecretNames.DefaultSystemClientCertificate, cancellationToken).ConfigureAwait(false);
        var passwords = await secrets.GetVersionsAsync(SecretNames.DefaultSystemClientCertificatePassword, cancellationToken).ConfigureAwait(false);
        var version = file.Version + "/" + string.Join(',', passwords.Select(password => password.Version));
        if (current?.Version == version)
        {
            return;
        }

        foreach (var password in passwords.Select(known => known.Value).DefaultIfEmpty(null))
        {
            try
            {
                current = new Opened(version, KeyFormats.TlsPkcs12(file.Value, password));
                return;
            }
            catch (CryptographicException)
            {
                // The next version of the password, or the last good certificate.
            }
        }

        if (current is null)
        {
            throw new SecretUnusableException(SecretNames.DefaultSystemClientCertificate, "no version of its password opens it");
        }
    }

    private sealed record Opened(string Version, X509Certificate2 Certificate);
}
