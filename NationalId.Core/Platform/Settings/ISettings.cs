namespace NationalId.Core.Platform.Settings;

/// <summary>Settings that one room owns. It knows what each of them must be.</summary>
public interface ISettings
{
    /// <summary>Says what is missing or contradictory.</summary>
    /// <param name="problems">Takes what is wrong.</param>
    void Check(SettingsProblems problems);

    /// <summary>Settings that work, but that somebody should know about.</summary>
    IEnumerable<(string Setting, string Warning)> Warnings() => [];

    /// <summary>The addresses that the settings name, for a look at how they are reached.</summary>
    IEnumerable<(string Setting, Uri Address)> Addresses() => [];
}

/// <summary>The settings of one section of the configuration, e.g. <c>NationalId:Mosip</c>.</summary>
public interface ISettingsSection : ISettings
{
    /// <summary>The section's path in the configuration.</summary>
    static abstract string Section { get; }

    IEnumerable<(string Setting, Uri Address)> ISettings.Addresses() => SettingsReader.AddressesOf(this);
}
