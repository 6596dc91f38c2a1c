using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Osia;

/// <summary>How the services of an OSIA system let us in.</summary>
public enum OsiaAuthentication
{
    /// <summary>A bearer token by OAuth 2 client credentials.</summary>
    OAuth,

    /// <summary>A bearer token that the system's owner gave us, from the secret store.</summary>
    Token,

    /// <summary>Nothing: the network alone lets us in.</summary>
    None,
}

/// <summary>What is done about a child whom the registry seems to know already.</summary>
public enum KnownChild
{
    /// <summary>It is noted with the event.</summary>
    Note,

    /// <summary>The birth is flagged for an operator, who can send it on.</summary>
    Flag,

    /// <summary>Nobody asks.</summary>
    Ignore,
}

/// <summary>What is done about a parent whom the registry has otherwise than the record.</summary>
public enum ParentCheck
{
    /// <summary>What differs is noted with the event, and the parent is published all the same.</summary>
    Note,

    /// <summary>It is noted, and the parent is not published.</summary>
    LeaveOut,

    /// <summary>Nobody asks.</summary>
    Ignore,
}

/// <summary>
/// A National ID system that speaks OSIA (docs/osia.md). Addresses are those before <c>/v1</c>. What OSIA leaves open
/// is a setting here.
/// </summary>
public sealed class OsiaOptions : ISettingsSection
{
    /// <summary>The system's name in metrics and on the operator's page.</summary>
    public const string PartnerName = "osia";

    /// <inheritdoc/>
    public static string Section => "NationalId:Osia";

    /// <summary>The population registry's Data Access interface.</summary>
    public Uri? RegistryUrl { get; set; }

    /// <summary>The UIN Management interface.</summary>
    public Uri? UinUrl { get; set; }

    /// <summary>The Notification interface.</summary>
    public Uri? NotificationUrl { get; set; }

    /// <summary>
    /// The Population Registry interface: with it, persons are written there. Only where the registry's owner grants
    /// that.
    /// </summary>
    public Uri? WriteUrl { get; set; }

    /// <summary>How the services let us in.</summary>
    public OsiaAuthentication Authentication { get; set; }

    /// <summary>The OAuth 2 token endpoint, with <see cref="OsiaAuthentication.OAuth"/>.</summary>
    public Uri? TokenUrl { get; set; }

    /// <summary>The OAuth 2 scopes asked for, with blanks in between.</summary>
    public string Scope { get; set; } =
        "uin.generate pr.person.read pr.person.match notif.topic.write notif.topic.publish";

    /// <summary>Headers that every call has, as <c>name=value; name=value</c>: a gateway may want them.</summary>
    public string Headers { get; set; } = "";

    /// <summary>Who we are in notifications.</summary>
    public string Source { get; set; } = "OpenCRVS";

    /// <summary>The topic of our notifications.</summary>
    public string Topic { get; set; } = "CR";

    /// <summary>Whether each type of event has a topic of its own, with the type's name.</summary>
    public bool TopicPerEvent { get; set; }

    /// <summary>The content type of a notification. OSIA's own file says <c>plain/text</c>.</summary>
    public string PublishContentType { get; set; } = "application/json";

    /// <summary>The names of the number's field on the OpenCRVS record.</summary>
    public string NationalIdField { get; set; } = "NATIONAL_ID";

    /// <summary>
    /// The attributes that we know and serve, as <c>name=source; name=source</c>: the name in OSIA, and what it is
    /// filled from.
    /// </summary>
    public string Attributes { get; set; } =
        "uin=uin; firstName=firstName; lastName=lastName; dateOfBirth=dateOfBirth; gender=gender; "
        + "dateOfDeath=dateOfDeath; parent1UIN=parent1; parent2UIN=parent2";

    /// <summary>The registry's words for genders.</summary>
    public string Genders { get; set; } = "male=1,female=2,unknown=0,other=9";

    /// <summary>
    /// The language of the names that are sent, as the record has it; the record's first name where it has none of it.
    /// </summary>
    public string Language { get; set; } = "";

    /// <summary>Whether a date of which only year or month is known goes as <c>1984-XX-XX</c>.</summary>
    public bool PartialDates { get; set; } = true;

    /// <summary>The attributes that go to the generator of UINs, separated by commas.</summary>
    public string UinAttributes { get; set; } = "firstName,lastName,dateOfBirth,gender";

    /// <summary>The attributes by which people are matched, separated by commas.</summary>
    public string MatchAttributes { get; set; } = "firstName,lastName,dateOfBirth";

    /// <summary>
    /// What is done about a child whom the registry seems to know already by names and date of birth.
    /// </summary>
    public KnownChild KnownChild { get; set; }

    /// <summary>
    /// What is done about a parent whom the registry has otherwise than the record. One whose number it does not know
    /// is not published: an unknown parent has no part in OSIA's message.
    /// </summary>
    public ParentCheck CheckParents { get; set; }

    /// <summary>
    /// Whether a deceased without a number is looked for by names and date of birth: one hit alone counts.
    /// </summary>
    public bool FindDeceased { get; set; }

    /// <summary>How long after a notification the registry is asked whether it has the child.</summary>
    public TimeSpan FirstCheckAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest gap between two questions; each is twice as long as the last.</summary>
    public TimeSpan LongestCheckGap { get; set; } = TimeSpan.FromHours(6);

