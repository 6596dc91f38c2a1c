namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>The generations of OpenCRVS that talk to us in different ways.</summary>
public enum OpenCrvsVersion
{
    /// <summary>1.2 to 1.9 with records in FHIR: webhooks alone.</summary>
    V1,

    /// <summary>1.9 with new events: triggers, and webhooks for the records that are still in FHIR.</summary>
    V1_9,

    /// <summary>2.0: triggers alone.</summary>
    V2_0,

    /// <summary>2.1: triggers whose token proves their sender and nothing else.</summary>
    V2_1,
}
