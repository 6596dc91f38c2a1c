namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>How core and the country configuration of OpenCRVS 1.9, 2.0 and 2.1 behave.</summary>
public sealed class EventsSettings
{
    /// <summary>Whether core's own errors are masked, as in production.</summary>
    public bool Production { get; set; } = true;

    /// <summary>How long the token of one record lives.</summary>
    public TimeSpan RecordTokenLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long core takes from reading a record to storing an action: it has no lock.</summary>
    public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How long the country configuration waits for the client.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether the country configuration accepts by itself when the client doesn't answer as it should. Otherwise it
    /// waits as long as core does, and passes on whatever comes.
    /// </summary>
    public bool AcceptsByItself { get; set; } = true;

    /// <summary>Whether the country configuration makes the registration number and sends it along.</summary>
    public bool MakesNumber { get; set; } = true;

    /// <summary>Whether it forwards the triggers of all actions, not of registrations alone.</summary>
    public bool ForwardsAll { get; set; }

    /// <summary>Whether it forwards changes of registered records: custom actions and approved corrections.</summary>
    public bool ForwardsChanges { get; set; }

    /// <summary>
    /// Where the country configuration finds mosip-api at the client: <c>""</c>, <c>api</c> or <c>api/</c>; null: it
    /// forwards triggers instead.
    /// </summary>
    public string? MosipApi { get; set; }

    /// <summary>
    /// Of which records, by their tracking ids, the country configuration tells mosip-api; null: of all. Of the others
    /// it forwards triggers.
    /// </summary>
    public Func<string, bool>? TellsMosipApi { get; set; }

    /// <summary>
    /// Whether a registrar's program leaves the record with him after registering; null: all but 2.1's do.
    /// </summary>
    public bool? StaysAssigned { get; set; }

    /// <summary>Fields that the country secures: no search shows them.</summary>
    public IReadOnlyList<string> SecuredFields { get; set; } = [];

    /// <summary>Types of events that the client's scopes don't name: its searches find none of them.</summary>
    public IReadOnlyList<string?> HiddenTypes { get; set; } = [];

    /// <summary>The client's scopes; null: those that docs/opencrvs-2.md wants.</summary>
    public IReadOnlyList<string>? ClientScopes { get; set; }
}
