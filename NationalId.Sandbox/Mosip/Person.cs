using NationalId.Sandbox.Crypto;

namespace NationalId.Sandbox.Mosip;

/// <summary>Somebody with a UIN.</summary>
public sealed class Person
{
    public string? BirthRegistrationNumber { get; init; }

    /// <summary>The child's Patient in OpenCRVS's birth record.</summary>
    public string? BirthPatientId { get; init; }

    public string? Aid { get; init; }

    public string Uin { get; init; } = Numbers.NewUin();

    public string Vid { get; init; } = Numbers.NewVid();

    /// <summary>The token by which the partner knows the person: stable.</summary>
    public string UinToken { get; init; } = Numbers.Digits(36);

    public string Name { get; init; } = "";

    public string? Gender { get; init; }

    /// <summary>yyyy-MM-dd.</summary>
    public string? BirthDate { get; init; }

    public bool Active { get; set; } = true;

    /// <summary>The DRN of the death that deactivated the person.</summary>
    public string? DeathRegistrationNumber { get; set; }
}

/// <summary>A birth or death that MOSIP took.</summary>
public sealed record ReceivedEvent(
    string Kind,
    string? CompositionId,
    string? RegistrationNumber,
    string Aid,
    bool AidKnown,
    string RequestTime,
    int Length,
    string Sha256,
    DateTimeOffset At,
    string? LinkedBy,
    string? DeactivatedUin
)
{
    /// <summary>Whether the deceased's birth or token came along.</summary>
    public bool Linked => LinkedBy is not null and not "NATIONAL_ID";

    /// <summary>The decrypted body, when the sandbox keeps payloads.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public byte[]? Payload { get; init; }
}

/// <summary>A birth or death that MOSIP refused, with the reason.</summary>
public sealed record RefusedEvent(string Kind, string Reason, DateTimeOffset At);
