using NationalId.Core.Platform.Settings;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>The action triggers of OpenCRVS 1.9, 2.0 and 2.1 (docs/protocols.md, "OpenCRVS triggers").</summary>
public sealed class ActionsOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:OpenCrvs";

    /// <summary>
    /// OpenCRVS's generation: <c>1</c> sends webhooks, <c>1.9</c> webhooks and triggers, <c>2.0</c> and <c>2.1</c>
    /// triggers.
    /// </summary>
    public string Version { get; set; } = "1";

    /// <summary>OpenCRVS's events service, e.g. <c>https://register.crvs.example/api/events</c>.</summary>
    public Uri? EventsUrl { get; set; }

    /// <summary>The country configuration. Its forms are read there, to check the names of fields.</summary>
    public Uri? CountryConfigUrl { get; set; }

    /// <summary>The country's type of event for births.</summary>
    public string BirthEvent { get; set; } = "birth";

    /// <summary>The country's type of event for deaths.</summary>
    public string DeathEvent { get; set; } = "death";

    /// <summary>
    /// How long the sender of a trigger may wait for its answer. The country configuration gives up after ten seconds
    /// and accepts the registration by itself.
    /// </summary>
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Whether a birth goes to the National ID system only if it has a date of birth.</summary>
    public bool EligibleWithBirthDate { get; set; }

    /// <summary>
    /// The age in years from which a person whose birth is registered goes to the National ID system no more; 0 for no
    /// such limit.
    /// </summary>
    public int EligibleBelowAge { get; set; }

    /// <summary>
    /// Fields of the form, separated by commas, of which one must say that somebody was verified before a birth goes to
    /// the National ID system; empty for no such rule.
    /// </summary>
    public string EligibleIfVerified { get; set; } = "";

    /// <summary>What such a field says of somebody who was verified, separated by commas.</summary>
    public string VerifiedValues { get; set; } = "verified,authenticated";

    /// <summary>
    /// The country's custom actions by which a registration is revoked, separated by commas; <c>-</c> for none.
    /// </summary>
    public string RevokeActions { get; set; } = "REVOKE_REGISTRATION";

    /// <summary>Those by which it is reinstated.</summary>
    public string ReinstateActions { get; set; } = "REINSTATE_REVOKE_REGISTRATION";

    /// <summary>The version that is set; null when there is none of that name.</summary>
    internal OpenCrvsVersion? Known =>
        Version switch
        {
            "1" => OpenCrvsVersion.V1,
            "1.9" => OpenCrvsVersion.V1_9,
            "2.0" => OpenCrvsVersion.V2_0,
            "2.1" => OpenCrvsVersion.V2_1,
            _ => null,
        };

    /// <summary>The version that is served.</summary>
    internal OpenCrvsVersion Api => Known ?? OpenCrvsVersion.V1;

    /// <summary>Whether OpenCRVS sends webhooks.</summary>
    internal bool HasWebhooks => Api is OpenCrvsVersion.V1 or OpenCrvsVersion.V1_9;

    /// <summary>Whether OpenCRVS sends triggers.</summary>
    internal bool HasTriggers => Api != OpenCrvsVersion.V1;

    /// <summary>The fields in <see cref="EligibleIfVerified"/>.</summary>
    internal IReadOnlyList<string> VerifiedFields => Split(EligibleIfVerified);

    /// <summary>The words in <see cref="VerifiedValues"/>.</summary>
    internal IReadOnlyList<string> VerifiedWords => Split(VerifiedValues);

    /// <summary>What a custom action does to a registration; null for one that does nothing to it.</summary>
    /// <param name="customType">The action's own type.</param>
    internal RegistrationChange? ChangeBy(string? customType) =>
        customType is null ? null
        : Split(RevokeActions).Contains(customType, StringComparer.Ordinal) ? RegistrationChange.Revoked
        : Split(ReinstateActions).Contains(customType, StringComparer.Ordinal) ? RegistrationChange.Reinstated
        : null;

    /// <summary>What a type of event tells of; null for one that is neither birth nor death.</summary>
    /// <param name="eventType">The country's name of the type.</param>
    internal RegistrationKind? KindOf(string? eventType) =>
        eventType == BirthEvent ? RegistrationKind.Birth
        : eventType == DeathEvent ? RegistrationKind.Death
        : null;

    /// <summary>The country's type of event.</summary>
    /// <param name="kind">Birth or death.</param>
    internal string EventOf(RegistrationKind kind) => kind == RegistrationKind.Birth ? BirthEvent : DeathEvent;

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        if (Known is null)
        {
            problems.AddOption(nameof(Version), "must be one of 1, 1.9, 2.0, 2.1");
        }

        if (HasTriggers)
        {
            problems.Need(EventsUrl, "OpenCRVS's events service, where registrations are confirmed");
        }

        if (BirthEvent == DeathEvent)
        {
            problems.AddOption(nameof(DeathEvent), $"must not be the same as {problems.Name(nameof(BirthEvent))}");
        }

        if (EligibleIfVerified.Length > 0 && VerifiedWords.Count == 0)
        {
            problems.AddOption(nameof(VerifiedValues), "must say what a field says of somebody who was verified");
        }

        if (Split(RevokeActions).Intersect(Split(ReinstateActions), StringComparer.Ordinal).Any(name => name != "-"))
        {
            problems.AddOption(
                nameof(ReinstateActions),
                $"names an action that {problems.Name(nameof(RevokeActions))} names too"
            );
        }

        problems.Between(EligibleBelowAge, 0, 150);
        problems.Between(AnswerWithin, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    }

    /// <inheritdoc/>
    public IEnumerable<(string Setting, string Warning)> Warnings()
    {
        if (HasTriggers && CountryConfigUrl is null)
        {
            yield return (
                SettingsReader.Spell($"{Section}:{nameof(CountryConfigUrl)}"),
                "is not set: the names of the form's fields can't be checked, so none is written with the confirmation"
            );
        }
    }

    private static IReadOnlyList<string> Split(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
