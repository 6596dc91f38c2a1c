using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>When a registration is accepted.</summary>
public enum ConfirmWhen
{
    /// <summary>With its AID or number where that comes within the patience, else without.</summary>
    Numbered,

    /// <summary>As soon as it is stored.</summary>
    Stored,

    /// <summary>Never without its AID or number, however long the National ID system takes.</summary>
    OnlyNumbered,
}

/// <summary>
/// How registrations of OpenCRVS 1.9 and later are accepted, and what is written on their records
/// (docs/opencrvs-2.md).
/// </summary>
public sealed class ConfirmOptions : ISettingsSection
{
    private const string Year = "{year}";
    private const string Letter = "{letter}";
    private const string TrackingId = "{trackingId}";

    /// <inheritdoc/>
    public static string Section => "NationalId:OpenCrvs";

    /// <summary>When a registration is accepted.</summary>
    public ConfirmWhen ConfirmWhen { get; set; } = ConfirmWhen.Numbered;

    /// <summary>How long a registration waits for its AID or number before it is accepted without.</summary>
    public TimeSpan ConfirmPatience { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How a registration number is made where the country configuration sends none: <c>{year}</c> of the action,
    /// <c>{letter}</c> B or D, <c>{trackingId}</c>.
    /// </summary>
    public string RegistrationNumberTemplate { get; set; } = Year + Letter + TrackingId;

    /// <summary>The office or health facility of OpenCRVS, a UUID, under which our corrections are filed.</summary>
    public string LocationId { get; set; } = "";

    /// <summary>The field of the birth's form for the AID; empty: it is not written.</summary>
    public string BirthAidField { get; set; } = "";

    /// <summary>The field of the birth's form for the UIN token; empty: it is not written.</summary>
    public string BirthTokenField { get; set; } = "";

    /// <summary>The field of the birth's form for the national id; empty: it is not written.</summary>
    public string BirthNumberField { get; set; } = "";

    /// <summary>The field of the death's form for the AID; empty: it is not written.</summary>
    public string DeathAidField { get; set; } = "";

    /// <summary>The fields that are set, with the form that each belongs to.</summary>
    internal IEnumerable<(RegistrationKind Kind, string Field)> WrittenFields =>
        ((RegistrationKind Kind, string Field)[])
            [
                (RegistrationKind.Birth, BirthAidField),
                (RegistrationKind.Birth, BirthTokenField),
                (RegistrationKind.Birth, BirthNumberField),
                (RegistrationKind.Death, DeathAidField),
            ]
            is var all
            ? all.Where(one => one.Field.Length > 0)
            : [];

    /// <summary>The registration number of a record whose country configuration made none.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="action">The action that registers it.</param>
    internal string NumberOf(RegistrationKind kind, PendingAction action) =>
        RegistrationNumberTemplate
            .Replace(Year, action.CreatedAt.UtcDateTime.ToString("yyyy", null), StringComparison.Ordinal)
            .Replace(Letter, kind == RegistrationKind.Birth ? "B" : "D", StringComparison.Ordinal)
            .Replace(TrackingId, action.TrackingId, StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Between(ConfirmPatience, TimeSpan.Zero, TimeSpan.FromDays(5));
        if (!RegistrationNumberTemplate.Contains(TrackingId, StringComparison.Ordinal))
        {
            problems.AddOption(
                nameof(RegistrationNumberTemplate),
                $"must have {TrackingId} in it: two records would get one number"
            );
        }

        if (LocationId.Length > 0 && !Guid.TryParse(LocationId, out _))
        {
            problems.AddOption(nameof(LocationId), "must be a UUID");
        }

        if (
            problems.Other<ActionsOptions>().HasTriggers
            && ConfirmWhen == ConfirmWhen.OnlyNumbered
            && !WrittenFields.Any()
        )
        {
            problems.AddOption(
                nameof(ConfirmWhen),
                $"is {nameof(ConfirmWhen.OnlyNumbered)}, but no field of the form is named for an AID or number"
            );
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(string Setting, string Warning)> Warnings()
    {
        if (LocationId.Length == 0 && WrittenFields.Any())
        {
            yield return (
                SettingsReader.Spell($"{Section}:{nameof(LocationId)}"),
                "is not set: what comes after a registration was accepted can't be written on its record"
            );
        }
    }
}
