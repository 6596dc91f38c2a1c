using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Settings;

namespace NationalId.Tests.Support;

/// <summary>The app settings that the code reads, found out from the code.</summary>
internal static class ReadSettings
{
    /// <summary>
    /// Ours, and the Token Seeder's variables: <c>NationalId__Mosip__BirthUrl</c>,
    /// <c>TOKENSEEDER_MOSIP_AUTH__PARTNER_ID</c>.
    /// </summary>
    public static IReadOnlyList<string> Client { get; } =
    [.. SettingsReader.Paths().Select(SettingsReader.Spell), "NationalId__Ida__Language", .. TokenSeeder()];

    /// <summary>The names of all secrets as Key Vault has them.</summary>
    public static IReadOnlyList<string> Secrets { get; } =
    [.. typeof(SecretNames).GetFields().Select(name => (string)name.GetRawConstantValue()!)];

    /// <summary>What <see cref="TokenSeederOptions.Read"/> really asks the configuration for.</summary>
    private static IEnumerable<string> TokenSeeder()
    {
        var asked = new Listening();
        TokenSeederOptions.Read(asked);
        Assert.True(asked.Keys.Count > 5);
        return asked.Keys.Where(key => !key.Contains(':'));
    }

    private sealed class Listening : IConfiguration
    {
        public HashSet<string> Keys { get; } = [];

        public string? this[string key]
        {
            get
            {
                Keys.Add(key);
                return null;
            }
            set => throw new NotSupportedException();
        }

        public IEnumerable<IConfigurationSection> GetChildren() => [];

        public IChangeToken GetReloadToken() => throw new NotSupportedException();

        public IConfigurationSection GetSection(string key) => throw new NotSupportedException();
    }
}
