namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>How an identifier fits in at a <see cref="SplicePoint"/>.</summary>
public enum SpliceShape
{
    /// <summary>Before the <c>]</c> of an array that has members: a comma goes first.</summary>
    AfterLast,

    /// <summary>Before the <c>]</c> of an empty array.</summary>
    IntoEmpty,

    /// <summary>After the <c>{</c> of an object with other properties: the whole <c>"identifier":[…],</c>.</summary>
    NewProperty,

    /// <summary>After the <c>{</c> of an empty object: the whole <c>"identifier":[…]</c>.</summary>
    OnlyProperty,

    /// <summary>In place of the four bytes of a <c>null</c>: the whole array.</summary>
    OverNull,
}

/// <summary>Where identifiers of the subject Patient can be put into the body without touching another byte.</summary>
/// <param name="Offset">Bytes from the start of the original body.</param>
/// <param name="Shape">What has to be written around them there.</param>
public readonly record struct SplicePoint(long Offset, SpliceShape Shape);

/// <summary>What one pass over an event's body found.</summary>
/// <param name="Outline">What intake needs; its <see cref="EventOutline.FlagReason"/> is set when the event can't be
/// carried.</param>
/// <param name="SubjectIdentifiers">Where the subject's identifiers go; null exactly when the event is flagged.</param>
public sealed record EventScan(EventOutline Outline, SplicePoint? SubjectIdentifiers)
{
    /// <summary>
    /// The subject Patient's JSON with long strings shortened; empty unless it was asked for. Not printed: it is
    /// personal data.
    /// </summary>
    internal ReadOnlyMemory<byte> SubjectJson { get; init; }

    /// <summary>OpenCRVS's id of the subject's Patient resource.</summary>
    internal string? SubjectPatientId { get; init; }

    /// <summary>The outline and the place, without the subject.</summary>
    public override string ToString() => $"{nameof(EventScan)} {Outline} {SubjectIdentifiers}";
}
