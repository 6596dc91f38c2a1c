namespace NationalId.LocalHost;

/// <summary>Where this checkout is.</summary>
internal static class Repository
{
    private static readonly Lazy<string?> Found = new(() =>
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NationalId.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    });

    /// <summary>The folder of NationalId.sln above this program.</summary>
    /// <exception cref="InvalidOperationException">The program was copied out of a checkout.</exception>
    public static string Root =>
        Found.Value
        ?? throw new InvalidOperationException(
            $"No NationalId.sln above {AppContext.BaseDirectory}: run from a checkout."
        );

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);
}
