using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>MOSIP's hub, and the credentials that come through it (docs/protocols.md, "MOSIP's hub").</summary>
public sealed class WebSubOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:Mosip:WebSub";

    /// <summary>The hub, e.g. <c>https://api-internal.example/hub</c>. Without it nobody subscribes us.</summary>
    public Uri? HubUrl { get; set; }

    /// <summary>Our own address for the hub: it ends with <c>/api/websub/callback</c>.</summary>
    public Uri? CallbackUrl { get; set; }

    /// <summary>The topic, whose first part is the partner's id: <c>opencrvs-partner/CREDENTIAL_ISSUED</c>.</summary>
    public string Topic { get; set; } = "";

    /// <summary>
    /// The topic by which MOSIP tells what became of packets, e.g. REGISTRATION_PROCESSOR_WORKFLOW_COMPLETED_EVENT. It
    /// is of all packets of the country, and needs a role of its own. Empty: it is not subscribed to.
    /// </summary>
    public string WorkflowTopic { get; set; } = "";

    /// <summary>MOSIP's auth manager, where the hub's token comes from.</summary>
    public Uri? AuthUrl { get; set; }

    /// <summary>The application id that the auth manager knows the hub's client under.</summary>
    public string AuthAppId { get; set; } = "admin";

    /// <summary>How often the subscription is renewed.</summary>
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromHours(6);

    /// <summary>
    /// Whether a message needs the hub's signature. OpenCRVS's mosip-mock signs nothing; a MOSIP does. On by default;
    /// warned about at start where it is off.
    /// </summary>
    public bool RequireHubSignature { get; set; } = true;

    /// <summary>
    /// Whether a credential needs MOSIP's signature over its text. On by default; warned about at start where it is
    /// off.
    /// </summary>
    public bool RequireProof { get; set; } = true;

    /// <summary>
    /// What the subject of the signing certificate must contain, e.g. <c>(ID_REPO)</c>. Where
    /// MOSIP's root is the certificate that we trust, partners' certificates come from it too.
    /// </summary>
    public string SignerSubject { get; set; } = "";

    /// <summary>The types of credentials that are read, with commas between them.</summary>
    public string CredentialTypes { get; set; } = "vercred,euin";

    /// <summary>The types of credentials whose own proof must hold too, with commas between them.</summary>
    public string LinkedDataProofTypes { get; set; } = "";

    /// <summary>
    /// The addresses where MOSIP publishes the key of that proof, with commas between them. No other is asked.
    /// </summary>
    public string VerificationMethods { get; set; } = "";

    /// <summary>
    /// What the country's MOSIP context calls <c>mosip</c>, e.g. <c>https://api.example/mosip#</c>: needed for that
    /// proof.
    /// </summary>
    public string LinkedDataVocabulary { get; set; } = "";

    /// <summary>
    /// The attributes that the country's MOSIP context has, with commas between them. A credential with another one is
    /// refused where its own proof counts: what the context lacks is not signed.
    /// </summary>
    public string LinkedDataTerms { get; set; } = "vcVer,UIN,VID,dateOfBirth,email,phone,postalCode";

    /// <summary>
    /// The attributes that may hold the number, with commas between them. The first one present counts.
    /// </summary>
    public string NumberAttributes { get; set; } = "UIN,VID";

    /// <summary>The field of the OpenCRVS record in which the number is saved.</summary>
    public string NationalIdField { get; set; } = "NATIONAL_ID";

    /// <summary>
    /// The beginnings of addresses where MOSIP shares credentials, with commas between them, e.g.
    /// <c>https://api-internal.example/v1/datashare/</c>. No other is called.
    /// </summary>
    public string ShareAddresses { get; set; } = "";

    /// <summary>How long one call to the hub may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the settings say what to subscribe to.</summary>
    internal bool Subscribes => HubUrl is not null;

    /// <summary>Whether a number that comes is written on no record, since the form's field has no name.</summary>
    internal bool NumbersGoNowhere { get; set; }

    /// <summary>What is subscribed to.</summary>
    internal IReadOnlyList<HubTopic> Topics =>
        WorkflowTopic.Length > 0
            ? [new HubTopic(Topic, "websub"), new HubTopic(WorkflowTopic, "websub-workflow")]
            : [new HubTopic(Topic, "websub")];

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Between(Timeout, TimeSpan.FromMilliseconds(10), SettingsProblems.Day);
        problems.Between(RenewEvery, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30));
        problems.Other<DeliveryOptions>().CheckCall(problems, Timeout, problems.Name(nameof(Timeout)));
        if (Subscribes)
        {
            problems.Need(CallbackUrl, "the hub sends credentials there");
            problems.Need(AuthUrl, "the hub's token comes from there");
        }

        if (Subscribes && Topic.Length == 0)
        {
            problems.AddOption(nameof(Topic), "is missing: the hub's topic, e.g. opencrvs-partner/CREDENTIAL_ISSUED");
        }

        if (Subscribes && WorkflowTopic == Topic)
        {
            problems.AddOption(nameof(WorkflowTopic), $"must not be the same as {problems.Name(nameof(Topic))}");
        }

        if (NumberAttributes.Names().Length == 0)
        {
            problems.AddOption(nameof(NumberAttributes), "is empty: a credential's number stands in one of them");
        }

        CheckAddresses(problems, nameof(ShareAddresses), ShareAddresses);
        CheckAddresses(problems, nameof(VerificationMethods), VerificationMethods);
        if (LinkedDataProofTypes.Length > 0 && VerificationMethods.Length == 0)
        {
            problems.AddOption(nameof(VerificationMethods), "is empty: the key of the proofs is published there");
        }

        if (LinkedDataProofTypes.Length > 0 && SettingsReader.ParseAddress(LinkedDataVocabulary) is null)
        {
            problems.AddOption(nameof(LinkedDataVocabulary), "must be what the MOSIP context calls mosip");
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(string Setting, string Warning)> Warnings()
    {
        if (NumbersGoNowhere)
        {
            yield return (
                SettingsReader.Spell("NationalId:OpenCrvs:BirthNumberField"),
                "is empty: the number that MOSIP's credential brings is written on no record"
            );
        }

        if (!RequireHubSignature)
        {
            yield return (
                SettingsReader.Spell($"{Section}:{nameof(RequireHubSignature)}"),
                "credentials are taken without the hub's signature: whoever reaches the callback can send them"
            );
        }

        if (!RequireProof)
        {
            yield return (
                SettingsReader.Spell($"{Section}:{nameof(RequireProof)}"),
                "credentials are taken without MOSIP's signature: whoever has our certificate can make one"
            );
        }
    }

    private static void CheckAddresses(SettingsProblems problems, string option, string list)
    {
        if (list.Names().Any(address => SettingsReader.ParseAddress(address) is not { Query: "", UserInfo: "" }))
        {
            problems.AddOption(option, "must be absolute http or https addresses with commas between them");
        }
    }
}

/// <summary>A topic of MOSIP's hub.</summary>
/// <param name="Name">Its name at the hub.</param>
/// <param name="Row">What our subscription to it is kept under.</param>
internal sealed record HubTopic(string Name, string Row);

/// <summary>Lists in settings.</summary>
internal static class SettingsLists
{
    /// <summary>The names in a list with commas.</summary>
    /// <param name="list">The list.</param>
    public static string[] Names(this string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
