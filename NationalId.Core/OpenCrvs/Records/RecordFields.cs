using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>Which field of the country's forms takes what the National ID system gave.</summary>
/// <param name="options">The fields.</param>
/// <param name="openCrvs">What the UIN token is called.</param>
public sealed class RecordFields(ConfirmOptions options, OpenCrvsOptions openCrvs)
{
    /// <summary>What the AID is called everywhere.</summary>
    public const string Aid = "MOSIP_AID";

    /// <summary>What the death of somebody is called on the record of their birth. No form has it.</summary>
    public const string Deceased = "DECEASED_PATIENT_ENTRY";

    /// <summary>Whether a registration is never accepted without its AID or number.</summary>
    public bool IsNeeded => options.ConfirmWhen == ConfirmWhen.OnlyNumbered;

    /// <summary>The form's field; null when it is not written.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="names">What the value is called.</param>
    public string? Of(RegistrationKind kind, IReadOnlyList<string> names)
    {
        var field =
            names.Contains(Deceased) ? ""
            : kind == RegistrationKind.Death ? (names.Contains(Aid) ? options.DeathAidField : "")
            : names.Contains(Aid) ? options.BirthAidField
            : names.Intersect(openCrvs.TokenFields).Any() ? options.BirthTokenField
            : options.BirthNumberField;
        return field.Length > 0 ? field : null;
    }
}
