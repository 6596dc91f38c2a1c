namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// What intake needs of an event and the ledger may keep: no name, no national id. Found in one pass while the body
/// streams by.
/// </summary>
/// <param name="Topic">The hub topic, e.g. <c>BIRTH_REGISTERED</c>; null when there is none.</param>
/// <param name="CompositionId">The record's id: Task.focus.reference without <c>Composition/</c>, else the Composition
/// resource's id.</param>
/// <param name="RegistrationNumber">The BRN or DRN; null when there is none yet.</param>
/// <param name="TrackingId">The tracking id; null when there is none.</param>
/// <param name="FlagReason">Why the event can't be understood (a fixed sentence without personal data); null when it
/// can.</param>
public sealed record EventOutline(
    string? Topic,
    string? CompositionId,
    string? RegistrationNumber,
    string? TrackingId,
    string? FlagReason
)
{
    /// <summary>The topic and the reason alone: numbers are not for logs.</summary>
    public override string ToString() => $"{nameof(EventOutline)} {Topic} {FlagReason}";
}
