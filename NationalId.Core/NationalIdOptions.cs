namespace NationalId.Core;

/// <summary>
/// What the client is told by its app settings, section <c>NationalId</c> (an app setting spells
/// <c>NationalId__Mosip__BirthUrl</c>).
/// Secrets are not here: they come from <see cref="Platform.Secrets.ISecretStore"/>. The Token Seeder's own variables
/// are in
/// <see cref="Mosip.TokenSeeder.TokenSeederOptions"/>.
/// </summary>
public sealed class NationalIdOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "NationalId";

    /// <summary>
    /// The name that selects the MOSIP path, compared exactly. OpenCRVS 1.2 compares it too; since 1.3 the National ID
    /// system's type is chosen in a list there, and the name decides our side only.
    /// </summary>
    public const string MosipClientName = "MOSIP";

    /// <summary>
    /// The one National ID client's name in OpenCRVS: <c>MOSIP</c> takes the MOSIP path, any other name the default
    /// path.
    /// </summary>
    public string ClientName { get; set; } = "";

    /// <summary>Whether the MOSIP path is taken.</summary>
    public bool IsMosip => string.Equals(ClientName, MosipClientName, StringComparison.Ordinal);

    /// <summary>Where OpenCRVS is.</summary>
    public OpenCrvsOptions OpenCrvs { get; set; } = new();

    /// <summary>Where MOSIP is: used on the MOSIP path only.</summary>
    public MosipOptions Mosip { get; set; } = new();

    /// <summary>Where any other National ID system is: used on the default path only.</summary>
    public DefaultSystemOptions DefaultSystem { get; set; } = new();

    /// <summary>Retries, concurrency, sweep and retention.</summary>
    public DeliveryOptions Delivery { get; set; } = new();

    /// <summary>The quarantine's bounds.</summary>
    public QuarantineOptions Quarantine { get; set; } = new();

    /// <summary>Where secrets come from.</summary>
    public SecretOptions Secrets { get; set; } = new();
}

/// <summary>The country's OpenCRVS (docs/protocols.md).</summary>
public sealed class OpenCrvsOptions
{
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
}

/// <summary>MOSIP's side mediator (docs/protocols.md, "MOSIP's mediator").</summary>
public sealed class MosipOptions
{
    /// <summary>
    /// MOSIP's token endpoint (Keycloak's form); without it the literal <c>Authorization</c> is sent as the token.
    /// </summary>
    public Uri? AuthUrl { get; set; }

    /// <summary>Draws an application id: <c>MOSIP_GENERATE_AID_URL</c>.</summary>
    public Uri? GenerateAidUrl { get; set; }

    /// <summary>Takes births: <c>MOSIP_BIRTH_PROXY_CALLBACK_URL</c>.</summary>
    public Uri? BirthUrl { get; set; }

    /// <summary>Takes deaths: <c>MOSIP_DEATH_PROXY_CALLBACK_URL</c>.</summary>
    public Uri? DeathUrl { get; set; }

    /// <summary>Accepts UIN tokens whose envelope MOSIP did not sign. Off by default; warned about at start.</summary>
    public bool AllowUnsignedTokens { get; set; }

    /// <summary>How long one call to MOSIP may take before it is given up and repeated.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many calls to MOSIP one process has under way at most.</summary>
    public int MaxConcurrency { get; set; } = 16;
}

/// <summary>How the default National ID system lets us in.</summary>
public enum DefaultSystemAuthentication
{
    /// <summary>The signature alone.</summary>
    None,

    /// <summary>A bearer token by OAuth 2 client credentials.</summary>
    OAuth,

    /// <summary>A client certificate from the secret store.</summary>
    Certificate,
}

/// <summary>Any National ID system but MOSIP: it gets the original webhook body.</summary>
public sealed class DefaultSystemOptions
{
    /// <summary>Takes births, and deaths too when <see cref="DeathUrl"/> is absent.</summary>
    public Uri? BirthUrl { get; set; }

    /// <summary>Takes deaths.</summary>
    public Uri? DeathUrl { get; set; }

    /// <summary>How the system lets us in.</summary>
    public DefaultSystemAuthentication Authentication { get; set; }

    /// <summary>The OAuth 2 token endpoint, with <see cref="DefaultSystemAuthentication.OAuth"/>.</summary>
    public Uri? TokenUrl { get; set; }

    /// <summary>The OAuth 2 scope asked for; none when absent.</summary>
    public string? Scope { get; set; }

    /// <summary>The field of the mediator's body in which the number is saved.</summary>
    public string NationalIdField { get; set; } = "NATIONAL_ID";

    /// <summary>How long one call may take before it is given up and repeated.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many calls one process has under way at most.</summary>
    public int MaxConcurrency { get; set; } = 16;
}

/// <summary>Retries, sweep and retention (docs/architecture.md, "Rules that keep events").</summary>
public sealed class DeliveryOptions
{
    /// <summary>The delay before the first retry of an event; it doubles with each.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest delay between two retries.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long one event may stay in a state without a message before the sweep drives it on.</summary>
    public TimeSpan StuckAfter { get; set; } = TimeSpan.FromHours(2);

    /// <summary>How old a committed payload without a ledger row must be before the sweep enqueues it.</summary>
    public TimeSpan OrphanAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a delivered event's payload is kept.</summary>
    public TimeSpan PayloadRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often a call is repeated at once, before the event goes back to its queue.</summary>
    public int QuickRetries { get; set; } = 2;

    /// <summary>How long a partner that keeps failing is not called at all.</summary>
    public TimeSpan CircuitBreak { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long one worker has an event for itself; longer than all calls of one delivery together may take.
    /// </summary>
    public TimeSpan LeaseFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a death waits for IDA to answer, from the first time that it does not, before it is delivered without a
    /// link to its birth.
    /// </summary>
    public TimeSpan LinkPatience { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long intake goes on trying to store an event before it cuts the connection; below the 230 seconds that
    /// Azure's front end waits.
    /// </summary>
    public TimeSpan IntakeStorageBudget { get; set; } = TimeSpan.FromMinutes(3);
}

/// <summary>How much may wait while the secret store does not answer at a cold start: anybody can send it.</summary>
public sealed class QuarantineOptions
{
    /// <summary>How many webhooks.</summary>
    public int MaxCount { get; set; } = 2000;

    /// <summary>How many bytes together.</summary>
    public long MaxBytes { get; set; } = 500_000_000;
}

/// <summary>Where secrets come from.</summary>
public sealed class SecretOptions
{
    /// <summary>The Key Vault; without it secrets come from configuration (local runs).</summary>
    public Uri? KeyVaultUrl { get; set; }

    /// <summary>How long a secret is used before the vault is asked again.</summary>
    public TimeSpan CacheFor { get; set; } = TimeSpan.FromMinutes(5);
}
