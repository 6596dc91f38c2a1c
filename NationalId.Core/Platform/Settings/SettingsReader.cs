using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace NationalId.Core.Platform.Settings;

/// <summary>
/// Reads sections of the configuration into options. Unlike the framework's binder it goes on after a value that can't
/// be read, so that a start can name all of them in one message, and it takes an empty value as an absent one, as
/// deployment templates write it.
/// </summary>
internal static class SettingsReader
{
    /// <summary>An app setting's name: configuration's colons as two underscores.</summary>
    public static string Spell(string path) => path.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>
    /// All settings that the client has, chosen or not, by their paths in the configuration.
    /// </summary>
    public static IEnumerable<string> Paths() =>
        typeof(SettingsReader)
            .Assembly.GetTypes()
            .Where(type => type.IsClass && typeof(ISettingsSection).IsAssignableFrom(type))
            .SelectMany(type => PropertiesOf(type).Select(property => $"{SectionOf(type)}:{property.Name}"));

    /// <summary>Fills the options with what can be read.</summary>
    /// <param name="section">The section of the configuration.</param>
    /// <param name="options">Keep their defaults where nothing is said.</param>
    /// <param name="unreadable">Told of each value that can't be read: its app setting, and what it must be.</param>
    public static void Fill(IConfigurationSection section, object options, Action<string, string> unreadable)
    {
        foreach (var property in PropertiesOf(options.GetType()))
        {
            var child = section.GetSection(property.Name);
            if (child.Value is not { } text || string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            var (value, wanted) = Parse(text.Trim(), property.PropertyType);
            if (value is not null)
            {
                property.SetValue(options, value);
            }
            else
            {
                unreadable(Spell(child.Path), wanted);
            }
        }
    }

    /// <summary>The addresses among a section's options that are set.</summary>
    public static IEnumerable<(string Setting, Uri Address)> AddressesOf(ISettingsSection options) =>
        from property in PropertiesOf(options.GetType())
        where property.PropertyType == typeof(Uri)
        let address = (Uri?)property.GetValue(options)
        where address is not null
        select (Spell($"{SectionOf(options.GetType())}:{property.Name}"), address);

    /// <summary>A variable's value; null when it is absent or empty.</summary>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="variable">Its name. Environment variables turn <c>__</c> into <c>:</c>; both are found.</param>
    public static string? Variable(IConfiguration configuration, string variable) =>
        (configuration[variable] ?? configuration[variable.Replace("__", ":", StringComparison.Ordinal)]) is { } value
        && !string.IsNullOrWhiteSpace(value)
            ? value
            : null;

    private static (object? Value, string Wanted) Parse(string text, Type type)
    {
        var invariant = CultureInfo.InvariantCulture;
        return type switch
        {
            _ when type == typeof(string) => (text, ""),
            _ when type == typeof(Uri) => (ParseAddress(text), "must be an absolute http or https address"),
            // "30" would be thirty days.
            _ when type == typeof(TimeSpan) => (
                text.Contains(':') && TimeSpan.TryParse(text, invariant, out var time) ? time : null,
                "must be a time as hh:mm:ss or d.hh:mm:ss"
            ),
            _ when type == typeof(int) => (
                int.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var number) ? number : null,
                "must be a whole number"
            ),
            _ when type == typeof(long) => (
                long.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var number) ? number : null,
                "must be a whole number"
            ),
            _ when type == typeof(bool) => (bool.TryParse(text, out var flag) ? flag : null, "must be true or false"),
            { IsEnum: true } => (
                Enum.GetNames(type).FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase))
                    is { } known
                    ? Enum.Parse(type, known)
                    : null,
                $"must be one of {string.Join(", ", Enum.GetNames(type))}"
            ),
            _ => throw new NotSupportedException($"{type} is no type of a setting."),
        };
    }

    /// <summary>An absolute http or https address; null for anything else.</summary>
    public static Uri? ParseAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && address.Host.Length > 0
            ? address
            : null;

    private static IEnumerable<PropertyInfo> PropertiesOf(Type type) =>
        type.GetProperties().Where(property => property.CanWrite);

    private static string SectionOf(Type type) =>
        (string)type.GetProperty(nameof(ISettingsSection.Section))!.GetValue(null)!;
}
