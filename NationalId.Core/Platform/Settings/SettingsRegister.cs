using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace NationalId.Core.Platform.Settings;

/// <summary>
/// All settings that the chosen parts of the client read. Each room registers its own, so that a start names everything
/// that is wrong in one message and asks for nothing of a part that was not chosen.
/// </summary>
/// <param name="configuration">The host's configuration.</param>
public sealed class SettingsRegister(IConfiguration configuration)
{
    private readonly List<(ISettings Settings, string Path)> known = [];
    private readonly List<(string Setting, string Wanted)> unreadable = [];

    /// <summary>The host's configuration.</summary>
    public IConfiguration Configuration => configuration;

    /// <summary>Reads a section. What can't be read keeps its default, and the start is refused.</summary>
    /// <typeparam name="T">The section's settings.</typeparam>
    public T Read<T>()
        where T : class, ISettingsSection, new()
    {
        var settings = new T();
        SettingsReader.Fill(
            configuration.GetSection(T.Section),
            settings,
            (setting, wanted) => unreadable.Add((setting, wanted))
        );
        known.Add((settings, T.Section));
        return settings;
    }

    /// <summary>Adds settings that were read in another way.</summary>
    /// <param name="settings">The settings.</param>
    public T Add<T>(T settings)
        where T : class, ISettings
    {
        known.Add((settings, ""));
        return settings;
    }

    /// <summary>Settings that were read already.</summary>
    /// <exception cref="InvalidOperationException">They were not.</exception>
    public T Get<T>()
        where T : class, ISettings => known.Select(one => one.Settings).OfType<T>().First();

    /// <summary>Everything that is missing, unreadable or contradictory.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new SettingsProblems(configuration, this);
        foreach (var (setting, wanted) in unreadable)
        {
            problems.Add(setting, wanted);
        }

        foreach (var (settings, path) in known)
        {
            problems.Check(settings, path);
        }

        return problems.Sentences;
    }

    /// <summary>What works, but deserves a look.</summary>
    public IEnumerable<(string Setting, string Warning)> Warnings()
    {
        foreach (var (settings, _) in known)
        {
            foreach (var warning in settings.Warnings())
            {
                yield return warning;
            }
        }

        foreach (var (setting, address) in known.SelectMany(one => one.Settings.Addresses()))
        {
            if (address.Scheme == Uri.UriSchemeHttp && !PrivateNetwork.Has(address))
            {
                yield return (setting, "is plain http to a host outside a private network: use https");
            }
        }
    }
}

/// <summary>Registering settings, a line a section.</summary>
public static class SettingsServices
{
    /// <summary>Reads a section and registers it for those who ask for it.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="register">Keeps what was read.</param>
    /// <returns>The settings.</returns>
    public static T AddSettings<T>(this IServiceCollection services, SettingsRegister register)
        where T : class, ISettingsSection, new()
    {
        var settings = register.Read<T>();
        services.AddSingleton(settings);
        return settings;
    }
}
