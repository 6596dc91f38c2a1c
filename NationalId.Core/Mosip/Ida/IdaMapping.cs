using Microsoft.Extensions.Configuration;
using NationalId.Core.Registry;

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

    /// <summary>MOSIP's code of the language that is taken when a value names none.</summary>
    public string Language { get; set; } = "eng";

    /// <summary>
    /// The record's language to MOSIP's code, where the code of ISO 639-3 is not the one that MOSIP uses. A language
    /// mapped to nothing is not sent.
    /// </summary>
    public Dictionary<string, string> Languages { get; } = new(StringComparer.OrdinalIgnoreCase);

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
    /// MOSIP's code of a language: as it is mapped, else that of ISO 639-3. <see cref="Language"/> when the value names
    /// no language.
    /// </summary>
    /// <param name="language">
    /// A code of ISO 639 with or without script and region (<c>en</c>, <c>zh-Hant</c>, <c>pt_BR</c>, <c>fre</c>); null
    /// when the value has none.
    /// </param>
    /// <returns>Null when it is no language, or one that is mapped to nothing: the value is not sent then.</returns>
    public string? LanguageOf(string? language)
    {
        if (TypedText.Word(language) is not { } tag)
        {
            return Language;
        }

        var primary = tag.Split('-', '_')[0];
        if ((Find(Languages, tag) ?? Find(Languages, primary)) is { } mapped)
        {
            return mapped.Length == 0 ? null : mapped;
        }

        // OpenCRVS writes the language where FHIR has the use of a name. FHIR's own words name none, and a name that is
        // no longer or not really borne is not what MOSIP knows the person by.
        return tag.ToLowerInvariant() switch
        {
            "official" or "usual" => Language,
            "old" or "maiden" or "nickname" or "temp" or "anonymous" => null,
            _ => Iso639.CodeOf(primary),
        };
    }

    /// <summary>A text in a language.</summary>
    /// <param name="language">The record's language or MOSIP's code.</param>
    /// <param name="value">The text; null or blank gives no field.</param>
    public IReadOnlyList<IdaField> Text(string? language, string? value) =>
        TypedText.Word(value) is { } text && LanguageOf(language) is { } code ? [new IdaField(code, text)] : [];

    /// <summary>
    /// The names of a person, one for each language: IDA refuses two. The first of the record is taken.
    /// </summary>
    /// <param name="names">The names in the order of the record.</param>
    public IReadOnlyList<IdaField> Names(IEnumerable<PersonName> names) =>
        [
            .. names
                .SelectMany(name => Text(name.Language, $"{string.Join(' ', name.Given)} {name.Family}"))
                .DistinctBy(field => field.Language),
        ];

    /// <summary>A gender in a language.</summary>
    /// <param name="language">The record's language or MOSIP's code.</param>
    /// <param name="gender">FHIR's gender, or MOSIP's own word.</param>
    public IReadOnlyList<IdaField> Gender(string? language, string? gender) =>
        Text(language, TypedText.Word(gender) is { } word ? Find(Genders, word) ?? word : null);

    /// <summary>
    /// A gender beside names. MOSIP's words for genders are words of one language: <see cref="Language"/>, where the
    /// names have it.
    /// </summary>
    /// <param name="names">The names that are sent.</param>
    /// <param name="gender">FHIR's gender, or MOSIP's own word.</param>
    public IReadOnlyList<IdaField> Gender(IReadOnlyList<IdaField> names, string? gender)
    {
        var language = names.Count == 0 || names.Any(name => name.Language == Language) ? Language : names[0].Language;
        return TypedText.Word(gender) is { } word && (Find(Genders, word) ?? word) is { Length: > 0 } value
            ? [new IdaField(language, value)]
            : [];
    }

    /// <summary>A date of birth as IDA compares it.</summary>
    /// <param name="date">
    /// <c>yyyy-MM-dd</c> or <c>yyyy/MM/dd</c>, with or without a time behind, in digits of any script.
    /// </param>
    /// <returns><c>yyyy/MM/dd</c>; null when it is not a whole date, as IDA compares only those.</returns>
    public static string? Dob(string? date)
    {
        var day = TypedText.Date(date) is { Length: >= 10 } text ? text[..10].Replace('/', '-') : null;
        return DateOnly.TryParseExact(day, "yyyy-MM-dd", out var parsed) ? parsed.ToString("yyyy'/'MM'/'dd") : null;
    }

    private static string? Find(Dictionary<string, string> map, string key) =>
        map.TryGetValue(key, out var value) ? value : null;
}