    /// <summary>After which time without the child in the registry its birth is published again.</summary>
    public TimeSpan PublishAgainAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long people can be read from us after the registry has them, or after their death was published.
    /// </summary>
    public TimeSpan ServeFor { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// An event that is published when a death is revoked, beside <c>updatePerson</c>; empty for none. OSIA knows none.
    /// </summary>
    public string DeathRevokedEvent { get; set; } = "";

    /// <summary>Where the keys are that sign the registry's tokens: a JSON Web Key Set.</summary>
    public Uri? CallerKeysUrl { get; set; }

    /// <summary>Who issues the registry's tokens.</summary>
    public string CallerIssuer { get; set; } = "";

    /// <summary>The audience by which the registry's tokens name us.</summary>
    public string CallerAudience { get; set; } = "";

    /// <summary>
    /// The public address of our own <c>/api/osia/notify</c>: with it, we subscribe to what the registry tells.
    /// </summary>
    public Uri? NotifyUrl { get; set; }

    /// <summary>The topics that we subscribe to, separated by commas.</summary>
    public string NotifyTopics { get; set; } = "PR";

    /// <summary>How often our subscriptions are made again. Nothing changes where they stand.</summary>
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromHours(6);

    /// <summary>
    /// The scope that an OpenCRVS token must have to read a person's attributes for a form; empty: nobody can.
    /// </summary>
    public string PrefillScope { get; set; } = "";

    /// <summary>The attributes that a form can read, separated by commas.</summary>
    public string PrefillAttributes { get; set; } = "uin,firstName,lastName,dateOfBirth,gender";

    /// <summary>How long one call may take before it is given up and repeated.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many calls one process has under way at most.</summary>
    public int MaxConcurrency { get; set; } = 16;

    /// <summary>The headers of every call.</summary>
    internal IReadOnlyList<(string Name, string Value)> ExtraHeaders => Pairs(Headers, ';');

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Need(RegistryUrl, "the population registry, before /v1");
        problems.Need(UinUrl, "the generator of UINs, before /v1");
        problems.Need(NotificationUrl, "where births and deaths are published, before /v1");
        if (Authentication == OsiaAuthentication.OAuth)
        {
            problems.Need(TokenUrl, $"{problems.Name(nameof(Authentication))} is OAuth");
        }

        problems.Need(CallerKeysUrl, "the registry reads births from us, and its tokens are checked by these keys");
        Need(problems, CallerIssuer, nameof(CallerIssuer));
        Need(problems, CallerAudience, nameof(CallerAudience));
        Need(problems, Topic, nameof(Topic));
        CheckPairs(problems);
        problems.Between(FirstCheckAfter, TimeSpan.FromMilliseconds(1), SettingsProblems.Day);
        problems.Between(LongestCheckGap, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(30));
        problems.Between(PublishAgainAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(365));
        problems.Between(ServeFor, TimeSpan.Zero, TimeSpan.FromDays(3650));
        problems.Between(RenewEvery, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(30));
        problems.Between(Timeout, TimeSpan.FromMilliseconds(10), SettingsProblems.Day);
        problems.Between(MaxConcurrency, 1, 10_000);
        problems.Other<DeliveryOptions>().CheckCall(problems, Timeout, problems.Name(nameof(Timeout)));
    }

    /// <summary>The parts of <c>name=value</c> pairs; a pair without a name or an equals sign is left out.</summary>
    internal static IReadOnlyList<(string Name, string Value)> Pairs(string text, char separator) =>
        [
            .. Items(text, separator)
                .Select(pair => pair.Split('=', 2, StringSplitOptions.TrimEntries))
                .Where(pair => pair is [{ Length: > 0 }, _])
                .Select(pair => (pair[0], pair[1])),
        ];

    /// <summary>The items of a list.</summary>
    internal static IReadOnlyList<string> Items(string text, char separator = ',') =>
        text.Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static void Need(SettingsProblems problems, string text, string option)
    {
        if (text.Length == 0)
        {
            problems.AddOption(option, "is missing");
        }
    }

    private void CheckPairs(SettingsProblems problems)
    {
        Whole(Headers, ';', nameof(Headers));
        Whole(Genders, ',', nameof(Genders));
        Whole(Attributes, ';', nameof(Attributes));
        var map = Pairs(Attributes, ';');
        var strange = map.FirstOrDefault(pair => !OsiaAttributes.Sources.Contains(pair.Value));
        if (strange.Name is not null)
        {
            problems.AddOption(
                nameof(Attributes),
                $"fills {strange.Name} from {strange.Value}, but it must be one of "
                    + string.Join(", ", OsiaAttributes.Sources)
            );
        }

        Known(UinAttributes, nameof(UinAttributes));
        Known(MatchAttributes, nameof(MatchAttributes));

        void Whole(string text, char separator, string option)
        {
            if (Pairs(text, separator).Count != Items(text, separator).Count)
            {
                problems.AddOption(option, $"must be name=value, separated by {separator}");
            }
        }

        void Known(string text, string option)
        {
            if (Items(text).FirstOrDefault(name => map.All(pair => pair.Name != name)) is { } unknown)
            {
                problems.AddOption(option, $"names {unknown}, which {problems.Name(nameof(Attributes))} does not have");
            }
        }
    }
}
