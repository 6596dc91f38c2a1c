using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;

namespace NationalId.Core.Platform.Settings;

/// <summary>What is wrong with the app settings, each problem under the name of the setting to mend.</summary>
/// <param name="configuration">The host's configuration.</param>
/// <param name="register">All settings that were read.</param>
public sealed class SettingsProblems(IConfiguration configuration, SettingsRegister register)
{
    private readonly List<string> sentences = [];
    private string section = "";

    /// <summary>A whole day: no call and no short wait takes longer.</summary>
    public static TimeSpan Day { get; } = TimeSpan.FromDays(1);

    /// <summary>
    /// The sentences, the first one for each setting: a value that can't be read is not also missing.
    /// </summary>
    public IReadOnlyList<string> Sentences =>
        [.. sentences.GroupBy(sentence => sentence.Split(' ')[0]).Select(about => about.First())];

    /// <summary>The host's configuration.</summary>
    public IConfiguration Configuration => configuration;

    /// <summary>Settings of another room that were read too.</summary>
    /// <typeparam name="T">Which.</typeparam>
    public T Other<T>()
        where T : class, ISettings => register.Get<T>();

    /// <summary>
    /// An app setting's name, from the option's: <c>BirthUrl</c> is <c>NationalId__Mosip__BirthUrl</c>.
    /// </summary>
    /// <param name="option">The option of the section that is being checked.</param>
    public string Name(string option) => SettingsReader.Spell(section + ":" + option);

    /// <summary>Adds a problem.</summary>
    /// <param name="setting">The app setting's whole name.</param>
    /// <param name="what">What is wrong with it, e.g. <c>must be true or false</c>.</param>
    public void Add(string setting, string what) => sentences.Add($"{setting} {what}.");

    /// <summary>Adds a problem of an option of the section that is being checked.</summary>
    /// <param name="option">The option's name.</param>
    /// <param name="what">What is wrong with it.</param>
    public void AddOption(string option, string what) => Add(Name(option), what);

    /// <summary>Asks for an address.</summary>
    /// <param name="address">The option.</param>
    /// <param name="why">Why it is needed.</param>
    /// <param name="option">The option's name, filled in by the compiler.</param>
    public void Need(Uri? address, string why, [CallerArgumentExpression(nameof(address))] string option = "")
    {
        if (address is null)
        {
            AddOption(option, $"is missing: {why}");
        }
    }

    /// <summary>Asks for a value in a range.</summary>
    /// <param name="value">The option.</param>
    /// <param name="least">The least that is taken.</param>
    /// <param name="most">The most that is taken.</param>
    /// <param name="option">The option's name, filled in by the compiler.</param>
    public void Between<T>(T value, T least, T most, [CallerArgumentExpression(nameof(value))] string option = "")
        where T : struct, IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            AddOption(option, string.Create(CultureInfo.InvariantCulture, $"must be from {least} to {most}"));
        }
    }

    /// <summary>A variable's value; null when it is absent or empty.</summary>
    /// <param name="variable">Its name. Environment variables turn <c>__</c> into <c>:</c>; both spellings are
    /// found.</param>
    public string? Variable(string variable) => SettingsReader.Variable(configuration, variable);

    /// <summary>Checks the settings of one section.</summary>
    internal void Check(ISettings settings, string path)
    {
        section = path;
        settings.Check(this);
    }
}
