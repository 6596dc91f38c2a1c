using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace NationalId.Core.Platform.Settings;

/// <summary>
/// Reads the section <c>NationalId</c> into the options. Unlike the framework's binder it goes on after a value that
/// can't be read, so that a start can name all of them in one message; it takes an empty value as an absent one, as
/// deployment templates write it; and it leaves the section of the path that is not taken alone.
/// </summary>
internal static class SettingsReader
{
    /// <summary>Fills the options with what can be read.</summary>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="options">Keep their defaults where nothing is said.</param>
    /// <param name="unreadable">Told of each value that can't be read: its app setting, and what it must be.</param>
    public static void Read(
        IConfiguration configuration,
        NationalIdOptions options,
        Action<string, string>? unreadable = null
    )
    {
        var section = configuration.GetSection(NationalIdOptions.Section);
        options.ClientName = section[nameof(NationalIdOptions.ClientName)]?.Trim() ?? "";
        var other = options.IsMosip ? nameof(NationalIdOptions.DefaultSystem) : nameof(NationalIdOptions.Mosip);
        Fill(section, options, other, unreadable);
    }

    /// <summary>An app setting's name: configuration's colons as two underscores.</summary>
    public static string Spell(string path) => path.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>All settings of the section, by their paths in the configuration.</summary>
    public static IEnumerable<string> Paths(Type? type = null, string prefix = NationalIdOptions.Section) =>
        PropertiesOf(type ?? typeof(NationalIdOptions))
            .SelectMany(property =>
                IsGroup(property)
                    ? Paths(property.PropertyType, $"{prefix}:{property.Name}")
                    : [$"{prefix}:{property.Name}"]
            );

    private static void Fill(
        IConfigurationSection section,
        object options,
        string? other,
        Action<string, string>? unreadable
    )
    {
        foreach (var property in PropertiesOf(options.GetType()).Where(property => property.Name != other))
        {
            var child = section.GetSection(property.Name);
            if (IsGroup(property))
            {
                Fill(child, property.GetValue(options)!, null, unreadable);
            }
            else if (child.Value is { } text && !string.IsNullOrWhiteSpace(text))
            {
                var (value, wanted) = Parse(text.Trim(), property.PropertyType);
                if (value is not null)
                {
                    property.SetValue(options, value);
                }
                else
                {
                    unreadable?.Invoke(Spell(child.Path), wanted);
                }
            }
        }
    }

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

    private static bool IsGroup(PropertyInfo property) =>
        property.PropertyType.IsClass && property.PropertyType.Namespace == typeof(NationalIdOptions).Namespace;
}
