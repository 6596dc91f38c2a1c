namespace NationalId.Sandbox.OpenCrvs.Search;

/// <summary>A registered record as the search index of OpenCRVS 1.x has it.</summary>
public sealed class SearchEntry
{
    public required bool IsBirth { get; init; }

    public required string CompositionId { get; init; }

    public required string RegistrationNumber { get; set; }

    public required string TrackingId { get; init; }

    public required string PatientId { get; init; }

    public required string GivenName { get; init; }

    public required string FamilyName { get; init; }

    public required string Gender { get; init; }

    public required string BirthDate { get; init; }

    public string? DeathDate { get; init; }

    /// <summary>The office that declared it.</summary>
    public string OfficeId { get; set; } = RecordSearch.Offices[0];

    public string MotherId { get; } = Guid.NewGuid().ToString();

    public string? MotherNationalId { get; init; }

    /// <summary>The subject's identifiers by type.</summary>
    public Dictionary<string, string> Identifiers { get; } = [];

    /// <summary>REGISTERED, CERTIFIED or ISSUED; others are not found.</summary>
    public string Status { get; set; } = "REGISTERED";

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset RegisteredAt { get; set; }

    /// <summary>What <c>dateOfRegistration…</c> filters and sorting goes by: it moves with certificates.</summary>
    public required DateTimeOffset DateOfDeclaration { get; set; }

    /// <summary>Whether the gateway shows nothing of it any more.</summary>
    public bool IsHidden { get; set; }

    /// <summary>How often a search has marked it as downloaded.</summary>
    public int Downloads { get; set; }

    /// <summary>How often it was fetched.</summary>
    public int Fetched { get; set; }
}
