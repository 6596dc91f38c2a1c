using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>The numbers that tell a record.</summary>
internal enum NumberKind : byte
{
    Other,
    Birth,
    Death,
    BirthTracking,
    DeathTracking,
    Aid,
}

/// <summary>The sections whose people matter.</summary>
internal enum SectionKind : byte
{
    Other,
    Child,
    Deceased,
    Mother,
    Father,
    Spouse,
}

/// <summary>How the informant is related to the subject.</summary>
internal enum Relationship : byte
{
    Unknown,
    Mother,
    Other,
}

/// <summary>OpenCRVS's codes, as far as they mean something to us.</summary>
internal static class OpenCrvsCodes
{
    /// <summary>Whether OpenCRVS has a hub topic, carried or not (docs/protocols.md, "OpenCRVS webhooks").</summary>
    public static bool IsTopic(string topic) =>
        topic
            is "BIRTH_REGISTERED"
                or "DEATH_REGISTERED"
                or "BIRTH_CERTIFIED"
                or "DEATH_CERTIFIED"
                or "BIRTH_CORRECTED"
                or "DEATH_CORRECTED";

    public static NumberKind SystemOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("http://opencrvs.org/specs/id/birth-registration-number"u8) ? NumberKind.Birth
        : reader.ValueTextEquals("http://opencrvs.org/specs/id/death-registration-number"u8) ? NumberKind.Death
        : reader.ValueTextEquals("http://opencrvs.org/specs/id/birth-tracking-id"u8) ? NumberKind.BirthTracking
        : reader.ValueTextEquals("http://opencrvs.org/specs/id/death-tracking-id"u8) ? NumberKind.DeathTracking
        : NumberKind.Other;

    public static NumberKind IdentifierOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("BIRTH_REGISTRATION_NUMBER"u8) ? NumberKind.Birth
        : reader.ValueTextEquals("DEATH_REGISTRATION_NUMBER"u8) ? NumberKind.Death
        : reader.ValueTextEquals("MOSIP_AID"u8) ? NumberKind.Aid
        : NumberKind.Other;

    public static SectionKind SectionOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("child-details"u8) ? SectionKind.Child
        : reader.ValueTextEquals("deceased-details"u8) ? SectionKind.Deceased
        : reader.ValueTextEquals("mother-details"u8) ? SectionKind.Mother
        : reader.ValueTextEquals("father-details"u8) ? SectionKind.Father
        : reader.ValueTextEquals("spouse-details"u8) ? SectionKind.Spouse
        : SectionKind.Other;

    public static Relationship RelationshipOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("MOTHER"u8) ? Relationship.Mother : Relationship.Other;
}
