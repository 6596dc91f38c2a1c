using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Keys;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip;

/// <summary>
/// The keys shared with MOSIP (docs/protocols.md), parsed once per secret version and replaced by themselves when a new
/// version appears. Ask for a key at each use and keep none; never dispose of one: others are using it. Keys that were
/// replaced are left to the garbage collector for the same reason: a request under way may still be signing with the
/// old one.
/// </summary>
/// <param name="store">The secret store.</param>
/// <param name="options">Says whether the P12 and IDA's certificate are mounted files.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Names of secrets and versions are logged, nothing of their content.</param>
public sealed partial class PartnerKeys(
    ISecretStore store,
    TokenSeederOptions options,
    TimeProvider time,
    ILogger<PartnerKeys> logger
) : IIdaKeys
{
    private readonly Parsed<RSA> envelopeKeys = new(SecretNames.OpenCrvsPrivateKey, KeyFormats.PrivateKey, logger);
    private readonly Parsed<X509Certificate2> mosipCertificates = new(
        SecretNames.MosipCertificate,
        KeyFormats.Certificate,
        logger
    );
    private readonly Parsed<X509Certificate2> idaCertificate = new(
        SecretNames.IdaEncryptCertificate,
        KeyFormats.Certificate,
        logger
    );
    private readonly MountedSecret? mountedP12 = options.SignP12Path is { } path ? new(path, time) : null;
    private readonly MountedSecret? mountedIdaCertificate = options.EncryptCertificatePath is { } path
        ? new(path, time)
        : null;
    private readonly Lock pairing = new();
    private volatile SigningPair? pair;

    /// <summary>
    /// The newest P12 and the newest password don't fit together: an older pair signs, or none at all. An alert:
    /// someone has rotated one of the two only.
    /// </summary>
    public bool SigningAlert => pair is { Alert: true };

    /// <summary>
    /// Looks at the P12 and its password now, so that a mismatch is seen at the rotation and not at the next death.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <returns><see cref="SigningAlert"/> as it is then; false on the default path, which has no P12.</returns>
    public async ValueTask<bool> CheckSigningAsync(CancellationToken cancellationToken)
    {
        try
        {
            await GetSigningCertificateAsync(cancellationToken);
        }
        catch (Exception failure)
            when (failure is SecretMissingException or SecretUnusableException or SecretStoreUnavailableException)
        {
            // What is known goes on counting.
        }

        return SigningAlert;
    }

    /// <summary>Our certificate with its private key that signs IDA requests, from the P12.</summary>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <exception cref="SecretMissingException">There is no P12.</exception>
    /// <exception cref="SecretUnusableException">No P12 opens with any password, and none ever did in this
    /// process.</exception>
    /// <exception cref="SecretStoreUnavailableException">The store can't be reached and nothing of it is
    /// known.</exception>
    public async ValueTask<X509Certificate2> GetSigningCertificateAsync(CancellationToken cancellationToken)
    {
        var (files, passwords) = await SigningSecretsAsync(cancellationToken);
        var current = pair;
        if (current is null || !current.IsOf(files, passwords))
        {
            current = Open(files, passwords);
        }

        if (current.Alert)
        {
            // The missing half may be in the store by now. The store hears this once in some seconds, however many
            // requests come.
            RefreshSigning();
            (files, passwords) = await SigningSecretsAsync(cancellationToken);
            current = current.IsOf(files, passwords) ? current : Open(files, passwords);
        }

        return current.Certificate
            ?? throw new SecretUnusableException(SecretNames.SignP12, "no P12 opens with any enabled password");
    }

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
    public void RefreshSigning()
    {
        mountedP12?.Refresh();
        store.Refresh(SecretNames.SignP12);
        store.Refresh(SecretNames.SignP12Password);
    }

    private async ValueTask<(
        IReadOnlyList<SecretVersion> Files,
        IReadOnlyList<SecretVersion> Passwords
    )> SigningSecretsAsync(CancellationToken cancellationToken)
    {
        var files =
            mountedP12?.Read(SecretNames.SignP12)
            ?? await store.GetVersionsAsync(SecretNames.SignP12, cancellationToken);
        return files.Count > 0
            ? (files, await store.GetVersionsAsync(SecretNames.SignP12Password, cancellationToken))
            : throw new SecretMissingException(SecretNames.SignP12);
    }

    private SigningPair Open(IReadOnlyList<SecretVersion> files, IReadOnlyList<SecretVersion> passwords)
    {
        // Opening a P12 is meant to be slow: one at a time.
        lock (pairing)
        {
            var last = pair;
            if (last is not null && last.IsOf(files, passwords))
            {
                return last;
            }

            // A P12 without a password (a Key Vault certificate's own) has no password secret.
            var candidates = passwords.Count > 0 ? passwords : [new SecretVersion("none", "")];
            foreach (var file in files)
            {
                foreach (var password in candidates)
                {
                    // What was opened before is the same certificate: no need to open it again.
                    var certificate =
                        last?.File == file && last.Password == password ? last.Certificate : TryOpen(file, password);
                    if (certificate is not null)
                    {
                        var alert = file != files[0] || password != candidates[0];
                        return Take(new(files, passwords, file, password, certificate, alert));
                    }
                }
            }

            // Nothing fits: the last good pair goes on signing although its versions may be gone by now.
            return Take(new(files, passwords, last?.File, last?.Password, last?.Certificate, Alert: true));
        }

        SigningPair Take(SigningPair next)
        {
            if (next.Alert)
            {
                LogMismatch(
                    files[0].Version,
                    passwords.Count > 0 ? passwords[0].Version : "none",
                    next.Certificate is null ? "nothing can be signed" : "an older pair signs"
                );
            }
            else if (pair is { Alert: true })
            {
                LogMatch();
            }

            return pair = next;
        }

        static X509Certificate2? TryOpen(SecretVersion file, SecretVersion password)
        {
            try
            {
                return KeyFormats.Pkcs12(file.Value, password.Value);
            }
            catch (CryptographicException)
            {
                return null;
            }
        }
    }

    [LoggerMessage(
        EventName = "SigningKeyPairMismatch",
        Level = LogLevel.Error,
        Message = "The newest P12 (version {File}) doesn't open with the newest password (version {Password}): {Consequence}. Add the version that belongs to it."
    )]
    private partial void LogMismatch(string file, string password, string consequence);

    [LoggerMessage(
        EventName = "SigningKeyPairMatch",
        Level = LogLevel.Information,
        Message = "The P12 and its password fit together again."
    )]
    private partial void LogMatch();

    [LoggerMessage(
        EventName = "SecretVersionUnusable",
        Level = LogLevel.Error,
        Message = "Secret {Name}, version {Version}: {Problem}."
    )]
    private static partial void LogUnusable(ILogger logger, string name, string version, string problem);

    /// <summary>What signs, and what it was chosen from.</summary>
    private sealed record SigningPair(
        IReadOnlyList<SecretVersion> Files,
        IReadOnlyList<SecretVersion> Passwords,
        SecretVersion? File,
        SecretVersion? Password,
        X509Certificate2? Certificate,
        bool Alert
    )
    {
        public bool IsOf(IReadOnlyList<SecretVersion> files, IReadOnlyList<SecretVersion> passwords) =>
            Same(Files, files) && Same(Passwords, passwords);
    }

    // Usually the very same list: the store keeps it as long as nothing changes.
    private static bool Same(IReadOnlyList<SecretVersion> a, IReadOnlyList<SecretVersion> b) =>
        ReferenceEquals(a, b) || a.SequenceEqual(b);

    /// <summary>The versions of one secret, parsed. Reading takes no lock as long as they don't change.</summary>
    private sealed class Parsed<T>(string name, Func<string, T> parse, ILogger logger)
        where T : class
    {
        private readonly Lock parsing = new();
        private volatile State? state;

        public IReadOnlyList<T> Get(IReadOnlyList<SecretVersion> versions)
        {
            if (versions.Count == 0)
            {
                throw new SecretMissingException(name);
            }

            var current = state is { } known && Same(known.Versions, versions) ? known : Parse(versions);
            return current.Values.Length > 0
                ? current.Values
                : throw new SecretUnusableException(name, "no enabled version can be read");
        }

        private State Parse(IReadOnlyList<SecretVersion> versions)
        {
            lock (parsing)
            {
                var last = state;
                if (last is not null && Same(last.Versions, versions))
                {
                    return last;
                }

                var each = versions
                    .Select(version => last?.Each.GetValueOrDefault(version) ?? TryParse(version))
                    .ToArray();
                return state = new(
                    versions,
                    versions.Zip(each).DistinctBy(one => one.First).ToDictionary(one => one.First, one => one.Second),
                    [.. each.OfType<T>()]
                );
            }
        }

        private T? TryParse(SecretVersion version)
        {
            try
            {
                return parse(version.Value);
            }
            catch (Exception exception)
                when (exception is CryptographicException or ArgumentException or FormatException)
            {
                // The exception's own text could repeat content; the problem is named by kind.
                LogUnusable(
                    logger,
                    name,
                    version.Version,
                    "it isn't the key or certificate it must be, or is too short"
                );
                return null;
            }
        }

        private sealed record State(
            IReadOnlyList<SecretVersion> Versions,
            Dictionary<SecretVersion, T?> Each,
            T[] Values
        );
    }

    /// <summary>A mounted file as the one version of a secret, read again when it changes.</summary>
    private sealed class MountedSecret(string path, TimeProvider time)
    {
        private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
        private volatile Content? content;

        public void Refresh() => content = content is { } known ? known with { LookAgainAt = long.MinValue } : null;

        public IReadOnlyList<SecretVersion> Read(string name)
        {
            var now = time.GetUtcNow().UtcTicks;
            var known = content;
            if (known is not null && now < known.LookAgainAt)
            {
                return known.Versions;
            }

            try
            {
                // By the open file, not by its path: a mounted secret is a symbolic link that stays while its target is
                // replaced.
                using var file = File.OpenHandle(
                    path,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete
                );
                var written = File.GetLastWriteTimeUtc(file).Ticks;
                var length = RandomAccess.GetLength(file);
                if (known is null || known.Written != written || known.Length != length)
                {
                    var bytes = new byte[length];
                    var read = RandomAccess.Read(file, bytes, 0);
                    known = new(
                        [
                            new SecretVersion(
                                $"file of {new DateTime(written, DateTimeKind.Utc):o}",
                                Convert.ToBase64String(bytes, 0, read)
                            ),
                        ],
                        written,
                        length,
                        0
                    );
                }

                content = known with { LookAgainAt = now + LookEvery.Ticks };
                return known.Versions;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It may be about to be replaced: the last content serves until then.
                return known?.Versions ?? throw new SecretMissingException(name);
            }
        }

        private sealed record Content(
            IReadOnlyList<SecretVersion> Versions,
            long Written,
            long Length,
            long LookAgainAt
        );
    }
}
