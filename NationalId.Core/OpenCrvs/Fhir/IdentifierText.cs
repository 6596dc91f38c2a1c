using System.Buffers;
using System.Text;
using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>Writes identifiers so that they fit in at a <see cref="SplicePoint"/>.</summary>
internal static class IdentifierText
{
    /// <summary>What the type of an identifier is a code of.</summary>
    public const string TypeSystem = "http://opencrvs.org/specs/identifier-type";

    /// <summary>What has to be written there; it takes the place of <see cref="Replaced"/> bytes.</summary>
    /// <param name="shape">How it fits in.</param>
    /// <param name="identifiers">Codes (e.g. <c>MOSIP_AID</c>) and values, at least one.</param>
    public static byte[] Write(SpliceShape shape, IReadOnlyList<(string Code, string Value)> identifiers)
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
        Add(before);
        for (var i = 0; i < identifiers.Count; i++)
        {
            if (i > 0)
            {
                Add(",");
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

        Add(after);
        return output.WrittenSpan.ToArray();

        void Add(string text) => output.Write(Encoding.ASCII.GetBytes(text));
    }

    /// <summary>How many bytes go for what is written.</summary>
    public static int Replaced(SpliceShape shape) => shape == SpliceShape.OverNull ? "null".Length : 0;
}
