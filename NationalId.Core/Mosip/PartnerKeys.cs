using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Keys;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip;

/// <summary>
/// The keys shared with MOSIP, parsed once per secret version and replaced by themselves when a new version appears.
/// Ask for a key at each use and keep none; never dispose of one: others are using it. Keys that were replaced are left
/// to the garbage collector for the same reason: a request under way may still be signing with the old one.
/// </summary>
/// <param name="store">The secret store.</param>
/// <param name="options">Says whether the P12 and IDA's certificate are mounted files.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Names of secrets and versions are logged, nothing of their content.</param>
public sealed class PartnerKeys(
    ISecretStore store,
    TokenSeederOptions options,
    TimeProvider time,
    ILogger<PartnerKeys> logger
) : IIdaKeys
{
    private readonly ParsedSecret<RSA> envelopeKeys = new(
        SecretNames.OpenCrvsPrivateKey,
        KeyFormats.PrivateKey,
        logger
    );
    private readonly ParsedSecret<X509Certificate2> mosipCertificates = new(
        SecretNames.MosipCertificate,
        KeyFormats.Certificate,
        logger
    );
    private readonly ParsedSecret<X509Certificate2> idaCertificate = new(
        SecretNames.IdaEncryptCertificate,
        KeyFormats.Certificate,
        logger
    );
    private readonly MountedSecret? mountedIdaCertificate = Mounted(options.EncryptCertificatePath, time);
    private readonly P12Secret signing = new(
        new(SecretNames.SignP12, SecretNames.SignP12Password, RsaOnly: true),
        store,
        Mounted(options.SignP12Path, time),
        time,
        logger
    );

    /// <summary>
    /// The newest P12 and the newest password can't be used together: an older pair signs, or none at all. An alert:
    /// someone has rotated one of the two only, or added something else than a P12.
    /// </summary>
    public bool SigningAlert => signing.Problem is not null;

    /// <summary>What is wrong with the newest P12 or its password; null when nothing is.</summary>
    internal P12Problem? SigningProblem => signing.Problem;

    /// <summary>Our certificate with its private key that signs IDA requests, from the P12.</summary>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <exception cref="SecretMissingException">There is no P12.</exception>
    /// <exception cref="SecretUnusableException">No P12 opens with any password, and none ever did in this
    /// process.</exception>
    /// <exception cref="SecretStoreUnavailableException">The store can't be reached and nothing of it is
    /// known.</exception>
    public ValueTask<X509Certificate2> GetSigningCertificateAsync(CancellationToken cancellationToken) =>
        signing.GetAsync(cancellationToken);

    /// <summary>
    /// The IDA partner certificate that requests to IDA are encrypted for: the newest that can be read.
    /// </summary>
    /// <inheritdoc cref="GetEnvelopePrivateKeysAsync"/>
    public async ValueTask<X509Certificate2> GetIdaEncryptCertificateAsync(CancellationToken cancellationToken) =>
        idaCertificate.Get(
            mountedIdaCertificate?.Read(SecretNames.IdaEncryptCertificate)
                ?? await store.GetVersionsAsync(SecretNames.IdaEncryptCertificate, cancellationToken)
        )[0];

    /// <summary>
    /// Our private keys, newest first: the first signs envelopes, all may open one that MOSIP sealed before a rotation.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <returns>One at least.</returns>
    /// <exception cref="SecretMissingException">There is none.</exception>
    /// <exception cref="SecretUnusableException">None can be read.</exception>
    /// <exception cref="SecretStoreUnavailableException">The store can't be reached and nothing of it is
    /// known.</exception>
    public async ValueTask<IReadOnlyList<RSA>> GetEnvelopePrivateKeysAsync(CancellationToken cancellationToken) =>
        envelopeKeys.Get(await store.GetVersionsAsync(SecretNames.OpenCrvsPrivateKey, cancellationToken));

    /// <summary>
    /// MOSIP's certificates, newest first: envelopes are sealed for the first, signatures may be of any.
    /// </summary>
    /// <inheritdoc cref="GetEnvelopePrivateKeysAsync"/>
    public async ValueTask<IReadOnlyList<X509Certificate2>> GetMosipCertificatesAsync(
        CancellationToken cancellationToken
    ) => mosipCertificates.Get(await store.GetVersionsAsync(SecretNames.MosipCertificate, cancellationToken));

    /// <summary>
    /// Has the P12 and its password read again before the next use: called when MOSIP refuses a signature.
    /// </summary>
    public void RefreshSigning() => signing.Refresh();

    /// <summary>
    /// What is wrong with the newest version of a key or certificate while an older one serves; null when nothing is.
    /// </summary>
    internal string? ProblemOf(string name) =>
        name switch
        {
            SecretNames.OpenCrvsPrivateKey => envelopeKeys.Problem,
            SecretNames.MosipCertificate => mosipCertificates.Problem,
            SecretNames.IdaEncryptCertificate => idaCertificate.Problem,
            _ => null,
        };

    private static MountedSecret? Mounted(string? path, TimeProvider time) =>
        path is null ? null : new MountedSecret(path, time);
}
