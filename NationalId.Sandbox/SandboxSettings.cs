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

    /// <summary>How the default National ID system tells the number that it has assigned.</summary>
    public NumberAnswer NumberAnswer { get; set; } = NumberAnswer.AtOnce;

    /// <summary>Whether the default National ID system wants a bearer token.</summary>
    public bool NationalIdSystemOAuth { get; set; }
}

/// <summary>The generations of OpenCRVS with webhooks that differ for the client.</summary>
public enum OpenCrvsVersion
{
    /// <summary>1.3 to 1.9: <c>/token</c>, bundles with a composition.</summary>
    V13,

    /// <summary>
    /// 1.2: <c>/authenticateSystemClient</c> and no <c>/token</c>, bundles without a composition, a mediator that
    /// answers 500 to a DRN.
    /// </summary>
    V12,
}

/// <summary>How the default National ID system tells the number that it has assigned.</summary>
public enum NumberAnswer
{
    AtOnce,
    CallBack,
    Never,
}
