using System.Text;
using System.Text.Json;
using NationalId.Core.OpenCrvs.Fhir;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// What a reader with fixed types expects at one place of a JSON text. It sees what stands there and notes the change
/// that makes it fit. No place of one kind lies within another of the same: one instance serves all, in turn.
/// </summary>
internal abstract class Expected(BodyEdits edits)
{
    protected static readonly byte[] Null = "null"u8.ToArray();
    protected static readonly byte[] Empty = "[]"u8.ToArray();
    protected static readonly byte[] Opening = "["u8.ToArray();
    protected static readonly byte[] Closing = "]"u8.ToArray();

    protected BodyEdits Edits { get; } = edits;

    /// <summary>Whether such a value fits, if need be with something around it.</summary>
    public abstract bool Takes(JsonTokenType token);

    /// <summary>An object or array opens there.</summary>
    /// <returns>Who reads what is in it; null when nobody has to.</returns>
    public abstract JsonPart? Open(bool array, long at);

    /// <summary>It closed.</summary>
    public abstract void Closed(long end);

    /// <summary>Another value stands there.</summary>
    public abstract void Value(JsonTokenType token, long at, long end);
}

/// <summary>A text; numbers and truth values are read as one.</summary>
internal sealed class ExpectedText(BodyEdits edits) : Expected(edits)
{
    private long from;

    public override bool Takes(JsonTokenType token) =>
        token is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False;

    public override JsonPart? Open(bool array, long at)
    {
        from = at;
        return null;
    }

    public override void Closed(long end) => Edits.Replace(from, end, Null);

    public override void Value(JsonTokenType token, long at, long end) { }
}

/// <summary>An object.</summary>
internal sealed class ExpectedObject : Expected
{
    private readonly JsonPart? shape;
    private readonly byte[]? before;
    private readonly byte[]? after;
    private long arrayFrom;

    /// <param name="edits">Where changes are noted.</param>
    /// <param name="shape">What is expected in it; null when that may be anything.</param>
    /// <param name="around">What makes an object of a text that stands there by itself.</param>
    public ExpectedObject(BodyEdits edits, JsonPart? shape, (string Before, string After)? around = null)
        : base(edits)
    {
        this.shape = shape;
        before = around is { } texts ? Encoding.ASCII.GetBytes(texts.Before) : null;
        after = around is { } others ? Encoding.ASCII.GetBytes(others.After) : null;
    }

    public override bool Takes(JsonTokenType token) =>
        token == JsonTokenType.StartObject || (token == JsonTokenType.String && before is not null);

    public override JsonPart? Open(bool array, long at)
    {
        arrayFrom = array ? at : -1;
        return array ? null : shape;
    }

    public override void Closed(long end)
    {
        if (arrayFrom >= 0)
        {
            Edits.Replace(arrayFrom, end, Null);
        }
    }

    public override void Value(JsonTokenType token, long at, long end)
    {
        if (token == JsonTokenType.String && before is not null)
        {
            Edits.Insert(at, before);
            Edits.Insert(end, after!);
        }
        else if (token != JsonTokenType.Null)
        {
            Edits.Replace(at, end, Null);
        }
    }
}

/// <summary>An array.</summary>
internal sealed class ExpectedList : Expected
{
    private readonly Expected item;
    private readonly ListShape members;
    private readonly bool emptyForNull;
    private long loneFrom;

    /// <param name="edits">Where changes are noted.</param>
    /// <param name="item">What its members are.</param>
    /// <param name="dropMisfits">Whether members that can't be made to fit, null among them, are left out; else null
    /// takes their place.</param>
    /// <param name="emptyForNull">Whether null must not stand for an array without members.</param>
    public ExpectedList(BodyEdits edits, Expected item, bool dropMisfits = false, bool emptyForNull = false)
        : base(edits)
    {
        this.item = item;
        this.emptyForNull = emptyForNull;
        members = new(edits, item, dropMisfits);
    }

    public override bool Takes(JsonTokenType token) => token == JsonTokenType.StartArray;

    public override JsonPart? Open(bool array, long at)
    {
        loneFrom = array ? -1 : at;
        return array ? members
            : item.Takes(JsonTokenType.StartObject) ? item.Open(array: false, at)
            : null;
    }

    public override void Closed(long end)
    {
        if (loneFrom < 0)
        {
            return;
        }

        if (item.Takes(JsonTokenType.StartObject))
        {
            Edits.Insert(loneFrom, Opening);
            Edits.Insert(end, Closing);
        }
        else
        {
            Edits.Replace(loneFrom, end, Empty);
        }
    }

    public override void Value(JsonTokenType token, long at, long end)
    {
        if (item.Takes(token))
        {
            Edits.Insert(at, Opening);
            item.Value(token, at, end);
            Edits.Insert(end, Closing);
        }
        else if (token != JsonTokenType.Null || emptyForNull)
        {
            Edits.Replace(at, end, Empty);
        }
    }
}

/// <summary>
/// A resource's identifiers. Where one object stands for the array, the resource decides at its end what becomes of it:
/// only then its type is known.
/// </summary>
internal sealed class ExpectedIdentifiers(ExpectedList list, ExpectedObject identifier)
{
    private bool isArray;

    /// <summary>Where the lone object starts; negative when there is none.</summary>
    public long LoneFrom { get; private set; } = -1;

    /// <summary>Where what follows it starts.</summary>
    public long LoneEnd { get; private set; }

    public void Forget() => LoneFrom = -1;

    public JsonPart? Open(bool array, long at)
    {
        isArray = array;
        if (array)
        {
            return list.Open(array, at);
        }

        LoneFrom = at;
        return identifier.Open(array, at);
    }

    public void Closed(long end)
    {
        if (isArray)
        {
            list.Closed(end);
        }
        else
        {
            LoneEnd = end;
        }
    }

    public void Value(JsonTokenType token, long at, long end) => list.Value(token, at, end);
}

/// <summary>The codings of a concept. The receiver takes the first: it becomes the only one.</summary>
internal sealed class ExpectedCodings : Expected
{
    private readonly ExpectedList list;
    private readonly CodingsShape members;
    private bool isArray;

    public ExpectedCodings(BodyEdits edits, CodingShape coding)
        : base(edits)
    {
        var item = new ExpectedObject(edits, coding);
        list = new(edits, item);
        members = new(edits, item, coding);
    }

    public override bool Takes(JsonTokenType token) => list.Takes(token);

    public override JsonPart? Open(bool array, long at)
    {
        isArray = array;
        return array ? members : list.Open(array, at);
    }

    public override void Closed(long end)
    {
        if (!isArray)
        {
            list.Closed(end);
        }
    }

    public override void Value(JsonTokenType token, long at, long end) => list.Value(token, at, end);
}
