using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Keys;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.AnySystem;

/// <summary>
/// The client certificate towards the National ID system. TLS asks for it synchronously, so it is read before each call
/// and kept; a new version serves the next connection (a connection lives five minutes at most).
/// </summary>
/// <param name="secrets">The secret store.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Names of secrets, versions and thumbprints are logged.</param>
public sealed class ClientCertificate(ISecretStore secrets, TimeProvider time, ILogger<ClientCertificate> logger)
{
    private readonly P12Secret p12 = new(
        new(
            SecretNames.DefaultSystemClientCertificate,
            SecretNames.DefaultSystemClientCertificatePassword,
            RsaOnly: false
        ),
        secrets,
        mounted: null,
        time,
        logger
    );

    /// <summary>The certificate as it was last read; null before.</summary>
    public X509Certificate2? Current => p12.Current;

    /// <summary>What is wrong with the newest P12 or its password; null when nothing is.</summary>
    internal P12Problem? Problem => p12.Problem;

    /// <summary>Reads the certificate.</summary>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <exception cref="SecretMissingException">There is none.</exception>
    /// <exception cref="SecretUnusableException">It can't be opened, and no earlier one could.</exception>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken) => await p12.GetAsync(cancellationToken);
}
