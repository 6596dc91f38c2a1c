using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Pipeline;

/// <summary>How much may wait while the secret store does not answer at a cold start: anybody can send it.</summary>
public sealed class QuarantineOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:Quarantine";

    /// <summary>How many webhooks.</summary>
    public int MaxCount { get; set; } = 2000;

    /// <summary>How many bytes together.</summary>
    public long MaxBytes { get; set; } = 500_000_000;

    /// <summary>How long a message that fits no secret is kept.</summary>
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(14);

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Between(MaxCount, 0, int.MaxValue);
        problems.Between(MaxBytes, 0, long.MaxValue);
        problems.Between(KeepFor, TimeSpan.FromMinutes(1), TimeSpan.FromDays(3650));
    }
}
