using System.Reflection;

namespace NationalId.Core.Platform;

/// <summary>
/// The version of this program: <c>Version</c> in Directory.Build.props, the same as in CHANGELOG.md.
/// </summary>
public static class ProductVersion
{
    /// <summary>The version, e.g. <c>0.2.0</c>, without the commit that the build adds behind a plus sign.</summary>
    public static string Text { get; } =
        typeof(ProductVersion)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];
}
