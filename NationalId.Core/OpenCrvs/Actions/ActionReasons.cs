namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// Why an event document can't be carried, or is not: fixed sentences that hold nothing of it, so that ledger, logs and
/// answers may show them.
/// </summary>
internal static class ActionReasons
{
    public const string TooMuch = "too many actions, or too much in the fields that are read";
    public const string NoId = "no event id";
    public const string NoPending = "no action waits to be accepted";
    public const string SeveralPending = "several actions wait to be accepted";
    public const string NoBirthDate = "not eligible: no date of birth";
    public const string TooOld = "not eligible: too old";
    public const string NobodyVerified = "not eligible: nobody was verified";
    public const string NothingForDeaths = "nothing comes back for a death";
}
