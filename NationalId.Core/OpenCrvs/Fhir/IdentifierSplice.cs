using System.Buffers;
using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// Puts identifiers on the subject Patient of an event's original body (docs/protocols.md, "MOSIP's mediator"). All
/// other bytes stay as OpenCRVS wrote them.
/// </summary>
public sealed class IdentifierSplice
{
    private const string TypeSystem = "http://opencrvs.org/specs/identifier-type";

    private readonly long offset;
    private readonly int replaced;
    private readonly byte[] fragment;

    /// <summary>Prepares what is to be written.</summary>
    /// <param name="point">Where, as <see cref="EventScanner"/> found it in this very body.</param>
    /// <param name="identifiers">Codes (e.g. <c>MOSIP_AID</c>) and values, in order; with none the body stays as it
    /// is.</param>
    public IdentifierSplice(SplicePoint point, params IReadOnlyList<(string Code, string Value)> identifiers)
    {
        offset = point.Offset;
        replaced = point.Shape == SpliceShape.OverNull && identifiers.Count > 0 ? "null".Length : 0;
        fragment = identifiers.Count > 0 ? Fragment(point.Shape, identifiers) : [];
    }

    /// <summary>How many bytes longer the body becomes.</summary>
    public long AddedLength => fragment.Length - replaced;

    /// <summary>
    /// A forward, read-only view of the body with the identifiers in it; nothing is copied. Its
    /// <see cref="Stream.Length"/> is known when the original's is. Reading throws <see cref="InvalidDataException"/>
    /// when the body ends before the splice point. Disposing it disposes <paramref name="original"/>.
    /// </summary>
    /// <param name="original">The body, at its start.</param>
    public Stream Apply(Stream original) => new SplicedStream(original, offset, replaced, fragment);

    private static byte[] Fragment(SpliceShape shape, IReadOnlyList<(string Code, string Value)> identifiers)
    {
        var (before, after) = shape switch
        {
            SpliceShape.AfterLast => (",", ""),
            SpliceShape.IntoEmpty => ("", ""),
            SpliceShape.NewProperty => ("\"identifier\":[", "],"),
            SpliceShape.OnlyProperty => ("\"identifier\":[", "]"),
            SpliceShape.OverNull => ("[", "]"),
            _ => throw new ArgumentOutOfRangeException(nameof(shape)),
        };
        var output = new ArrayBufferWriter<byte>();
        Write(before);
        for (var i = 0; i < identifiers.Count; i++)
        {
            if (i > 0)
            {
                Write(",");
            }

            using var writer = new Utf8JsonWriter(output);
            writer.WriteStartObject();
            writer.WriteStartObject("type");
            writer.WriteStartArray("coding");
            writer.WriteStartObject();
            writer.WriteString("system", TypeSystem);
            writer.WriteString("code", identifiers[i].Code);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteString("value", identifiers[i].Value);
            writer.WriteEndObject();
        }
        Write(after);
        return output.WrittenSpan.ToArray();

        void Write(string text) => output.Write(System.Text.Encoding.ASCII.GetBytes(text));
    }
}
