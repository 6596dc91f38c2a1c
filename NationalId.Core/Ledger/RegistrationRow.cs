using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Registry;

namespace NationalId.Core.Ledger;

/// <summary>
/// The ledger's row of one registration number: its AID for ever, its UIN token's hash, and what OpenCRVS was told.
/// </summary>
public sealed class RegistrationRow : ITableEntity
{
    /// <inheritdoc/>
    public string PartitionKey { get; set; } = "";

    /// <inheritdoc/>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>The BRN or DRN (the composition id for an event that has neither).</summary>
    public string Number { get; set; } = "";

    /// <summary><c>Birth</c> or <c>Death</c>.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The record that has the number: another one with the same number is a contradiction.</summary>
    public string? RecordId { get; set; }

    /// <summary>The way in by which that record came; null for a webhook's of earlier versions.</summary>
    public string? RecordSource { get; set; }

    /// <summary>MOSIP's application id: drawn once, replaced only where MOSIP refused it for good.</summary>
    public string? Aid { get; set; }

    /// <summary>When the AID was drawn.</summary>
    public DateTimeOffset? AidAt { get; set; }

    /// <summary>
    /// The event whose message goes out under the AID; null where nobody asks. A record that is registered again after
    /// a refusal is another event, but not another person.
    /// </summary>
    public string? AidFor { get; set; }

    /// <summary>The birth's subject: OpenCRVS's id of the Patient resource.</summary>
    public string? PatientId { get; set; }

    /// <summary>
    /// The keyed hash of the UIN token or national id that came back; for a death, of the number by which the National
    /// ID system recognised the deceased.
    /// </summary>
    public string? TokenHash { get; set; }

    /// <summary>When it came back.</summary>
    public DateTimeOffset? TokenAt { get; set; }

    /// <summary>When OpenCRVS said that it had saved it.</summary>
    public DateTimeOffset? TokenSavedAt { get; set; }

    /// <summary>
    /// Where the birth stood on the list of those without a number; null when it never stood there. Its number takes it
    /// off.
    /// </summary>
    public string? OverdueAs { get; set; }

    /// <summary>When the birth was linked to a death; null while no death of theirs counts.</summary>
    public DateTimeOffset? DeceasedAt { get; set; }

    /// <summary>The deaths that count and are linked to the birth, JSON: what each is known by.</summary>
    public string? Deaths { get; set; }

    /// <summary>Whether the registration counts no more.</summary>
    public bool Revoked { get; set; }

    /// <summary>When that was said last, or that it counts again; null when it never was.</summary>
    public DateTimeOffset? StandingAt { get; set; }

    /// <summary>The event that said it.</summary>
    public string? StandingBy { get; set; }

    /// <summary>When the newest correction that was told was made.</summary>
    public DateTimeOffset? CorrectedAt { get; set; }

    /// <summary>The event that has the registration for itself: its changes go out one after the other.</summary>
    public string? Turn { get; set; }

    /// <summary>Until when.</summary>
    public DateTimeOffset? TurnUntil { get; set; }

    /// <summary>Whether it counts, by the last that was said.</summary>
    internal Standing Standing
    {
        get => new(Revoked, StandingAt, StandingBy);
        set
        {
            Revoked = value.IsRevoked;
            StandingAt = value.At;
            StandingBy = value.By;
        }
    }

    /// <summary>The deaths that count and are linked to the birth.</summary>
    internal IReadOnlyList<string> DeathsInForce =>
        Deaths is null ? [] : JsonSerializer.Deserialize(Deaths, RegistrationJson.Default.ListString) ?? [];

    /// <summary>Notes the AID.</summary>
    /// <param name="aid">The AID.</param>
    /// <param name="at">When it was drawn.</param>
    /// <param name="eventKey">The event whose message goes out under it; null where nobody asks.</param>
    internal void SetAid(string aid, DateTimeOffset at, string? eventKey)
    {
        Aid = aid;
        AidAt = at;
        AidFor = eventKey;
    }

    /// <summary>Notes that a death counts, or counts no more.</summary>
    /// <param name="death">What the death is known by.</param>
    /// <param name="counts">Whether it counts.</param>
    /// <param name="at">When.</param>
    internal void SetDeath(string death, bool counts, DateTimeOffset at)
    {
        List<string> others = [.. DeathsInForce.Where(one => one != death)];
        List<string> deaths = counts ? [.. others, death] : others;
        Deaths = deaths.Count == 0 ? null : JsonSerializer.Serialize(deaths, RegistrationJson.Default.ListString);
        DeceasedAt = deaths.Count == 0 ? null : DeceasedAt ?? at;
    }
}

[JsonSerializable(typeof(List<string>))]
internal sealed partial class RegistrationJson : JsonSerializerContext;
