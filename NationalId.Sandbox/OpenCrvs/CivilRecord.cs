using System.Security.Cryptography;

namespace NationalId.Sandbox.OpenCrvs;

/// <summary>The bundle's shape over OpenCRVS's versions.</summary>
public enum BundleShape
{
    /// <summary>Composition, and identifier types as CodeableConcept (later versions).</summary>
    Composition,

    /// <summary>No composition, string identifier types, family names as arrays (v1.2).</summary>
    V12,
}

/// <summary>A birth to register; what is left out is invented.</summary>
public sealed record BirthRecord
{
    public string[] GivenNames { get; init; } = [Invent.Given()];

    public string FamilyName { get; init; } = Invent.Family();

    public string Gender { get; init; } = RandomNumberGenerator.GetInt32(2) == 0 ? "female" : "male";

    public string BirthDate { get; init; } =
        DateTime.UtcNow.AddDays(-RandomNumberGenerator.GetInt32(5, 300)).ToString("yyyy-MM-dd");

    public string? MotherNationalId { get; init; } = Crypto.Numbers.NewUin();

    public string TrackingId { get; init; } = Invent.TrackingId('B');

    /// <summary>The BRN; null: the year and the tracking id.</summary>
    public string? RegistrationNumber { get; init; }

    public string CompositionId { get; init; } = Guid.NewGuid().ToString();

    /// <summary>Null: as the sandbox's version of OpenCRVS writes it.</summary>
    public BundleShape? Shape { get; init; }

    /// <summary>How long an attachment to add, in characters of base64.</summary>
    public int PaddingBytes { get; init; }

    /// <summary>STU3 leftovers and OpenCRVS's own fields that no FHIR version knows.</summary>
    public bool Leftovers { get; init; } = true;
}

/// <summary>A death to register; what is left out is invented.</summary>
public sealed record DeathRecord
{
    public string[] GivenNames { get; init; } = [Invent.Given()];

    public string FamilyName { get; init; } = Invent.Family();

    public string Gender { get; init; } = RandomNumberGenerator.GetInt32(2) == 0 ? "female" : "male";

    public string BirthDate { get; init; } = "1950-03-" + RandomNumberGenerator.GetInt32(10, 28);

    public string DeathDate { get; init; } = DateTime.UtcNow.AddDays(-3).ToString("yyyy-MM-dd");

    /// <summary>The deceased's UIN or VID; null: none is known.</summary>
    public string? NationalId { get; init; }

    /// <summary>The spouse's national id: never to be taken for the deceased's.</summary>
    public string? SpouseNationalId { get; init; } = Crypto.Numbers.NewUin();

    /// <summary>Set when OpenCRVS has linked the birth itself: its Patient's id.</summary>
    public string? BirthPatientEntry { get; init; }

    public string TrackingId { get; init; } = Invent.TrackingId('D');

    /// <summary>The DRN; null: the year and the tracking id.</summary>
    public string? RegistrationNumber { get; init; }

    public string CompositionId { get; init; } = Guid.NewGuid().ToString();

    /// <summary>Null: as the sandbox's version of OpenCRVS writes it.</summary>
    public BundleShape? Shape { get; init; }

    public int PaddingBytes { get; init; }

    public bool Leftovers { get; init; } = true;

    /// <summary>Changes the deceased's Patient before it is sent.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Action<System.Text.Json.Nodes.JsonObject>? Deceased { get; init; }

    /// <summary>Writes deceasedDateTime twice, as some versions do.</summary>
    public bool DuplicateDeceasedDateTime { get; init; } = true;
}

/// <summary>Names and numbers of nobody.</summary>
internal static class Invent
{
    private static readonly string[] GivenNames =
    [
        "Žofie",
        "Amélie-Lou",
        "Kwame*",
        "Ọláyínká",
        "Nguyệt",
        "মিতা",
        "Jean (Jeannot)",
        "Þórdís",
        "Ada!",
        "Mbali",
        "Siân",
        "O'Nell",
    ];

    private static readonly string[] FamilyNames =
    [
        "D'Ávila",
        "Ñandú",
        "Okonjo!",
        "Šťastná",
        "Ó Briain",
        "Lindqvist (Berg)",
        "Чайка",
        "Abara*",
        "Müßig",
        "Tembo~",
        "Quispe",
        "李",
    ];

    public static string Given() => GivenNames[RandomNumberGenerator.GetInt32(GivenNames.Length)];

    public static string Family() => FamilyNames[RandomNumberGenerator.GetInt32(FamilyNames.Length)];

    public static string TrackingId(char kind) =>
        kind + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 6);
}
