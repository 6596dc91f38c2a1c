using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Platform.Keys;

/// <summary>The versions of one secret, parsed. Reading takes no lock as long as they don't change.</summary>
/// <param name="name">The secret's name.</param>
/// <param name="parse">Throws <see cref="KeyProblemException"/> for what it can't read.</param>
/// <param name="logger">Gets the name, the version and the problem.</param>
internal sealed class ParsedSecret<T>(string name, Func<string, T> parse, ILogger logger)
    where T : class
{
    private readonly Lock parsing = new();
    private volatile State? state;

    /// <summary>
    /// What is wrong with the newest version, while an older one serves; null when nothing is. Known after
    /// <see cref="Get"/>.
    /// </summary>
    public string? Problem => state?.Newest.Problem;

    /// <summary>What can be read of the versions, in their order.</summary>
    /// <param name="versions">The enabled versions, newest first.</param>
    /// <returns>One at least.</returns>
    /// <exception cref="SecretMissingException">There is no version.</exception>
    /// <exception cref="SecretUnusableException">None can be read; says why the newest can't.</exception>
    public IReadOnlyList<T> Get(IReadOnlyList<SecretVersion> versions)
    {
        if (versions.Count == 0)
        {
            throw new SecretMissingException(name);
        }

        var current = state is { } known && SecretVersion.AreSame(known.Versions, versions) ? known : Parse(versions);
        return current.Values.Length > 0
            ? current.Values
            : throw new SecretUnusableException(name, current.Newest.Problem!);
    }

    private State Parse(IReadOnlyList<SecretVersion> versions)
    {
        lock (parsing)
        {
            var last = state;
            if (last is not null && SecretVersion.AreSame(last.Versions, versions))
            {
                return last;
            }

            var each = versions
                .Distinct()
                .ToDictionary(
                    version => version,
                    version => last?.Each.GetValueOrDefault(version) ?? TryParse(version)
                );
            return state = new(
                versions,
                each,
                each[versions[0]],
                [.. versions.Select(version => each[version].Value).OfType<T>()]
            );
        }
    }

    private Outcome TryParse(SecretVersion version)
    {
        try
        {
            return new(parse(version.Value), null);
        }
        catch (KeyProblemException exception)
        {
            KeyLog.VersionUnusable(logger, name, version.Version, exception.Message);
            return new(null, exception.Message);
        }
    }

    private sealed record Outcome(T? Value, string? Problem);

    private sealed record State(
        IReadOnlyList<SecretVersion> Versions,
        Dictionary<SecretVersion, Outcome> Each,
        Outcome Newest,
        T[] Values
    );
}
