using NationalId.Core.Platform.Settings;

namespace NationalId.Core.OpenCrvs.Interop;

/// <summary>
/// The routes of OpenCRVS's mosip-api that we serve in its place (docs/protocols.md, "OpenCRVS's mosip-api").
/// </summary>
public sealed class MosipApiOptions : ISettingsSection
{
    /// <summary>The answer that is an error status, and no word for the form.</summary>
    internal const string ErrorStatus = "503";

    private const int LongestWord = 50;

    /// <inheritdoc/>
    public static string Section => "NationalId:MosipApi";

    /// <summary>
    /// What a verification is answered while MOSIP does not say: a word for the form, or <c>503</c>. A country's
    /// handlers don't catch an error status, and the record is stuck then.
    /// </summary>
    public string VerifyOutage { get; set; } = "failed";

    /// <summary>How long a verification may take. The country configuration gives up after 15 seconds.</summary>
    public TimeSpan VerifyPatience { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>How many verifications one record, or one person who is signed in, may ask for in a minute.</summary>
    public int VerifyPerMinute { get; set; } = 30;

    /// <summary>
    /// How long a registration that came by these routes waits for its number before it is accepted without.
    /// mosip-api waits for ever.
    /// </summary>
    public TimeSpan ConfirmPatience { get; set; } = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        // The record's token lives for seven days, and OpenCRVS 1.9 gives no other.
        problems.Between(ConfirmPatience, TimeSpan.Zero, TimeSpan.FromDays(5));
        problems.Between(VerifyPatience, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(15));
        problems.Between(VerifyPerMinute, 1, 1_000_000);
        if (
            VerifyOutage.Length > LongestWord
            || VerifyOutage == "verified"
            || (VerifyOutage != ErrorStatus && !VerifyOutage.All(c => char.IsAsciiLetter(c) || c == '-'))
        )
        {
            problems.AddOption(
                nameof(VerifyOutage),
                "must be a word such as failed or pending, but not verified, or 503"
            );
        }
    }
}
