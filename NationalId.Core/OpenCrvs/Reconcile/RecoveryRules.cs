using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Which of the registrations that are fetched go to the National ID system. A former mediator, or a person, may have
/// told it of them already.
/// </summary>
/// <param name="eligibility">Which registrations go there at all.</param>
/// <param name="fields">The fields that hold numbers.</param>
/// <param name="written">The fields that numbers are written to.</param>
/// <param name="registrations">Knows who has died.</param>
public sealed class RecoveryRules(
    Eligibility eligibility,
    FieldOptions fields,
    ConfirmOptions written,
    Registrations registrations
)
{
    /// <summary>Somebody else has told the National ID system of it.</summary>
    public const string Identified = "The person has a number, token or AID already: nothing is sent.";

    /// <summary>The person of a birth is known to have died.</summary>
    public const string Died = "A death is known for this birth: decide whether it is sent.";

    private const string Absent = "-";

    // By which a 1.x record tells that the National ID system knows the person.
    private static readonly string[] Identifiers =
    [
        "NATIONAL_ID",
        "UIN",
        "VID",
        "MOSIP_UIN",
        "MOSIP_VID",
        "MOSIP_AID",
        "MOSIP_UINTOKEN",
        "MOSIP_PSUT_TOKEN_ID",
        "UINTOKEN",
    ];

    /// <summary>The fields of the form that have to be read.</summary>
    internal IReadOnlySet<string> Fields { get; } =
        eligibility
            .Fields.Append(fields.ChildNationalId)
            .Concat(written.WrittenFields.Select(one => one.Field))
            .Where(field => field != Absent)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>Why a record of 1.9's new events or later is not sent; null when it is.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="data">The record's data.</param>
    internal string? WhyNot(RegistrationKind kind, JsonObject data) =>
        eligibility.WhyNot(kind, data)
        ?? (kind == RegistrationKind.Birth && NumberFields.Any(field => IsFilled(data[field])) ? Identified : null);

    /// <summary>Why a person of 1.x is not sent; null when they are.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="subject">The child or the deceased.</param>
    internal string? WhyNot(RegistrationKind kind, Person subject)
    {
        if (kind == RegistrationKind.Death)
        {
            // The number of somebody who has died says nothing of whether their death was told.
            return null;
        }

        return eligibility.WhyTooOld(subject.BirthDate)
            // A type that this version can't tell is an identifier all the same.
            ?? (subject.Identifiers.Any(one => one.Type is null || Identifiers.Contains(one.Type)) ? Identified : null);
    }

    /// <summary>Why an operator has to decide; null when nobody has to.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="cancellationToken">Stops the lookup.</param>
    internal async Task<string?> WhyFlaggedAsync(
        RegistrationKind kind,
        string number,
        CancellationToken cancellationToken
    ) =>
        kind == RegistrationKind.Birth
        && await registrations.GetAsync(kind, number, cancellationToken) is { DeceasedAt: not null }
            ? Died
            : null;

    private IEnumerable<string> NumberFields =>
        written
            .WrittenFields.Where(one => one.Kind == RegistrationKind.Birth)
            .Select(one => one.Field)
            .Append(fields.ChildNationalId)
            .Where(name => name != Absent);

    private static bool IsFilled(JsonNode? value) =>
        value is JsonValue one && (!one.TryGetValue<string>(out var text) || !string.IsNullOrWhiteSpace(text));
}
