namespace NationalId.Core.OpenCrvs;

/// <summary>
/// The parts of OpenCRVS that the client calls. They are partners of their own: records that the mediator can't save
/// must not keep the auth service from checking a token.
/// </summary>
public static class OpenCrvsPartners
{
    /// <summary>The country configuration's mediator.</summary>
    public const string Mediator = "opencrvs";

    /// <summary>The auth service.</summary>
    public const string Auth = "opencrvs-auth";

    /// <summary>The webhooks service.</summary>
    public const string Webhooks = "opencrvs-webhooks";

    /// <summary>The country configuration itself, whose forms are read.</summary>
    public const string CountryConfig = "opencrvs-country-config";

    /// <summary>The events service of 1.9 and later, where registrations are confirmed and corrected.</summary>
    public const string Events = "opencrvs-events";

    /// <summary>The gateway of 1.x, where records are searched.</summary>
    public const string Gateway = "opencrvs-gateway";

    /// <summary>How long one call may take until its answer begins.</summary>
    public static TimeSpan CallTimeout { get; } = TimeSpan.FromSeconds(20);
}
