using Microsoft.Extensions.Configuration;

namespace NationalId.Core.Mosip.Ida;

/// <summary>
/// How OpenCRVS's languages and genders are called in the country's MOSIP, section <c>NationalId:Ida</c>. An entry of
/// the configuration adds to the ones here or takes their place (<c>NationalId__Ida__Genders__male=Homme</c>).
/// OpenCRVS's core itself always asks in <c>eng</c>.
/// </summary>
public sealed class IdaMapping
{
    /// <summary>The section's name.</summary>
    public const string Section = "NationalId:Ida";

    /// <summary>MOSIP's code of the language that is taken when a value has none, or one that is not mapped.</summary>
    public string Language { get; set; } = "eng";

    /// <summary>FHIR's language to MOSIP's code.</summary>
    public Dictionary<string, string> Languages { get; } =
        new(StringComparer.OrdinalIgnoreCase)
        {
            ["en"] = "eng",
            ["fr"] = "fra",
            ["ar"] = "ara",
            ["es"] = "spa",
            ["pt"] = "por",
            ["bn"] = "ben",
            ["hi"] = "hin",
        };

    /// <summary>
    /// FHIR's gender to MOSIP's. A gender mapped to nothing is not sent; one without an entry is sent as it is.
    /// </summary>
    public Dictionary<string, string> Genders { get; } =
        new(StringComparer.OrdinalIgnoreCase)
        {
            ["male"] = "Male",
            ["female"] = "Female",
            ["other"] = "Others",
            ["unknown"] = "",
        };

    /// <summary>Reads the country's words.</summary>
    /// <param name="configuration">The host's configuration.</param>
    public static IdaMapping Read(IConfiguration configuration)
    {
        var mapping = new IdaMapping();
        configuration.GetSection(Section).Bind(mapping);
        return mapping;
    }

    /// <summary>
    /// MOSIP's code of a language: mapped, or as it is when it has three letters already, else <see cref="Language"/>.
    /// </summary>
    /// <param name="language">FHIR's language, a region is ignored (<c>en-GB</c>); null when the value has
    /// none.</param>
    public string LanguageOf(string? language)
    {
        if (string.IsNullOrWhiteSpace(language))
        {
            return Language;
        }

        var primary = language.Split('-', '_')[0].Trim();
        return Find(Languages, language)
            ?? Find(Languages, primary)
            ?? (primary.Length == 3 && primary.All(char.IsAsciiLetter) ? primary.ToLowerInvariant() : Language);
    }

    /// <summary>A text in a language.</summary>
    /// <param name="language">FHIR's language or MOSIP's code.</param>
    /// <param name="value">The text; null or blank gives no field.</param>
    public IReadOnlyList<IdaField> Text(string? language, string? value) =>
        string.IsNullOrWhiteSpace(value) ? [] : [new IdaField(LanguageOf(language), value.Trim())];

    /// <summary>A gender in a language.</summary>
    /// <param name="language">FHIR's language or MOSIP's code.</param>
    /// <param name="gender">FHIR's gender, or MOSIP's own word.</param>
    public IReadOnlyList<IdaField> Gender(string? language, string? gender) =>
        Text(language, gender is null ? null : Find(Genders, gender.Trim()) ?? gender);

    /// <summary>A date of birth as IDA compares it.</summary>
    /// <param name="date"><c>yyyy-MM-dd</c> or <c>yyyy/MM/dd</c>, with or without a time behind.</param>
    /// <returns><c>yyyy/MM/dd</c>; null when it is not a whole date, as IDA compares only those.</returns>
    public static string? Dob(string? date)
    {
        var day = date?.Trim() is { Length: >= 10 } text ? text[..10].Replace('/', '-') : null;
        return DateOnly.TryParseExact(day, "yyyy-MM-dd", out var parsed) ? parsed.ToString("yyyy'/'MM'/'dd") : null;
    }

    private static string? Find(Dictionary<string, string> map, string key) =>
        map.TryGetValue(key, out var value) ? value : null;
}
