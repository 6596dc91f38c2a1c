using NationalId.Core.Platform.Settings;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// The fields of the country's forms that are read. They are the country's choice; the defaults are those of
/// OpenCRVS's own example. <c>-</c> stands for a field that the form does not have.
/// </summary>
public sealed class FieldOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:OpenCrvs:Fields";

    /// <summary>The child's name.</summary>
    public string ChildName { get; set; } = "child.name";

    /// <summary>The child's date of birth.</summary>
    public string ChildBirthDate { get; set; } = "child.dob";

    /// <summary>The child's gender.</summary>
    public string ChildGender { get; set; } = "child.gender";

    /// <summary>The child's national id.</summary>
    public string ChildNationalId { get; set; } = "child.nid";

    /// <summary>The mother's name.</summary>
    public string MotherName { get; set; } = "mother.name";

    /// <summary>The mother's date of birth.</summary>
    public string MotherBirthDate { get; set; } = "mother.dob";

    /// <summary>The mother's national id.</summary>
    public string MotherNationalId { get; set; } = "mother.nid";

    /// <summary>The father's name.</summary>
    public string FatherName { get; set; } = "father.name";

    /// <summary>The father's date of birth.</summary>
    public string FatherBirthDate { get; set; } = "father.dob";

    /// <summary>The father's national id.</summary>
    public string FatherNationalId { get; set; } = "father.nid";

    /// <summary>The deceased's name.</summary>
    public string DeceasedName { get; set; } = "deceased.name";

    /// <summary>The deceased's date of birth.</summary>
    public string DeceasedBirthDate { get; set; } = "deceased.dob";

    /// <summary>The deceased's gender.</summary>
    public string DeceasedGender { get; set; } = "deceased.gender";

    /// <summary>The deceased's national id.</summary>
    public string DeceasedNationalId { get; set; } = "deceased.nid";

    /// <summary>The date of death.</summary>
    public string DeathDate { get; set; } = "eventDetails.date";

    /// <summary>The name of the deceased's spouse.</summary>
    public string SpouseName { get; set; } = "spouse.name";

    /// <summary>The spouse's date of birth.</summary>
    public string SpouseBirthDate { get; set; } = "spouse.dob";

    /// <summary>The spouse's national id.</summary>
    public string SpouseNationalId { get; set; } = "spouse.nid";

    /// <summary>The child's address, where the form has one.</summary>
    public string ChildAddress { get; set; } = "child.address";

    /// <summary>The mother's address.</summary>
    public string MotherAddress { get; set; } = "mother.address";

    /// <summary>The father's address.</summary>
    public string FatherAddress { get; set; } = "father.address";

    /// <summary>The deceased's address.</summary>
    public string DeceasedAddress { get; set; } = "deceased.address";

    /// <summary>The spouse's address.</summary>
    public string SpouseAddress { get; set; } = "spouse.address";

    /// <summary>How the informant is related to the subject, e.g. <c>MOTHER</c>.</summary>
    public string InformantRelation { get; set; } = "informant.relation";

    /// <summary>The name of an informant who is neither a parent nor the spouse.</summary>
    public string InformantName { get; set; } = "informant.name";

    /// <summary>The informant's date of birth.</summary>
    public string InformantBirthDate { get; set; } = "informant.dob";

    /// <summary>The informant's national id.</summary>
    public string InformantNationalId { get; set; } = "informant.nid";

    /// <summary>The informant's address.</summary>
    public string InformantAddress { get; set; } = "informant.address";

    /// <summary>The informant's telephone number, whoever the informant is.</summary>
    public string InformantPhone { get; set; } = "informant.phoneNo";

    /// <summary>The informant's e-mail address, whoever the informant is.</summary>
    public string InformantEmail { get; set; } = "informant.email";

    /// <summary>
    /// The field behind each person's page in which e-Signet's answer stands: <c>mother.verify-nid-http-fetch</c>.
    /// </summary>
    public string Authentication { get; set; } = "verify-nid-http-fetch";

    /// <summary>The parts of an address that are the town, separated by commas.</summary>
    public string AddressCity { get; set; } = "town,cityOrTown";

    /// <summary>The parts of an address abroad that are the district, separated by commas.</summary>
    public string AddressDistrict { get; set; } = "district2";

    /// <summary>The parts of an address abroad that are the state, separated by commas.</summary>
    public string AddressState { get; set; } = "state";

    /// <summary>The parts of an address that are the postal code, separated by commas.</summary>
    public string AddressPostalCode { get; set; } = "zipCode,postcodeOrZip";

    /// <summary>The fields of each person in a registration.</summary>
    /// <param name="kind">Birth or death.</param>
    internal IReadOnlyDictionary<PersonRole, PersonFields> People(RegistrationKind kind) =>
        kind == RegistrationKind.Birth
            ? new Dictionary<PersonRole, PersonFields>
            {
                [PersonRole.Subject] = new(ChildName, ChildBirthDate, ChildNationalId, ChildAddress)
                {
                    Gender = ChildGender,
                },
                [PersonRole.Mother] = new(MotherName, MotherBirthDate, MotherNationalId, MotherAddress)
                {
                    Authentication = "mother." + Authentication,
                },
                [PersonRole.Father] = new(FatherName, FatherBirthDate, FatherNationalId, FatherAddress)
                {
                    Authentication = "father." + Authentication,
                },
                [PersonRole.Informant] = Informant,
            }
            : new Dictionary<PersonRole, PersonFields>
            {
                [PersonRole.Subject] = new(DeceasedName, DeceasedBirthDate, DeceasedNationalId, DeceasedAddress)
                {
                    Gender = DeceasedGender,
                    DeathDate = DeathDate,
                },
                [PersonRole.Spouse] = new(SpouseName, SpouseBirthDate, SpouseNationalId, SpouseAddress)
                {
                    Authentication = "spouse." + Authentication,
                },
                [PersonRole.Informant] = Informant,
            };

    private PersonFields Informant =>
        new(InformantName, InformantBirthDate, InformantNationalId, InformantAddress)
        {
            Phone = InformantPhone,
            Email = InformantEmail,
            Authentication = "informant." + Authentication,
        };

    /// <summary>All fields that are read in a registration, each once.</summary>
    /// <param name="kind">Birth or death.</param>
    internal IReadOnlyList<string> Of(RegistrationKind kind) =>
        Known(People(kind).Values.SelectMany(person => person.All).Append(InformantRelation));

    /// <summary>
    /// The fields without which nobody can be recognised: the form is expected to have them. Countries ask more or less
    /// of addresses and informants.
    /// </summary>
    /// <param name="kind">Birth or death.</param>
    internal IReadOnlyList<string> ExpectedOf(RegistrationKind kind) =>
        Known(
            People(kind)
                .Where(person => person.Key != PersonRole.Informant)
                .SelectMany(person => person.Value.Identifying)
        );

    private static IReadOnlyList<string> Known(IEnumerable<string?> fields) =>
        [.. fields.OfType<string>().Where(field => field != "-").Distinct(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        // Any name may be the country's.
    }
}

/// <summary>The fields of one person; null where there is none of the kind.</summary>
/// <param name="Name">The name.</param>
/// <param name="BirthDate">The date of birth.</param>
/// <param name="NationalId">The national id.</param>
/// <param name="Address">The address.</param>
internal sealed record PersonFields(string Name, string BirthDate, string NationalId, string Address)
{
    /// <summary>The gender.</summary>
    public string? Gender { get; init; }

    /// <summary>The date of death.</summary>
    public string? DeathDate { get; init; }

    /// <summary>The telephone number.</summary>
    public string? Phone { get; init; }

    /// <summary>The e-mail address.</summary>
    public string? Email { get; init; }

    /// <summary>What e-Signet answered of the person.</summary>
    public string? Authentication { get; init; }

    /// <summary>Those by which somebody is recognised.</summary>
    public IReadOnlyList<string?> Identifying => [Name, BirthDate, NationalId, Gender, DeathDate];

    /// <summary>All of them.</summary>
    public IReadOnlyList<string?> All => [.. Identifying, Address, Phone, Email, Authentication];
}
