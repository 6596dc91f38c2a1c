namespace NationalId.Core.Registry;

/// <summary>Which part a person has in a registration.</summary>
public enum PersonRole
{
    /// <summary>Whom the registration is about: the child or the deceased.</summary>
    Subject,

    /// <summary>The subject's mother.</summary>
    Mother,

    /// <summary>The subject's father.</summary>
    Father,

    /// <summary>The deceased's spouse.</summary>
    Spouse,

    /// <summary>Who told of it. Where that is a parent or the spouse, the person stands there too.</summary>
    Informant,
}

/// <summary>
/// An event as read for delivery. It holds personal data: printing it shows none, and neither logs nor the ledger may
/// keep it.
/// </summary>
/// <param name="Kind">Birth or death.</param>
/// <param name="Topic">The hub topic or action.</param>
/// <param name="RecordId">The record's id; null when only a registration number is there.</param>
/// <param name="RegistrationNumber">The BRN or DRN; null before there is one.</param>
/// <param name="TrackingId">The tracking id, if any.</param>
/// <param name="People">The people that could be read, by their part in it. The subject is always among them.</param>
public sealed record VitalEvent(
    RegistrationKind Kind,
    string Topic,
    string? RecordId,
    string? RegistrationNumber,
    string? TrackingId,
    IReadOnlyDictionary<PersonRole, Person> People
)
{
    /// <summary>
    /// Fields that the sender has named as the National ID system takes them already, e.g. <c>phone</c>; empty where
    /// the sender told a record alone.
    /// </summary>
    public IReadOnlyDictionary<string, string> Sent { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The same people as they were before a correction; null where it is none, or nobody told.
    /// </summary>
    public IReadOnlyDictionary<PersonRole, Person>? Before { get; init; }

    /// <summary>The child or the deceased.</summary>
    public Person Subject => People[PersonRole.Subject];

    /// <summary>The topic alone.</summary>
    public override string ToString() => $"{nameof(VitalEvent)} {Topic}";
}

/// <summary>A person in a registration.</summary>
/// <param name="PatientId">The Patient resource's id.</param>
/// <param name="Names">Names in the order of the record, one for each language.</param>
/// <param name="Gender">FHIR's code: male, female, other or unknown; null when absent.</param>
/// <param name="BirthDate">yyyy-MM-dd, or yyyy-MM or yyyy where no more is known; null when absent, not a date, or
/// made by OpenCRVS of an age.</param>
/// <param name="DeceasedDate">The day of death, written like the birth date.</param>
/// <param name="Identifiers">All identifiers that have a value.</param>
public sealed record Person(
    string? PatientId,
    IReadOnlyList<PersonName> Names,
    string? Gender,
    string? BirthDate,
    string? DeceasedDate,
    IReadOnlyList<PersonIdentifier> Identifiers
)
{
    /// <summary>Where the person lives, as far as it is told; null when it is not.</summary>
    public PersonAddress? Address { get; init; }

    /// <summary>The telephone number.</summary>
    public string? Phone { get; init; }

    /// <summary>The e-mail address.</summary>
    public string? Email { get; init; }

    /// <summary>
    /// What e-Signet calls the person before us, where the person was authenticated by it. MOSIP knows an introducer
    /// by it.
    /// </summary>
    public string? IntroducerToken { get; init; }

    /// <summary>The national id on the record: what a declarant typed, so not necessarily a valid one.</summary>
    public string? NationalId => Identifier("NATIONAL_ID");

    /// <summary>
    /// The UIN token saved on the record earlier. Versions of OpenCRVS name its identifier differently.
    /// </summary>
    public string? UinToken =>
        Identifier("MOSIP_UINTOKEN") ?? Identifier("MOSIP_PSUT_TOKEN_ID") ?? Identifier("UINTOKEN");

    /// <summary>All UIN tokens on the record, in its order. One may be a placeholder, or of another person.</summary>
    public IEnumerable<string> UinTokens => ValuesOf("MOSIP_UINTOKEN", "MOSIP_PSUT_TOKEN_ID", "UINTOKEN");

    /// <summary>
    /// All numbers on the record that may be a UIN or VID, in its order: an old paper id may stand beside a VID.
    /// </summary>
    public IEnumerable<string> NationalIds => ValuesOf("NATIONAL_ID", "UIN", "VID", "MOSIP_UIN", "MOSIP_VID");

    /// <summary>The first identifier of a type, e.g. <c>MOSIP_AID</c>; null when there is none.</summary>
    public string? Identifier(string type) => Identifiers.FirstOrDefault(identifier => identifier.Type == type)?.Value;

    /// <summary>Nothing of the person.</summary>
    public override string ToString() => nameof(Person);

    private IEnumerable<string> ValuesOf(params string[] types) =>
        Identifiers.Where(identifier => types.Contains(identifier.Type)).Select(identifier => identifier.Value);
}

/// <summary>A name in one language.</summary>
/// <param name="Language">OpenCRVS puts the language's code in FHIR's <c>use</c>, e.g. <c>en</c>.</param>
/// <param name="Given">Given names; empty ones are left out.</param>
/// <param name="Family">The family name; several are joined by a space.</param>
public sealed record PersonName(string? Language, IReadOnlyList<string> Given, string? Family)
{
    /// <summary>Nothing of the name.</summary>
    public override string ToString() => nameof(PersonName);
}

/// <summary>Where somebody lives. What is told by no name is null.</summary>
/// <param name="Line">House, street, village: empty when there is none.</param>
/// <param name="City">The town.</param>
/// <param name="District">The district.</param>
/// <param name="State">The state or province.</param>
/// <param name="PostalCode">The postal code.</param>
public sealed record PersonAddress(string Line, string? City, string? District, string? State, string? PostalCode)
{
    /// <summary>The country as the record has it, e.g. <c>FAR</c>.</summary>
    public string? Country { get; init; }

    /// <summary>
    /// OpenCRVS's id of the smallest administrative area, where the record has an id for names. The names of state and
    /// district are missing then.
    /// </summary>
    public string? AreaId { get; init; }

    /// <summary>Nothing of the address.</summary>
    public override string ToString() => nameof(PersonAddress);
}

/// <summary>An identifier of the subject.</summary>
/// <param name="Type">The code, e.g. <c>NATIONAL_ID</c>, whichever way the version wrote it.</param>
/// <param name="System">The system, where there is one.</param>
/// <param name="Value">The identifier itself.</param>
public sealed record PersonIdentifier(string? Type, string? System, string Value)
{
    /// <summary>The type alone.</summary>
    public override string ToString() => $"{nameof(PersonIdentifier)} {Type}";
}
