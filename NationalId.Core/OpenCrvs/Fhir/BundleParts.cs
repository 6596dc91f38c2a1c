using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>What may be the bundle: <c>{"resourceType","entry":[…]}</c>.</summary>
internal sealed class BundlePart(BundleFacts facts, EntriesPart entries, ScanMarks marks) : JsonPart
{
    private bool isType;
    private bool isEntry;
    private bool isBundle;

    /// <summary>Whether a Bundle was read to its end.</summary>
    public bool Found { get; private set; }

    public void Forget()
    {
        Found = false;
        facts.Clear();
    }

    public override void Start(long at)
    {
        isBundle = false;
        facts.Clear();
        facts.Start = at;
        marks.Last = ScanMark.BundleStarts;
    }

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isEntry = reader.ValueTextEquals("entry"u8);
        isType = !isEntry && reader.ValueTextEquals("resourceType"u8);
        if (isEntry)
        {
            facts.Clear();
        }
        else if (isType)
        {
            isBundle = false;
        }
    }

    public override JsonPart? Child(bool array, long at) => isEntry && array ? entries : null;

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        if (isType)
        {
            isBundle = JsonText.Is(ref reader, "Bundle"u8);
        }
    }

    public override void End(long at)
    {
        marks.Last = ScanMark.BundleEnds;
        Found = isBundle;
        if (!Found)
        {
            facts.Clear();
        }
    }
}

/// <summary>The bundle's entries; it knows where each stands among the others.</summary>
internal sealed class EntriesPart(BundleFacts facts, EntryPart entry) : JsonPart
{
    private long previousEnd;

    public override void Start(long at) => previousEnd = -1;

    public override JsonPart? Child(bool array, long at)
    {
        facts.FirstEntry ??= at;
        entry.PreviousEnd = previousEnd;
        return array ? null : entry;
    }

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        facts.FirstEntry ??= at;
        previousEnd = end;
    }

    public override void Closed(long end) => previousEnd = end;
}

/// <summary>One entry: <c>{"fullUrl","resource":{…}}</c>.</summary>
internal sealed class EntryPart(BundleFacts facts, ResourcePart resource) : JsonPart
{
    private bool isFullUrl;
    private bool isResource;
    private string? fullUrl;
    private long start;

    /// <summary>Where the entry before it ended; negative for the first.</summary>
    public long PreviousEnd { get; set; }

    public override void Start(long at)
    {
        start = at;
        fullUrl = null;
        resource.Forget();
    }

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isResource = reader.ValueTextEquals("resource"u8);
        isFullUrl = !isResource && reader.ValueTextEquals("fullUrl"u8);
        if (isResource)
        {
            resource.Forget();
        }
        else if (isFullUrl)
        {
            fullUrl = null;
        }
    }

    public override JsonPart? Child(bool array, long at) => isResource && !array ? resource : null;

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        if (isFullUrl)
        {
            fullUrl = JsonText.Read(ref reader);
        }
    }

    public override void End(long at) => resource.AddTo(facts, fullUrl, new(start, at + 1, PreviousEnd));
}
