using System.Collections.ObjectModel;
using NationalId.Core.Registry;

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

/// <summary>Where an entry of the bundle stands in the original body, in bytes from its start.</summary>
/// <param name="Start">Its opening brace.</param>
/// <param name="End">Behind its closing brace.</param>
/// <param name="PreviousEnd">Behind the entry before it; negative for the first.</param>
internal readonly record struct EntryPlace(long Start, long End, long PreviousEnd);

/// <summary>Where the entries stand that a receiver looks for.</summary>
/// <param name="FirstContext">Where the first of the event's contexts starts.</param>
/// <param name="Bundle">Where the bundle starts, which need not be the first.</param>
/// <param name="First">Where the first entry starts, whatever it is.</param>
/// <param name="Subject">The child or the deceased.</param>
/// <param name="Mother">The child's mother, or who may be her; null when there is nobody.</param>
/// <param name="Task">The Task; null when there is none.</param>
internal sealed record EntryPlaces(
    long FirstContext,
    long Bundle,
    long First,
    EntryPlace Subject,
    EntryPlace? Mother,
    EntryPlace? Task
);

/// <summary>What one pass over an event's body found.</summary>
/// <param name="Outline">What intake needs; its <see cref="EventOutline.FlagReason"/> is set when the event can't be
/// carried.</param>
/// <param name="SubjectIdentifiers">Where the subject's identifiers go; null exactly when the event is flagged.</param>
public sealed record EventScan(EventOutline Outline, SplicePoint? SubjectIdentifiers)
{
    /// <summary>
    /// SHA-256 (lower-case hexadecimal) of the bundle's bytes as they were sent; null unless the topic was one that
    /// the scanner was made to hash.
    /// </summary>
    public string? BundleHash { get; init; }

    /// <summary>
    /// When OpenCRVS sent it: the body's own <c>timestamp</c>; null when it has none that can be read.
    /// </summary>
    public DateTimeOffset? SentAt { get; init; }

    /// <summary>The MOSIP application id that the subject brings along; null when there is none.</summary>
    public string? SubjectAid { get; init; }

    /// <summary>The registration number on the subject itself; null when only the Task has it.</summary>
    internal string? SubjectNumber { get; init; }

    /// <summary>Where the entries stand; null exactly when the event is flagged.</summary>
    internal EntryPlaces? Entries { get; init; }

    /// <summary>
    /// The subject Patient's JSON with long strings shortened; empty unless it was asked for. Not printed: it is
    /// personal data.
    /// </summary>
    internal ReadOnlyMemory<byte> SubjectJson { get; init; }

    /// <summary>The same of the other people whom the bundle names.</summary>
    internal IReadOnlyDictionary<PersonRole, ReadOnlyMemory<byte>> OthersJson { get; init; } =
        ReadOnlyDictionary<PersonRole, ReadOnlyMemory<byte>>.Empty;

    /// <summary>The names of OpenCRVS's places by their ids, as far as the bundle has them.</summary>
    internal IReadOnlyDictionary<string, string> PlaceNames { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>OpenCRVS's id of the subject's Patient resource.</summary>
    internal string? SubjectPatientId { get; init; }

    /// <summary>The outline and the place, without the subject.</summary>
    public override string ToString() => $"{nameof(EventScan)} {Outline} {SubjectIdentifiers}";
}
