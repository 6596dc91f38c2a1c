using NationalId.Core.Platform.Settings;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs;

/// <summary>The country's OpenCRVS (docs/protocols.md).</summary>
public sealed class OpenCrvsOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:OpenCrvs";

    /// <summary>OpenCRVS's auth service: <c>{AuthUrl}/token</c> and <c>{AuthUrl}/verifyToken</c>.</summary>
    public Uri? AuthUrl { get; set; }

    /// <summary>OpenCRVS's webhooks service: subscriptions are kept there.</summary>
    public Uri? WebhookUrl { get; set; }

    /// <summary>The public address of our own <c>/api/webhooks</c>, told to OpenCRVS when subscribing.</summary>
    public Uri? CallbackUrl { get; set; }

    /// <summary>The country configuration's mediator: AIDs and tokens are saved on the record there.</summary>
    public Uri? MediatorUrl { get; set; }

    /// <summary>
    /// The names of the UIN token's field in the mediator's body, separated by commas. All are sent: the mediators of
    /// OpenCRVS 1.2 read
    /// <c>UINTOKEN</c>, later ones <c>MOSIP_PSUT_TOKEN_ID</c>, and each ignores what it doesn't know.
    /// </summary>
    public string TokenField { get; set; } = "UINTOKEN,MOSIP_PSUT_TOKEN_ID";

    /// <summary>The names in <see cref="TokenField"/>.</summary>
    internal IReadOnlyList<string> TokenFields => TokenField.Split(',', StringSplitOptions.TrimEntries);

    /// <summary>
    /// Whether a death's AID is saved on its record: off for mediators that take a BRN only and would refuse a DRN for
    /// ever.
    /// </summary>
    public bool SaveDeathAid { get; set; } = true;

    /// <summary>
    /// Whether a birth's record is told of the death that was linked to it (field <c>DECEASED_PATIENT_ENTRY</c>).
    /// </summary>
    public bool TellBirthOfDeath { get; set; } = true;

    /// <summary>Topics that the client subscribes to, separated by commas.</summary>
    public string Topics { get; set; } = "BIRTH_REGISTERED,DEATH_REGISTERED";

    /// <summary>
    /// Addresses at which the client answered earlier, separated by commas: subscriptions that still name them are
    /// removed. No others are.
    /// </summary>
    public string StaleCallbacks { get; set; } = "";

    /// <summary>The topics in <see cref="Topics"/>.</summary>
    internal IReadOnlyList<string> TopicNames =>
        [
            .. Topics
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Distinct(StringComparer.Ordinal),
        ];

    /// <summary>The addresses in <see cref="StaleCallbacks"/>; null for one that is no address.</summary>
    internal IReadOnlyList<Uri?> StaleAddresses =>
        [
            .. StaleCallbacks
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(SettingsReader.ParseAddress),
        ];

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Need(AuthUrl, "OpenCRVS's auth service");
        problems.Need(MediatorUrl, "the country configuration's mediator, where numbers are saved on the record");
        if (
            TopicNames.Count == 0
            || TopicNames.Any(topic => HubTopics.KindOf(topic) is null && !HubTopics.IsKnownButNotCarried(topic))
        )
        {
            problems.AddOption(
                nameof(Topics),
                "must name topics of OpenCRVS, separated by commas: BIRTH_REGISTERED,DEATH_REGISTERED"
            );
        }

        if (TokenFields.Contains("") || TokenFields.Distinct().Count() < TokenFields.Count)
        {
            problems.AddOption(
                nameof(TokenField),
                "must name fields of the mediator's body, separated by commas, each once: "
                    + "UINTOKEN,MOSIP_PSUT_TOKEN_ID"
            );
        }

        if (StaleAddresses.Contains(null))
        {
            problems.AddOption(
                nameof(StaleCallbacks),
                "must name absolute http or https addresses, separated by commas"
            );
        }
        else if (CallbackUrl is { } callback && StaleAddresses.Contains(callback))
        {
            problems.AddOption(
                nameof(StaleCallbacks),
                $"names {problems.Name(nameof(CallbackUrl))}, which is not stale"
            );
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(string Setting, string Warning)> Warnings()
    {
        if (WebhookUrl is null || CallbackUrl is null)
        {
            var missing = WebhookUrl is null ? nameof(WebhookUrl) : nameof(CallbackUrl);
            yield return (
                SettingsReader.Spell($"{Section}:{missing}"),
                "is not set: the client can't look after its subscription with OpenCRVS"
            );
        }
    }
}
