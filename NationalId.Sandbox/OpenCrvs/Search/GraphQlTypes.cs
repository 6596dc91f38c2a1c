namespace NationalId.Sandbox.OpenCrvs.Search;

/// <summary>The gateway's types, as far as anybody searches and fetches: each field with its type.</summary>
internal sealed class GraphQlTypes
{
    private readonly Dictionary<string, Dictionary<string, string>> types = [];

    /// <summary>The types of a version.</summary>
    /// <param name="isOld">1.2's: an identifier's type is one of a list, and an informant is inside.</param>
    public GraphQlTypes(bool isOld)
    {
        Add("Query", "fetchRegistration:EventRegistration searchEvents:EventSearchResultSet");
        Add("EventRegistration", "id registration:Registration");
        Add("EventSearchResultSet", "totalItems results:BirthEventSearchSet");
        Add(
            "BirthEventSearchSet",
            "id type childName:HumanName dateOfBirth registration:RegistrationSearchSet "
                + "operationHistories:OperationHistorySearchSet"
        );
        Add(
            "RegistrationSearchSet",
            "status dateOfDeclaration trackingId registrationNumber registeredLocationId createdAt modifiedAt"
        );
        Add("OperationHistorySearchSet", "operationType operatedOn operatorRole");
        Add("Registration", "id trackingId registrationNumber draftId status:RegWorkflow");
        Add("RegWorkflow", "id type timestamp");
        Add("HumanName", "use firstNames familyName" + (isOld ? "" : " middleName"));
        Add("IdentityType", "id otherType " + (isOld ? "type:IdentityIDType" : "type"));
        Add("Address", "type line city district state postalCode country");
        Add("Deceased", "deceased deathDate");
        const string person =
            "id identifier:IdentityType name:HumanName gender birthDate address:Address deceased:Deceased";
        Add("Person", person + (isOld ? "" : " ageOfIndividualInYears exactDateOfBirthUnknown"));
        Add("RelatedPerson", isOld ? "id relationship individual:Person" : person + " relationship _fhirIDPatient");
        const string people = "id registration:Registration mother:Person father:Person informant:RelatedPerson";
        Add("BirthRegistration", people + " child:Person");
        Add("DeathRegistration", people + " deceased:Person spouse:Person");
        Enums = isOld ? ["IdentityIDType"] : [];
    }

    public IReadOnlyList<string> Enums { get; }

    public IEnumerable<KeyValuePair<string, Dictionary<string, string>>> All => types;

    /// <summary>The type of a field; null when the type has no such field.</summary>
    public string? TypeOf(string type, string field) =>
        types.GetValueOrDefault(type) is not { } fields ? null
        : field == "__typename" ? "String"
        : fields.GetValueOrDefault(field);

    public bool IsObject(string type) => types.ContainsKey(type);

    private void Add(string type, string fields) =>
        types[type] = fields
            .Split(' ')
            .Select(field => field.Split(':'))
            .ToDictionary(field => field[0], field => field.Length > 1 ? field[1] : "String");
}
