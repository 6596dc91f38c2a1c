using System.Globalization;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// Whether a registration goes to the National ID system, by the country's rules. Who is not eligible is registered all
/// the same. Deaths always go: what they end was given before.
/// </summary>
/// <param name="options">The rules.</param>
/// <param name="fields">The fields of the forms.</param>
/// <param name="time">The clock.</param>
public sealed class Eligibility(ActionsOptions options, FieldOptions fields, TimeProvider time)
{
    /// <summary>The fields that must be read to tell.</summary>
    internal IReadOnlySet<string> Fields { get; } =
        options.VerifiedFields.Append(fields.ChildBirthDate).ToHashSet(StringComparer.Ordinal);

    /// <summary>Why a registration does not go to the National ID system; null when it does.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="data">The record's data.</param>
    internal string? WhyNot(RegistrationKind kind, JsonObject data)
    {
        if (kind == RegistrationKind.Death)
        {
            return null;
        }

        var born = EventReader.Day(ActionEventReader.Text(data, fields.ChildBirthDate));
        return options.EligibleWithBirthDate && born is null ? ActionReasons.NoBirthDate
            : options.EligibleBelowAge > 0 && IsTooOld(born) ? ActionReasons.TooOld
            : options.VerifiedFields.Count > 0 && !options.VerifiedFields.Any(field => IsVerified(data, field))
                ? ActionReasons.NobodyVerified
            : null;
    }

    /// <summary>Whether somebody is too old, where nothing else is known of the form.</summary>
    /// <param name="born">The date of birth.</param>
    internal string? WhyTooOld(string? born) =>
        options.EligibleBelowAge > 0 && IsTooOld(born) ? ActionReasons.TooOld : null;

    private bool IsVerified(JsonObject data, string field) =>
        options.VerifiedWords.Contains(ActionEventReader.Text(data, field), StringComparer.Ordinal);

    // Whose age is not known to the day is taken for young: nothing says otherwise.
    private bool IsTooOld(string? born) =>
        DateOnly.TryParseExact(born, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        && day.AddYears(options.EligibleBelowAge) <= DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
}
