using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Pipeline;

/// <summary>
/// How much may be under way in one process from callers who have proved nothing yet: whether a webhook's signature
/// fits is known only at its end.
/// </summary>
public sealed class IntakeOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:Intake";

    /// <summary>How many bytes together, in memory and staged in storage.</summary>
    public long MaxUnprovedBytes { get; set; } = 200_000_000;

    /// <summary>
    /// How long a webhook waits for room. After that the one that has been under way the longest is cut off.
    /// </summary>
    public TimeSpan WaitForRoom { get; set; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        // A body that alone is more would be cut each time it is sent.
        problems.Between(MaxUnprovedBytes, IncomingBody.MaxLength, long.MaxValue);
        problems.Between(WaitForRoom, TimeSpan.Zero, TimeSpan.FromMinutes(3));
    }
}
