using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Looking for registrations of which OpenCRVS's message never came (docs/reconcile.md). Nothing of it runs unless
/// <see cref="Sources"/> names a way to list them.
/// </summary>
public sealed class ReconcileOptions : ISettingsSection
{
    /// <summary>The events service's search: 1.9 with new events, 2.0 and 2.1.</summary>
    public const string EventsSearch = "events";

    /// <summary>Record search by GraphQL with pages: 1.5 to 1.9.</summary>
    public const string RecordSearch = "record-search";

    /// <summary>Record search by GraphQL that answers at most five: 1.2 to 1.4.</summary>
    public const string RecordSearchSplit = "record-search-split";

    /// <inheritdoc/>
    public static string Section => "NationalId:Reconcile";

    /// <summary>
    /// How registrations are listed, separated by commas: <c>events</c>, <c>record-search</c> or
    /// <c>record-search-split</c>. Empty: they are not.
    /// </summary>
    public string Sources { get; set; } = "";

    /// <summary>OpenCRVS's gateway, whose <c>/graphql</c> has the record search of 1.x.</summary>
    public Uri? GatewayUrl { get; set; }

    /// <summary>How long a registration's own message may take before it is missed.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// How far a run goes back before the end of the last one; 0: an hour, and two days for
    /// <c>record-search-split</c>.
    /// </summary>
    public TimeSpan Overlap { get; set; }

    /// <summary>
    /// How long a registration of 1.2 to 1.4 may wait for its validation: once a week a run of
    /// <c>record-search-split</c> goes back as far, as far as the quota allows; 0: none does.
    /// </summary>
    public TimeSpan LongestValidation { get; set; } = TimeSpan.FromDays(35);

    /// <summary>How often a run begins; 0: every hour for <c>events</c>, once a day for the others.</summary>
    public TimeSpan Every { get; set; }

    /// <summary>The least time between two calls of a search.</summary>
    public TimeSpan CallEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many registrations a page of the record search has. OpenCRVS marks each as downloaded by our client.
    /// </summary>
    public int PageSize { get; set; } = 25;

    /// <summary>How many record searches OpenCRVS allows our client a day, in UTC. Runs stop at four fifths.</summary>
    public int DailyQuota { get; set; } = 2000;

    /// <summary>
    /// Whether a birth that came by a webhook is delivered only once the record search finds its number: a right
    /// signature proves no registration.
    /// </summary>
    public bool VerifyByRecordSearch { get; set; }

    /// <summary>How many registrations of a released batch go on their way in a minute.</summary>
    public int ReleasePerMinute { get; set; } = 60;

    /// <summary>Where the country configuration takes OpenCRVS's reindexing, e.g.
    /// <c>http://countryconfig:3040/reindex</c>.
    /// Set, what passes through <c>/api/reindex</c> can be read.</summary>
    public Uri? ReindexUrl { get; set; }

    /// <summary>
    /// The addresses from which a reindexing is taken, separated by commas: <c>10.0.1.0/24,10.0.2.7</c>.
    /// </summary>
    public string ReindexFrom { get; set; } = "";

    /// <summary>The names in <see cref="Sources"/>.</summary>
    internal IReadOnlyList<string> SourceNames =>
        Sources.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whether a source is set.</summary>
    /// <param name="name">The source.</param>
    internal bool Has(string name) => SourceNames.Contains(name, StringComparer.Ordinal);

    /// <summary>Whether one of the sources is the record search of 1.x.</summary>
    internal bool HasRecordSearch => Has(RecordSearch) || Has(RecordSearchSplit);

    /// <summary>The networks in <see cref="ReindexFrom"/>; null for one that is none.</summary>
    internal IReadOnlyList<System.Net.IPNetwork?> ReindexNetworks =>
        [
            .. ReindexFrom
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(Network),
        ];

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        if (SourceNames.Any(name => name is not (EventsSearch or RecordSearch or RecordSearchSplit)))
        {
            problems.AddOption(
                nameof(Sources),
                $"must name {EventsSearch}, {RecordSearch} or {RecordSearchSplit}, separated by commas"
            );
        }

        if (Has(RecordSearch) && Has(RecordSearchSplit))
        {
            problems.AddOption(nameof(Sources), $"names both {RecordSearch} and {RecordSearchSplit}: keep one");
        }

        CheckVersion(problems, problems.Other<ActionsOptions>());
        if ((HasRecordSearch || VerifyByRecordSearch) && GatewayUrl is null)
        {
            problems.Need(GatewayUrl, "OpenCRVS's gateway, where records are searched");
        }

        if (ReindexUrl is not null && (ReindexNetworks.Count == 0 || ReindexNetworks.Contains(null)))
        {
            problems.AddOption(
                nameof(ReindexFrom),
                "must name addresses or networks: whoever sends from elsewhere is refused"
            );
        }

        problems.Between(Grace, TimeSpan.Zero, SettingsProblems.Day);
        problems.Between(Overlap, TimeSpan.Zero, TimeSpan.FromDays(60));
        problems.Between(LongestValidation, TimeSpan.Zero, TimeSpan.FromDays(366));
        problems.Between(Every, TimeSpan.Zero, TimeSpan.FromDays(7));
        problems.Between(CallEvery, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        problems.Between(PageSize, 1, 100);
        problems.Between(DailyQuota, 1, 10_000_000);
        problems.Between(ReleasePerMinute, 1, 10_000);
    }

    private void CheckVersion(SettingsProblems problems, ActionsOptions actions)
    {
        if (Has(EventsSearch) && !actions.HasTriggers)
        {
            problems.AddOption(nameof(Sources), $"names {EventsSearch}, which OpenCRVS of that version does not have");
        }

        if ((HasRecordSearch || VerifyByRecordSearch) && !actions.HasWebhooks)
        {
            problems.AddOption(nameof(Sources), "names a record search, which OpenCRVS of that version does not have");
        }
    }

    private static System.Net.IPNetwork? Network(string text) =>
        System.Net.IPNetwork.TryParse(text, out var network) ? network
        : System.Net.IPAddress.TryParse(text, out var one) ? new(one, one.GetAddressBytes().Length * 8)
        : null;
}
