using System.Text;
using System.Text.Json;
using NationalId.Core.OpenCrvs.Fhir;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>An object some of whose properties have a type.</summary>
/// <param name="properties">The properties and what is expected of them.</param>
internal class ObjectShape(IReadOnlyList<(string Name, Expected Value)> properties) : JsonPart
{
    private readonly (byte[] Name, Expected Value)[] properties =
    [
        .. properties.Select(property => (Encoding.ASCII.GetBytes(property.Name), property.Value)),
    ];
    private Expected? expected;

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        expected = null;
        foreach (var (name, value) in properties)
        {
            if (reader.ValueTextEquals(name))
            {
                expected = value;
                return;
            }
        }
    }

    public override JsonPart? Child(bool array, long at) => expected?.Open(array, at);

    public override void Closed(long end) => expected?.Closed(end);

    public override void Value(ref Utf8JsonReader reader, long at, long end) =>
        expected?.Value(reader.TokenType, at, end);
}

/// <summary>An array whose members have a type.</summary>
internal sealed class ListShape(BodyEdits edits, Expected item, bool dropMisfits) : JsonPart
{
    private bool keptAny;
    private bool drops;
    private long previousEnd;
    private long dropFrom;
    private long start;

    public override void Start(long at)
    {
        keptAny = false;
        dropFrom = -1;
    }

    public override JsonPart? Child(bool array, long at)
    {
        Member(array ? JsonTokenType.StartArray : JsonTokenType.StartObject, at);
        return drops ? null : item.Open(array, at);
    }

    public override void Closed(long end)
    {
        if (!drops)
        {
            item.Closed(end);
        }

        MemberEnd(end);
    }

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        Member(reader.TokenType, at);
        if (!drops)
        {
            item.Value(reader.TokenType, at, end);
        }

        MemberEnd(end);
    }

    public override void End(long at) => DropUntil(at);

    private void Member(JsonTokenType token, long at)
    {
        DropUntil(at);
        start = at;
        drops = dropMisfits && !item.Takes(token);
    }

    // A comma goes with each member that goes: the one before it, or while no member was kept yet the one behind it.
    private void MemberEnd(long end)
    {
        if (!drops)
        {
            keptAny = true;
        }
        else if (keptAny)
        {
            edits.Delete(previousEnd, end);
        }
        else
        {
            dropFrom = start;
        }

        previousEnd = end;
    }

    private void DropUntil(long at)
    {
        if (dropFrom >= 0)
        {
            edits.Delete(dropFrom, at);
            dropFrom = -1;
        }
    }
}

/// <summary>A person's name: the receiver needs both of its parts.</summary>
internal sealed class NameShape(BodyEdits edits, ExpectedText text, ExpectedList texts)
    : ObjectShape([("use", text), ("given", texts), ("family", texts)])
{
    private static readonly byte[] Comma = ","u8.ToArray();
    private static readonly byte[] NoGiven = "\"given\":[]"u8.ToArray();
    private static readonly byte[] NoFamily = "\"family\":[]"u8.ToArray();

    private bool hasGiven;
    private bool hasFamily;
    private bool isEmpty;

    public override void Start(long at)
    {
        hasGiven = false;
        hasFamily = false;
        isEmpty = true;
    }

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isEmpty = false;
        hasGiven |= reader.ValueTextEquals("given"u8);
        hasFamily |= reader.ValueTextEquals("family"u8);
        base.Name(ref reader, at);
    }

    public override void End(long at)
    {
        if (!hasGiven)
        {
            Add(at, NoGiven);
        }

        if (!hasFamily)
        {
            Add(at, NoFamily);
        }
    }

    private void Add(long at, byte[] property)
    {
        if (!isEmpty)
        {
            edits.Insert(at, Comma);
        }

        edits.Insert(at, property);
        isEmpty = false;
    }
}

