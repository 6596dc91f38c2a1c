using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>The body's outermost object: <c>{"timestamp",…,"event":{…}}</c>.</summary>
internal sealed class BodyPart(EventPart content) : JsonPart
{
    private bool isTimestamp;
    private bool isEvent;

    public DateTimeOffset? Timestamp { get; private set; }

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isEvent = reader.ValueTextEquals("event"u8);
        isTimestamp = !isEvent && reader.ValueTextEquals("timestamp"u8);
        if (isEvent)
        {
            content.Forget();
        }
        else if (isTimestamp)
        {
            Timestamp = null;
        }
    }

    public override JsonPart? Child(bool array, long at) => isEvent && !array ? content : null;

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        if (isTimestamp)
        {
            Timestamp = JsonText.ReadTime(ref reader);
        }
    }
}

/// <summary>The event: <c>{"hub":{…},"context":[…]}</c>.</summary>
internal sealed class EventPart(HubPart hub, ContextsPart contexts) : JsonPart
{
    private bool isHub;
    private bool isContext;

    public void Forget()
    {
        hub.Forget();
        contexts.Forget();
    }

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isHub = reader.ValueTextEquals("hub"u8);
        isContext = !isHub && reader.ValueTextEquals("context"u8);
        if (isHub)
        {
            hub.Forget();
        }
        else if (isContext)
        {
            contexts.Forget();
        }
    }

    public override JsonPart? Child(bool array, long at) =>
        isHub && !array ? hub
        : isContext && array ? contexts
        : null;
}

/// <summary>What the subscription was for: <c>{"topic"}</c>.</summary>
internal sealed class HubPart : JsonPart
{
    private bool isTopic;

    public string? Topic { get; private set; }

    public void Forget() => Topic = null;

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isTopic = reader.ValueTextEquals("topic"u8);
        if (isTopic)
        {
            Topic = null;
        }
    }

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        if (isTopic)
        {
            Topic = JsonText.Read(ref reader);
        }
    }
}

/// <summary>The event's contexts. The first Bundle counts; OpenCRVS sends one.</summary>
internal sealed class ContextsPart(BundleFacts facts, BundlePart bundle) : JsonPart
{
    private bool isFirst;

    public void Forget() => bundle.Forget();

    public override void Start(long at) => isFirst = true;

    public override JsonPart? Child(bool array, long at)
    {
        NoteFirst(at);
        return array || bundle.Found ? null : bundle;
    }

    public override void Value(ref Utf8JsonReader reader, long at, long end) => NoteFirst(at);

    private void NoteFirst(long at)
    {
        if (isFirst)
        {
            facts.FirstContext = at;
            isFirst = false;
        }
    }
}
