using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// One kind of object or array in a JSON text, and what is of interest in it. A part sees the tokens directly in it;
/// a container in it is read by the part that <see cref="Child"/> names, or passed over.
/// </summary>
internal abstract class JsonPart
{
    /// <summary>It opens.</summary>
    /// <param name="at">Where its bracket stands in the original text.</param>
    public virtual void Start(long at) { }

    /// <summary>A property starts, perhaps for the second time: what it will hold counts, not what it held.</summary>
    /// <param name="reader">Stands on the name.</param>
    /// <param name="at">Where the name starts.</param>
    public virtual void Name(ref Utf8JsonReader reader, long at) { }

    /// <summary>An object or array opens, as the last named property's value or as a member.</summary>
    /// <returns>Who reads it; null when it is of no interest.</returns>
    public virtual JsonPart? Child(bool array, long at) => null;

    /// <summary>A value that is neither object nor array.</summary>
    /// <param name="reader">Stands on it.</param>
    /// <param name="at">Where it starts.</param>
    /// <param name="end">Where what follows it starts.</param>
    public virtual void Value(ref Utf8JsonReader reader, long at, long end) { }

    /// <summary>An object or array directly in it has closed.</summary>
    /// <param name="end">Where what follows it starts.</param>
    public virtual void Closed(long end) { }

    /// <summary>It closes.</summary>
    /// <param name="at">Where its bracket stands.</param>
    public virtual void End(long at) { }
}

/// <summary>An array of objects, all read by one part in turn.</summary>
internal sealed class EachObject(JsonPart item) : JsonPart
{
    public override JsonPart? Child(bool array, long at) => array ? null : item;
}

/// <summary>Leads a JSON text's tokens to the parts that they belong to.</summary>
/// <param name="root">Reads the outermost object.</param>
internal sealed class JsonWalk(JsonPart root)
{
    /// <summary>The deepest nesting that is followed; real events stay below 20.</summary>
    internal const int MaxDepth = 64;

    // Null where nobody is interested.
    private readonly JsonPart?[] parts = new JsonPart?[MaxDepth + 1];
    private int depth;

    /// <summary>Whether the text was nested deeper than is followed; it must not be given on then.</summary>
    public bool TooDeep { get; private set; }

    /// <summary>Takes the next token.</summary>
    /// <param name="reader">Stands on it.</param>
    /// <param name="at">Where it starts in the original text.</param>
    /// <param name="end">Where it ends there.</param>
    public void Take(ref Utf8JsonReader reader, long at, long end)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                parts[depth]?.Name(ref reader, at);
                break;
            case JsonTokenType.StartObject:
                Open(array: false, at);
                break;
            case JsonTokenType.StartArray:
                Open(array: true, at);
                break;
            case JsonTokenType.EndObject:
            case JsonTokenType.EndArray:
                parts[depth--]?.End(at);
                parts[depth]?.Closed(end);
                break;
            default:
                parts[depth]?.Value(ref reader, at, end);
                break;
        }
    }

    private void Open(bool array, long at)
    {
        if (depth == MaxDepth)
        {
            TooDeep = true;
            return;
        }

        var part =
            depth > 0 ? parts[depth]?.Child(array, at)
            : array ? null
            : root;
        parts[++depth] = part;
        part?.Start(at);
    }
}
