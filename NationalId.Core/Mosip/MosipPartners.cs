namespace NationalId.Core.Mosip;

/// <summary>The parts of MOSIP that the client calls.</summary>
public static class MosipPartners
{
    /// <summary>MOSIP's registration side: tokens, application ids, births and deaths.</summary>
    public const string Registration = "mosip";

    /// <summary>MOSIP's ID authentication.</summary>
    public const string Ida = "ida";

    /// <summary>MOSIP's hub, and the addresses where credentials are shared.</summary>
    public const string Hub = "mosip-hub";

    /// <summary>e-Signet.</summary>
    public const string Esignet = "esignet";
}