/// <summary>One coding of a concept.</summary>
internal sealed class CodingShape(BodyEdits edits, ExpectedText text, string wantedSystem)
    : ObjectShape([("system", text), ("code", text)])
{
    private readonly byte[] wantedSystem = Encoding.ASCII.GetBytes(wantedSystem);
    private bool isSystem;

    /// <summary>Whether it is of the system that tells what an identifier is.</summary>
    public bool IsWanted { get; private set; }

    /// <summary>Where changes are noted.</summary>
    public BodyEdits Edits => edits;

    public override void Start(long at) => IsWanted = false;

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isSystem = reader.ValueTextEquals("system"u8);
        base.Name(ref reader, at);
    }

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        if (isSystem)
        {
            IsWanted = JsonText.Is(ref reader, wantedSystem);
        }

        base.Value(ref reader, at, end);
    }
}

/// <summary>
/// Codings of which one stays: the first of the system that tells what an identifier is, else the first.
/// </summary>
internal sealed class CodingsShape(BodyEdits edits, ExpectedObject item, CodingShape coding) : JsonPart
{
    private int count;
    private bool isObject;
    private bool found;
    private long contentFrom;
    private long start;
    private long keptFrom;
    private long keptEnd;

    public override void Start(long at)
    {
        count = 0;
        found = false;
        contentFrom = at + 1;
    }

    public override JsonPart? Child(bool array, long at)
    {
        isObject = !array;
        start = at;
        return item.Open(array, at);
    }

    public override void Closed(long end)
    {
        item.Closed(end);
        Member(end, isObject && coding.IsWanted);
    }

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        start = at;
        item.Value(reader.TokenType, at, end);
        Member(end, wanted: false);
    }

    public override void End(long at)
    {
        if (count > 1)
        {
            edits.Delete(contentFrom, keptFrom);
            edits.Delete(keptEnd, at);
        }
    }

    private void Member(long end, bool wanted)
    {
        if (count == 0 || (wanted && !found))
        {
            keptFrom = start;
            keptEnd = end;
        }

        found |= wanted;
        count++;
    }
}

/// <summary>A resource: its identifiers are an array; a Composition, whose are not, is left without.</summary>
internal sealed class ResourceShape(
    BodyEdits edits,
    ExpectedIdentifiers identifiers,
    IReadOnlyList<(string Name, Expected Value)> properties
) : ObjectShape(properties)
{
    private static readonly byte[] Opening = "["u8.ToArray();
    private static readonly byte[] Closing = "]"u8.ToArray();

    private bool isIdentifier;
    private bool isType;
    private bool isComposition;
    private long previousEnd;
    private long nameFrom;
    private long beforeEnd;
    private long next;

    public override void Start(long at)
    {
        isComposition = false;
        previousEnd = -1;
        identifiers.Forget();
    }

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        NoteNext(at);
        isIdentifier = reader.ValueTextEquals("identifier"u8);
        isType = reader.ValueTextEquals("resourceType"u8);
        if (isIdentifier)
        {
            // It comes again: what it held before only has to be readable.
            WrapLone();
            nameFrom = at;
            beforeEnd = previousEnd;
            next = -1;
        }

        base.Name(ref reader, at);
    }

    public override JsonPart? Child(bool array, long at) =>
        isIdentifier ? identifiers.Open(array, at) : base.Child(array, at);

    public override void Closed(long end)
    {
        previousEnd = end;
        if (isIdentifier)
        {
            identifiers.Closed(end);
        }
        else
        {
            base.Closed(end);
        }
    }

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        previousEnd = end;
        if (isIdentifier)
        {
            identifiers.Value(reader.TokenType, at, end);
            return;
        }

        if (isType)
        {
            isComposition = JsonText.Is(ref reader, "Composition"u8);
        }

        base.Value(ref reader, at, end);
    }

    public override void End(long at)
    {
        NoteNext(at);
        if (!isComposition || identifiers.LoneFrom < 0)
        {
            WrapLone();
        }
        else if (beforeEnd >= 0)
        {
            edits.Delete(beforeEnd, identifiers.LoneEnd);
        }
        else
        {
            edits.Delete(nameFrom, next);
        }
    }

    private void NoteNext(long at)
    {
        if (next < 0)
        {
            next = at;
        }
    }

    private void WrapLone()
    {
        if (identifiers.LoneFrom >= 0)
        {
            edits.Insert(identifiers.LoneFrom, Opening);
            edits.Insert(identifiers.LoneEnd, Closing);
            identifiers.Forget();
        }
    }
}
