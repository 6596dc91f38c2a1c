using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Platform.Http;

/// <summary>
/// How often the anonymous routes may be called, which ask IDA about people, and what a caller must bring.
/// </summary>
public sealed class CallerOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:Callers";

    /// <summary>How many requests a minute one caller may send.</summary>
    public int MaxPerMinute { get; set; } = 120;

    /// <summary>How many requests a minute all callers together may send.</summary>
    public int MaxPerMinuteOverAll { get; set; } = 600;

    /// <summary>
    /// The header whose last address is the caller's, e.g. <c>X-Real-IP</c>. Without it the connection's own address
    /// counts: behind the Functions host that is the host's, so that all callers count as one. A header that no proxy
    /// of ours sets is the caller's to make up.
    /// </summary>
    public string AddressHeader { get; set; } = "";

    /// <summary>
    /// Whether the Token Seeder's callers must send the secret <c>TOKENSEEDER-CALLER-KEY</c> in <c>X-Seeder-Key</c>.
    /// OpenCRVS sends no such header: a reverse proxy beside it adds it.
    /// </summary>
    public bool RequireSeederKey { get; set; }

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Between(MaxPerMinute, 1, 1_000_000);
        problems.Between(MaxPerMinuteOverAll, 1, 1_000_000);
    }
}
