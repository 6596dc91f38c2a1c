using System.Security.Cryptography;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core.OpenCrvs;

/// <summary>The country's OpenCRVS (docs/protocols.md).</summary>
public sealed class OpenCrvsOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:OpenCrvs";

    /// <summary>
    /// OpenCRVS's auth service: <c>{AuthUrl}/token</c> or <c>{AuthUrl}/authenticateSystemClient</c>,
    /// <c>{AuthUrl}/verifyToken</c>, <c>{AuthUrl}/.well-known</c>.
    /// </summary>
    public Uri? AuthUrl { get; set; }

    /// <summary>Where the auth service gives our own token; found out unless it is set.</summary>
    public OpenCrvsTokenEndpoint TokenEndpoint { get; set; }

    /// <summary>
    /// Where OpenCRVS's public key is, by which its tokens are checked; <c>{AuthUrl}/.well-known</c> unless it is set.
    /// </summary>
    public Uri? PublicKeyUrl { get; set; }

    /// <summary>
    /// OpenCRVS's public key itself, as PEM: then nothing is fetched, and a new key of OpenCRVS has to be set here too.
    /// Several may stand one after the other.
    /// </summary>
    public string? PublicKey { get; set; }

    /// <summary>
    /// Scopes of OpenCRVS, separated by commas, of which the bearer token of whoever sends UIN tokens must have one.
    /// The
    /// National ID client has <c>nationalId</c>; MOSIP may use a client of its own.
    /// </summary>
    public string CallerScopes { get; set; } = "nationalId";

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

    /// <summary>An address of OpenCRVS's auth service.</summary>
    /// <param name="path">What follows <see cref="AuthUrl"/>, without a slash.</param>
    /// <exception cref="TransientFailureException"><see cref="AuthUrl"/> is not set.</exception>
    internal Uri AuthAddress(string path) =>
        new(
            (
                AuthUrl ?? throw new TransientFailureException("NationalId:OpenCrvs:AuthUrl is not set")
            ).AbsoluteUri.TrimEnd('/')
                + "/"
                + path
        );

    /// <summary>Whether this OpenCRVS sends webhooks and has a mediator; 2.0 has neither.</summary>
    internal bool HasWebhooks { get; set; } = true;

    /// <summary>The names in <see cref="TokenField"/>.</summary>
    internal IReadOnlyList<string> TokenFields => TokenField.Split(',', StringSplitOptions.TrimEntries);

    /// <summary>
    /// Whether a death's AID is saved on its record: only where the country extended its mediator, since the published
    /// ones take a BRN only.
    /// </summary>
    public bool SaveDeathAid { get; set; }

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
        // From 1.9 on only records of the old kind are written by it.
        if (HasWebhooks && problems.Other<ActionsOptions>().Api == OpenCrvsVersion.V1)
        {
            problems.Need(MediatorUrl, "the country configuration's mediator, where numbers are saved on the record");
        }

        if (TopicNames.Count == 0 || !TopicNames.All(OpenCrvsCodes.IsTopic))
        {
            problems.AddOption(
                nameof(Topics),
                "must name topics of OpenCRVS, separated by commas: BIRTH_REGISTERED,DEATH_REGISTERED"
            );
        }

        CheckPublicKey(problems);
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

    private void CheckPublicKey(SettingsProblems problems)
    {
        if (PublicKey is null)
        {
            return;
        }

        try
        {
            OpenCrvsKeys.Read(PublicKey);
        }
        catch (CryptographicException unusable)
        {
            problems.AddOption(nameof(PublicKey), $"must be a public key as PEM: {unusable.Message}");
        }

        if (PublicKeyUrl is not null)
        {
            problems.AddOption(nameof(PublicKeyUrl), $"is set beside {problems.Name(nameof(PublicKey))}: remove one");
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(string Setting, string Warning)> Warnings()
    {
        if (HasWebhooks && (WebhookUrl is null || CallbackUrl is null))
        {
            var missing = WebhookUrl is null ? nameof(WebhookUrl) : nameof(CallbackUrl);
            yield return (
                SettingsReader.Spell($"{Section}:{missing}"),
                "is not set: the client can't look after its subscription with OpenCRVS"
            );
        }
    }
}

/// <summary>Where OpenCRVS's auth service gives a system client its token.</summary>
public enum OpenCrvsTokenEndpoint
{
    /// <summary>Whichever is there: both are tried, and what answered is remembered.</summary>
    Auto,

    /// <summary><c>/token</c>: OpenCRVS 1.3 and later.</summary>
    Token,

    /// <summary><c>/authenticateSystemClient</c>: OpenCRVS 1.2.</summary>
    AuthenticateSystemClient,
}
