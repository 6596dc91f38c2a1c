using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Platform.Storage;

/// <summary>The storage account's own settings, which the Functions host reads too.</summary>
public sealed class StorageSettings : ISettings
{
    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        const string Name = StorageClients.Connection;
        try
        {
            _ = new StorageClients(problems.Configuration, []);
        }
        catch (InvalidOperationException missing)
        {
            var what = missing.Message.StartsWith(Name + " ", StringComparison.Ordinal)
                ? missing.Message[(Name.Length + 1)..].TrimEnd('.')
                : missing.Message;
            problems.Add(Name, what);
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentException)
        {
            problems.Add(
                Name,
                $"must be a storage connection string, or {Name}__accountName and the like for an identity-based "
                    + "connection"
            );
        }
    }
}
