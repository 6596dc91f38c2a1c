using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Fhir;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// How much of one event document is kept: what a record needs is far below that, and nobody can fill our memory.
/// </summary>
internal sealed class DocumentLimits
{
    private const int MostActions = 10_000;
    private const int MostBytes = 1024 * 1024;
    private int actions;
    private int bytes;

    /// <summary>Whether there was more.</summary>
    public bool Passed => actions > MostActions || bytes > MostBytes;

    /// <summary>Counts an action.</summary>
    public void AddAction() => actions++;

    /// <summary>Counts a value.</summary>
    /// <param name="length">Its length in bytes.</param>
    public void AddValue(int length) => bytes += length + 16;
}

/// <summary>The event document itself: <c>{"id","type","trackingId","actions":[…]}</c>.</summary>
internal sealed class DocumentPart(ActionPart action) : JsonPart
{
    private readonly EachObject actions = new(action);
    private string name = "";

    /// <summary>Its texts by name, those of a later property of the same name in the place of an earlier's.</summary>
    public Dictionary<string, string> Texts { get; } = [];

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        name = reader.GetString()!;
        Texts.Remove(name);
        if (name == "actions")
        {
            action.All.Clear();
        }
    }

    public override JsonPart? Child(bool array, long at) => array && name == "actions" ? actions : null;

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        if (name is "id" or "type" or "trackingId" && JsonText.Read(ref reader) is { } text)
        {
            Texts[name] = text;
        }
    }
}

/// <summary>One of its actions.</summary>
internal sealed class ActionPart(DeclarationPart declaration, DocumentLimits limits) : JsonPart
{
    private Dictionary<string, string> texts = [];
    private DateTimeOffset? createdAt;
    private string name = "";

    /// <summary>All actions so far, in their order.</summary>
    public List<EventAction> All { get; } = [];

    public override void Start(long at)
    {
        texts = [];
        createdAt = null;
        declaration.Begin();
        limits.AddAction();
    }

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        name = reader.GetString()!;
        texts.Remove(name);
        if (name == "declaration")
        {
            declaration.Begin();
        }
    }

    public override JsonPart? Child(bool array, long at) => !array && name == "declaration" ? declaration : null;

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        if (name == "createdAt")
        {
            createdAt = JsonText.ReadTime(ref reader);
        }
        else if (IsKept && JsonText.Read(ref reader) is { } text)
        {
            texts[name] = text;
        }
    }

    public override void End(long at) =>
        All.Add(
            new EventAction(
                Text("id"),
                Text("type"),
                Text("status"),
                Text("transactionId"),
                Text("originalActionId"),
                Text("requestId"),
                Text("registrationNumber"),
                Text("createdByUserType"),
                createdAt,
                declaration.Values
            )
            {
                CustomType = Text("customActionType"),
                CreatedBy = Text("createdBy"),
            }
        );

    private bool IsKept =>
        name
            is "id"
                or "type"
                or "status"
                or "transactionId"
                or "originalActionId"
                or "requestId"
                or "registrationNumber"
                or "createdByUserType"
                or "customActionType"
                or "createdBy";

    private string? Text(string property) => texts.GetValueOrDefault(property);
}

/// <summary>What an action declares: the values of the fields that are wanted.</summary>
internal sealed class DeclarationPart(IReadOnlySet<string> wanted, DocumentLimits limits) : JsonPart
{
    private string? field;

    /// <summary>The values by field; null where the action clears one.</summary>
    public Dictionary<string, JsonNode?> Values { get; private set; } = [];

    /// <summary>Begins anew, for another action.</summary>
    public void Begin() => Values = [];

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        var name = reader.GetString()!;
        field = wanted.Contains(name) ? name : null;
    }

    public override JsonPart? Child(bool array, long at) =>
        field is { } name ? new NodePart(array, node => Values[name] = node, limits) : null;

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        if (field is { } name)
        {
            Values[name] = NodePart.Read(ref reader, limits);
        }
    }
}

/// <summary>The value of a wanted field, whatever its shape is.</summary>
internal sealed class NodePart(bool array, Action<JsonNode> done, DocumentLimits limits) : JsonPart
{
    private readonly JsonNode node = array ? new JsonArray() : new JsonObject();
    private string name = "";

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        name = reader.GetString()!;
        limits.AddValue(reader.ValueSpan.Length);
    }

    public override JsonPart? Child(bool array, long at)
    {
        limits.AddValue(0);
        return limits.Passed ? null : new NodePart(array, Add, limits);
    }

    public override void Value(ref Utf8JsonReader reader, long at, long end) => Add(Read(ref reader, limits));

    public override void End(long at) => done(node);

    /// <summary>A single value.</summary>
    public static JsonNode? Read(ref Utf8JsonReader reader, DocumentLimits limits)
    {
        limits.AddValue(reader.ValueSpan.Length);
        return reader.TokenType switch
        {
            _ when limits.Passed => null,
            JsonTokenType.String => JsonValue.Create(reader.GetString()),
            // A number as it is written: nobody calculates with it.
            JsonTokenType.Number => JsonValue.Create(Encoding.UTF8.GetString(reader.ValueSpan)),
            JsonTokenType.True => JsonValue.Create(true),
            JsonTokenType.False => JsonValue.Create(false),
            _ => null,
        };
    }

    private void Add(JsonNode? child)
    {
        if (node is JsonArray list)
        {
            list.Add(child);
        }
        else
        {
            node[name] = child;
        }
    }
}
