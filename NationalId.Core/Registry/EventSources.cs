namespace NationalId.Core.Registry;

/// <summary>The ways in by which OpenCRVS tells of a registration.</summary>
public static class EventSources
{
    /// <summary>The webhooks of OpenCRVS 1.x.</summary>
    public const string Webhook = "webhook";

    /// <summary>The action triggers of OpenCRVS 1.9 and later.</summary>
    public const string Trigger = "trigger";

    /// <summary>The country configuration's client of OpenCRVS's mosip-api.</summary>
    public const string MosipApi = "mosip-api";

    /// <summary>The revocations' own route, a country's custom actions, or an operator.</summary>
    public const string Revocation = "revocation";
}
