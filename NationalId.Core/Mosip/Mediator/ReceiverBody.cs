using NationalId.Core.OpenCrvs.Fhir;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>One piece of a text that is written anew: a text of ours, or a part of the original.</summary>
/// <param name="Text">Ours; null when it is a part of the original.</param>
/// <param name="From">Where the part starts.</param>
/// <param name="End">Where what follows it starts.</param>
/// <param name="Run">The run of the original that it is read from in one go, up to here.</param>
internal readonly record struct BodyPiece(byte[]? Text, long From, long End, BodyRun? Run)
{
    public long Length => Text?.Length ?? End - From;
}

/// <summary>A part of the original that keeps its order.</summary>
/// <param name="From">Where it starts.</param>
/// <param name="End">Where what follows it starts.</param>
internal sealed record BodyRun(long From, long End);

/// <summary>
/// An event's body as MOSIP's receiver can read it. It takes the bundle's first Patient for the child or the deceased
/// and the next for the mother, whatever the composition says: the subject goes first, then the mother, then the Task,
/// then the rest in its order. What has other types than the receiver's is changed on the way. Only places are held,
/// nothing of the body.
/// </summary>
internal sealed class ReceiverBody
{
    private static readonly byte[] Comma = ","u8.ToArray();

    private readonly EntryPlaces places;
    private readonly BodyEdits edits;
    private readonly long originalLength;

    /// <param name="scan">What was found in the body; not a flagged one.</param>
    /// <param name="edits">The changes that the scan came with; those of the identifiers are added.</param>
    /// <param name="originalLength">The body's length.</param>
    /// <param name="identifiers">Codes and values that the subject gets.</param>
    public ReceiverBody(
        EventScan scan,
        BodyEdits edits,
        long originalLength,
        IReadOnlyList<(string Code, string Value)> identifiers
    )
    {
        places = scan.Entries!;
        this.edits = edits;
        this.originalLength = originalLength;
        if (identifiers.Count > 0 && scan.SubjectIdentifiers is { } point)
        {
            edits.Replace(
                point.Offset,
                point.Offset + IdentifierText.Replaced(point.Shape),
                IdentifierText.Write(point.Shape, identifiers)
            );
        }

        if (places.Bundle > places.FirstContext)
        {
            // The receiver reads the first context.
            edits.Delete(places.FirstContext, places.Bundle);
        }

        Length = Pieces().Sum(piece => piece.Length);
    }

    /// <summary>How long it is, to the byte.</summary>
    public long Length { get; }

    /// <summary>What it consists of, in its order.</summary>
    public IEnumerable<BodyPiece> Pieces()
    {
        EntryPlace[] first =
        [
            places.Subject,
            .. places.Mother is { } mother ? [mother] : Array.Empty<EntryPlace>(),
            .. places.Task is { } task ? [task] : Array.Empty<EntryPlace>(),
        ];

        foreach (var piece in Original(0, places.First))
        {
            yield return piece;
        }

        for (var i = 0; i < first.Length; i++)
        {
            if (i > 0)
            {
                yield return Ours(Comma);
            }

            foreach (var piece in Original(first[i].Start, first[i].End))
            {
                yield return piece;
            }
        }

        if (!first.Any(place => place.Start == places.First))
        {
            yield return Ours(Comma);
        }

        // Each of the others keeps the comma before it; who went to the front takes it along.
        var at = places.First;
        foreach (var gone in first.OrderBy(place => place.Start))
        {
            foreach (var piece in Original(at, gone.PreviousEnd < 0 ? gone.Start : gone.PreviousEnd))
            {
                yield return piece;
            }

            at = gone.End;
        }

        foreach (var piece in Original(at, originalLength))
        {
            yield return piece;
        }
    }

    private static BodyPiece Ours(byte[] text) => new(text, 0, 0, null);

    private IEnumerable<BodyPiece> Original(long from, long end)
    {
        var run = new BodyRun(from, end);
        var at = from;
        foreach (var edit in edits.Between(from, end))
        {
            if (edit.At < at)
            {
                // In what went with an earlier change.
                continue;
            }

            if (edit.At > at)
            {
                yield return new(null, at, edit.At, run);
            }

            if (edit.Text.Length > 0)
            {
                yield return Ours(edit.Text);
            }

            at = edit.At + edit.Length;
        }

        if (at < end)
        {
            yield return new(null, at, end, run);
        }
    }
}
