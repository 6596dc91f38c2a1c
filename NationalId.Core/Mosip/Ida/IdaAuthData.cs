using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Ida;

/// <summary>A value in a language, as IDA compares it.</summary>
/// <param name="Language">MOSIP's three-letter language code.</param>
/// <param name="Value">The value.</param>
public sealed record IdaField(string Language, string Value)
{
    /// <summary>Tells nothing of the person.</summary>
    public override string ToString() => nameof(IdaField);
}

/// <summary>Whom IDA is to recognise, and by what. Fields that are absent are not compared.</summary>
public sealed record IdaAuthData
{
    /// <summary>The UIN or VID: digits only.</summary>
    public required string IndividualId { get; init; }

    /// <summary>Which of them it is: see <see cref="NationalIdFormat.Classify"/>.</summary>
    public required IdType IdType { get; init; }

    /// <summary>The name, once per language.</summary>
    public IReadOnlyList<IdaField> Names { get; init; } = [];

    /// <summary>The gender as MOSIP calls it, once per language: see <see cref="IdaMapping"/>.</summary>
    public IReadOnlyList<IdaField> Genders { get; init; } = [];

    /// <summary>The date of birth, <c>yyyy/MM/dd</c>.</summary>
    public string? Dob { get; init; }

    /// <summary>The phone number.</summary>
    public string? Phone { get; init; }

    /// <summary>The e-mail address.</summary>
    public string? Email { get; init; }

    /// <summary>The whole address, once per language.</summary>
    public IReadOnlyList<IdaField> FullAddress { get; init; } = [];

    /// <summary>
    /// The id with what vouches for it, once per name: whom IDA recognised by these it need not be asked about again.
    /// The id alone would not do, as anybody can mistype one.
    /// </summary>
    internal IEnumerable<string> Claims =>
        Names
            .Select(name => name.Value)
            .DefaultIfEmpty("")
            .Select(name =>
                string.Join(
                    '\n',
                    IndividualId,
                    string.Join(' ', name.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
                    Genders.FirstOrDefault()?.Value,
                    Dob
                )
            );

    /// <summary>Tells nothing of the person.</summary>
    public override string ToString() => nameof(IdaAuthData);
}
