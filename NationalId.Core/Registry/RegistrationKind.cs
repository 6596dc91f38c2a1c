namespace NationalId.Core.Registry;

/// <summary>What an event tells of.</summary>
public enum RegistrationKind
{
    /// <summary>A birth: registration numbers are BRNs.</summary>
    Birth,

    /// <summary>A death: registration numbers are DRNs.</summary>
    Death,
}
