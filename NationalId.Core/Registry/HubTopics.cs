namespace NationalId.Core.Registry;

/// <summary>
/// The hub topics that OpenCRVS has (docs/protocols.md, "OpenCRVS webhooks"), and which of them are carried to the
/// National ID system.
/// </summary>
public static class HubTopics
{
    /// <summary>A birth was registered: carried.</summary>
    public const string BirthRegistered = "BIRTH_REGISTERED";

    /// <summary>A death was registered: carried.</summary>
    public const string DeathRegistered = "DEATH_REGISTERED";

    /// <summary>What a carried topic tells of; null for every other topic.</summary>
    public static RegistrationKind? KindOf(string? topic) =>
        topic switch
        {
            BirthRegistered => RegistrationKind.Birth,
            DeathRegistered => RegistrationKind.Death,
            _ => null,
        };

    /// <summary>Whether OpenCRVS has the topic but it is not carried: certificates and corrections.</summary>
    internal static bool IsKnownButNotCarried(string topic) =>
        topic is "BIRTH_CERTIFIED" or "DEATH_CERTIFIED" or "BIRTH_CORRECTED" or "DEATH_CORRECTED";
}
