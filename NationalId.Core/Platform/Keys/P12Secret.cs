using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Platform.Keys;

/// <summary>Which secrets a P12 is read from, and what it must hold.</summary>
/// <param name="File">The P12 in base64.</param>
/// <param name="Password">Its password; absent when it has none.</param>
/// <param name="RsaOnly">Only RSA keys of enough bits can be used.</param>
internal sealed record P12Names(string File, string Password, bool RsaOnly);

/// <summary>Why the newest version of a P12, or of its password, isn't the one in use.</summary>
/// <param name="Text">What is wrong.</param>
/// <param name="IsMismatch">File and password don't fit together: half a rotation.</param>
internal sealed record P12Problem(string Text, bool IsMismatch);

/// <summary>
/// A certificate with its private key from a P12 in one secret and its password in another. They can't be rotated at
/// the same moment, so that the last pair that fitted serves until the new one is whole.
/// </summary>
/// <param name="names">The secrets.</param>
/// <param name="store">The secret store.</param>
/// <param name="mounted">The file that takes the place of the P12's secret; null when none does.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Names of secrets, versions and thumbprints are logged.</param>
internal sealed partial class P12Secret(
    P12Names names,
    ISecretStore store,
    MountedSecret? mounted,
    TimeProvider time,
    ILogger logger
)
{
    private readonly Lock opening = new();
    private volatile State? state;
    private string? logged;

    /// <summary>What is wrong with the newest versions; null when nothing is. Known after a read.</summary>
    public P12Problem? Problem => state?.Problem;

    /// <summary>The certificate in use as it was at the last read; null before.</summary>
    public X509Certificate2? Current => state?.Entries?.Choose(time.GetUtcNow()).Certificate;

    /// <summary>The newest valid certificate of the newest file that opens.</summary>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <exception cref="SecretMissingException">There is no P12.</exception>
    /// <exception cref="SecretUnusableException">No P12 can be used, and none ever could in this process.</exception>
    /// <exception cref="SecretStoreUnavailableException">The store can't be reached and nothing of it is
    /// known.</exception>
    public async ValueTask<X509Certificate2> GetAsync(CancellationToken cancellationToken)
    {
        var (files, passwords) = await ReadAsync(cancellationToken);
        var current = state;
        if (current is null || !current.IsOf(files, passwords))
        {
            current = Open(files, passwords);
        }

        if (current.Problem is not null)
        {
            // The missing half may be in the store by now. The store hears this once in some seconds, however many
            // requests come.
            Refresh();
            (files, passwords) = await ReadAsync(cancellationToken);
            current = current.IsOf(files, passwords) ? current : Open(files, passwords);
        }

        return current.Entries is { } entries
            ? Choose(entries, current)
            : throw new SecretUnusableException(names.File, current.Problem!.Text);
    }

    /// <summary>Has file and password read again before the next use.</summary>
    public void Refresh()
    {
        mounted?.Refresh();
        store.Refresh(names.File);
        store.Refresh(names.Password);
    }

    private async ValueTask<(IReadOnlyList<SecretVersion> Files, IReadOnlyList<SecretVersion> Passwords)> ReadAsync(
        CancellationToken cancellationToken
    )
    {
        var files = mounted?.Read(names.File) ?? await store.GetVersionsAsync(names.File, cancellationToken);
        return files.Count > 0
            ? (files, await store.GetVersionsAsync(names.Password, cancellationToken))
            : throw new SecretMissingException(names.File);
    }

    private X509Certificate2 Choose(Pkcs12Entries entries, State current)
    {
        var now = time.GetUtcNow();
        var chosen = entries.Choose(now);
        if (Interlocked.Exchange(ref logged, chosen.Certificate.Thumbprint) != chosen.Certificate.Thumbprint)
        {
            var others = entries.PassedOver(chosen, now);
            LogChosen(
                names.File,
                current.File!.Version,
                chosen.ShortName,
                others.Count > 0 ? string.Join(", ", others) : "none"
            );
        }

        return chosen.Certificate;
    }

    private State Open(IReadOnlyList<SecretVersion> files, IReadOnlyList<SecretVersion> passwords)
    {
        // Opening a P12 is meant to be slow: one at a time.
        lock (opening)
        {
            var last = state;
            if (last is not null && last.IsOf(files, passwords))
            {
                return last;
            }

            // A P12 without a password (a Key Vault certificate's own) has no password secret.
            var candidates = passwords.Count > 0 ? passwords : [new SecretVersion("none", "")];
            KeyProblemException? newest = null;
            foreach (var file in files)
            {
                foreach (var password in candidates)
                {
                    try
                    {
                        // What was opened before is the same certificate: no need to open it again.
                        var entries =
                            last?.File == file && last.Password == password && last.Entries is { } known
                                ? known
                                : Pkcs12File.Open(file.Value, password.Value, names.RsaOnly);
                        return Take(new(files, passwords, file, password, entries, ProblemOf(newest)));
                    }
                    catch (KeyProblemException failure)
                    {
                        newest ??= failure;
                        if (!failure.WrongPassword)
                        {
                            break;
                        }
                    }
                }
            }

            // Nothing fits: the last good pair goes on serving although its versions may be gone by now.
            return Take(new(files, passwords, last?.File, last?.Password, last?.Entries, ProblemOf(newest)));
        }
    }

    private static P12Problem? ProblemOf(KeyProblemException? newest) =>
        newest is null ? null : new(newest.Message, newest.WrongPassword);

    private State Take(State next)
    {
        var consequence = next.Entries is null ? "nothing can be signed" : "an older pair signs";
        if (next.Problem is { IsMismatch: true })
        {
            LogMismatch(
                names.File,
                next.Files[0].Version,
                next.Passwords.Count > 0 ? next.Passwords[0].Version : "none",
                consequence
            );
        }
        else if (next.Problem is { } problem)
        {
            KeyLog.VersionUnusable(logger, names.File, next.Files[0].Version, $"{problem.Text}; {consequence}");
        }
        else if (state is { Problem: not null })
        {
            LogMatch(names.File);
        }

        return state = next;
    }

    [LoggerMessage(
        EventName = "SigningKeyPairMismatch",
        Level = LogLevel.Error,
        Message = "The newest P12 (version {File} of {Name}) doesn't open with the newest password "
            + "(version {Password}): {Consequence}. Add the version that belongs to it."
    )]
    private partial void LogMismatch(string name, string file, string password, string consequence);

    [LoggerMessage(
        EventName = "SigningKeyPairMatch",
        Level = LogLevel.Information,
        Message = "{Name}: the P12 and its password fit together again."
    )]
    private partial void LogMatch(string name);

    [LoggerMessage(
        EventName = "CertificateChosen",
        Level = LogLevel.Information,
        Message = "Secret {Name}, version {Version}: certificate {Thumbprint} is used. Others in it: {Others}."
    )]
    private partial void LogChosen(string name, string version, string thumbprint, string others);

    /// <summary>What is used, and what it was chosen from.</summary>
    private sealed record State(
        IReadOnlyList<SecretVersion> Files,
        IReadOnlyList<SecretVersion> Passwords,
        SecretVersion? File,
        SecretVersion? Password,
        Pkcs12Entries? Entries,
        P12Problem? Problem
    )
    {
        public bool IsOf(IReadOnlyList<SecretVersion> files, IReadOnlyList<SecretVersion> passwords) =>
            SecretVersion.AreSame(Files, files) && SecretVersion.AreSame(Passwords, passwords);
    }
}
