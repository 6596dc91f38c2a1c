namespace NationalId.Core.Platform.Secrets;

/// <summary>A mounted file as the one version of a secret, read again when it changes.</summary>
/// <param name="path">The file.</param>
/// <param name="time">The clock.</param>
internal sealed class MountedSecret(string path, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private volatile Content? content;

    /// <summary>Has the file looked at again at the next use.</summary>
    public void Refresh() => content = content is { } known ? known with { LookAgainAt = long.MinValue } : null;

    /// <summary>The file's bytes in base64.</summary>
    /// <param name="name">The secret's name, for the exception.</param>
    /// <exception cref="SecretMissingException">The file can't be read and never could be.</exception>
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
                var version = $"file of {new DateTime(written, DateTimeKind.Utc):o}";
                known = new([new SecretVersion(version, Convert.ToBase64String(bytes, 0, read))], written, length, 0);
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

    private sealed record Content(IReadOnlyList<SecretVersion> Versions, long Written, long Length, long LookAgainAt);
}
