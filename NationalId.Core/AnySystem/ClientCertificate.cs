using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NationalId.Core.Platform.Keys;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.AnySystem;

/// <summary>
/// The client certificate towards the National ID system. TLS asks for it synchronously, so it is read before each call
/// and kept; a new version serves the next connection (a connection lives five minutes at most).
/// </summary>
/// <param name="secrets">The P12 and its password.</param>
public sealed class ClientCertificate(ISecretStore secrets)
{
    private Opened? current;

    /// <summary>The certificate; null while none could be opened.</summary>
    public X509Certificate2? Current => current?.Certificate;

    /// <summary>Reads it again where its secrets have changed.</summary>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <exception cref="SecretMissingException">There is none.</exception>
    /// <exception cref="SecretUnusableException">It can't be opened, and no earlier one could.</exception>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken)
    {
        var files = await secrets.GetVersionsAsync(SecretNames.DefaultSystemClientCertificate, cancellationToken);
        var passwords = await secrets.GetVersionsAsync(
            SecretNames.DefaultSystemClientCertificatePassword,
            cancellationToken
        );
        if (files.Count == 0)
        {
            throw new SecretMissingException(SecretNames.DefaultSystemClientCertificate);
        }

        var version =
            string.Join(',', files.Select(file => file.Version))
            + "/"
            + string.Join(',', passwords.Select(password => password.Version));
        if (current?.Version == version)
        {
            return;
        }

        foreach (
            var (file, password) in files.SelectMany(
                file => passwords.Select(known => known.Value).DefaultIfEmpty(null),
                (file, password) => (file.Value, password)
            )
        )
        {
            try
            {
                current = new Opened(version, KeyFormats.TlsPkcs12(file, password));
                return;
            }
            catch (CryptographicException)
            {
                // The next version of the password or of the file, or the last good certificate.
            }
        }

        if (current is null)
        {
            throw new SecretUnusableException(
                SecretNames.DefaultSystemClientCertificate,
                "no version of its password opens any of it"
            );
        }
    }

    private sealed record Opened(string Version, X509Certificate2 Certificate);
}
