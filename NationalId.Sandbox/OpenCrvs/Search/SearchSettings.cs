namespace NationalId.Sandbox.OpenCrvs.Search;

/// <summary>How the gateway of OpenCRVS 1.x searches.</summary>
public sealed class SearchSettings
{
    /// <summary>How many matches it answers, and an error beyond: five up to 1.4; null: pages.</summary>
    public int? Most { get; set; }

    /// <summary>How many searches that find something a client has in a day.</summary>
    public int DailyQuota { get; set; } = 2000;

    /// <summary>Whether issued records are hidden, as from 1.3 to 1.6.</summary>
    public bool HidesIssued { get; set; }

    /// <summary>Whether the client's scope is taken for none: nothing is found then, and it is no error.</summary>
    public bool FindsNothing { get; set; }
}
