namespace NationalId.Sandbox;

/// <summary>How the sandbox behaves. All of it has a default that suits a test.</summary>
public sealed class SandboxSettings
{
    /// <summary>
    /// The National ID client's base address, e.g. http://127.0.0.1:7071; can be told later with
    /// <see cref="SandboxServer.ClientUrl"/>.
    /// </summary>
    public Uri? ClientUrl { get; set; }

    /// <summary>The client's name in OpenCRVS: MOSIP, or any other for the default National ID system.</summary>
    public string ClientName { get; set; } = "MOSIP";

    /// <summary>Which OpenCRVS it is: how it gives tokens, and the shape of what it sends.</summary>
    public OpenCrvsVersion OpenCrvsVersion { get; set; }

    /// <summary>How core and the country configuration behave from 1.9 on.</summary>
    public OpenCrvs.Events.EventsSettings Events { get; } = new();

    /// <summary>Whether the client is to look for registrations that never came.</summary>
    public bool Reconciles { get; set; }

    /// <summary>How the gateway of 1.x searches.</summary>
    public OpenCrvs.Search.SearchSettings Search { get; } = new();

    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>How long after a birth MOSIP sends the UIN token by itself; null: only on demand.</summary>
    public TimeSpan? TokenDelay { get; set; }

    public int KeySize { get; set; } = 2048;

    /// <summary>Keys and secrets to use; null: new ones. Tests that start many sandboxes can share a set.</summary>
    public SandboxKeys? Keys { get; set; }

    /// <summary>Whether OpenCRVS has the client's webhooks subscribed at start.</summary>
    public bool Subscribed { get; set; } = true;

    public TimeSpan OpenCrvsTokenLifetime { get; set; } = TimeSpan.FromMinutes(10);

    public TimeSpan MosipTokenLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Without it MOSIP has no token endpoint and takes the literal <c>Authorization</c>.</summary>
    public bool MosipHasTokenEndpoint { get; set; } = true;

    /// <summary>
    /// Whether MOSIP takes births and deaths as its published receiver does: strict types, the first Patient for the
    /// subject, the next for a child's mother, a Task. Otherwise any shape of OpenCRVS's bundles will do.
    /// </summary>
    public bool MosipReadsStrictly { get; set; } = true;

    /// <summary>
    /// Whether MOSIP refuses a death without a NATIONAL_ID (OPN-CRVS-029), as its published receiver does. Without it
    /// MOSIP finds the deceased by the linked birth or the UIN token as well.
    /// </summary>
    public bool MosipNeedsNationalId { get; set; }

    /// <summary>Whether the client reaches MOSIP by packets, without the mediator.</summary>
    public bool MosipTakesPackets { get; set; }

    /// <summary>What the client is to do on a death, by packets.</summary>
    public string OnDeath { get; set; } = "packet";

    /// <summary>How far an IDA request's time may be off.</summary>
    public TimeSpan IdaTimeTolerance { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many digits MOSIP's UINs have.</summary>
    public int UinLength { get; set; } = 10;

    /// <summary>How many digits MOSIP's VIDs have.</summary>
    public int VidLength { get; set; } = 16;

    /// <summary>The domainUri that IDA wants in requests; null: its own address.</summary>
    public string? IdaDomain { get; set; }

    /// <summary>Whether received payloads are kept as bytes, beside their length and hash.</summary>
    public bool KeepPayloads { get; set; }

    /// <summary>Whether the client is to subscribe with MOSIP's hub.</summary>
    public bool HasHub { get; set; }

    /// <summary>Whether the client is to subscribe to the topic that tells what became of packets too.</summary>
    public bool HubTellsOfPackets { get; set; }

    /// <summary>How long after a birth MOSIP issues its credential by itself; null: only on demand.</summary>
    public TimeSpan? CredentialDelay { get; set; }

    /// <summary>How long MOSIP's hub waits before it sends a message again; it doubles.</summary>
    public TimeSpan HubRetryDelay { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The address of OpenCRVS's client in the browser, whose forms ask e-Signet; null: there is none.
    /// </summary>
    public Uri? EsignetFor { get; set; }

    /// <summary>How the default National ID system tells the number that it has assigned.</summary>
    public NumberAnswer NumberAnswer { get; set; } = NumberAnswer.AtOnce;

    /// <summary>Whether the National ID system is one that speaks OSIA.</summary>
    public bool SpeaksOsia { get; set; }

    /// <summary>Whether the client may write persons in the OSIA registry.</summary>
    public bool OsiaWrites { get; set; }

    /// <summary>Whether the client listens to what the OSIA registry tells.</summary>
    public bool OsiaNotifies { get; set; }

    /// <summary>Whether the default National ID system wants a bearer token.</summary>
    public bool NationalIdSystemOAuth { get; set; }
}

/// <summary>The generations of OpenCRVS that differ for the client.</summary>
public enum OpenCrvsVersion
{
    /// <summary>1.3 to 1.9: <c>/token</c>, bundles with a composition.</summary>
    V13,

    /// <summary>
    /// 1.2: <c>/authenticateSystemClient</c> and no <c>/token</c>, bundles without a composition, a mediator that
    /// answers 500 to a DRN.
    /// </summary>
    V12,

    /// <summary>1.9 with new events: as 1.3, and triggers beside the webhooks.</summary>
    V19,

    /// <summary>2.0: triggers alone.</summary>
    V20,

    /// <summary>2.1: triggers whose token proves nothing but their sender; a client of one's own accepts.</summary>
    V21,
}

/// <summary>How the default National ID system tells the number that it has assigned.</summary>
public enum NumberAnswer
{
    AtOnce,
    CallBack,
    Never,
}
