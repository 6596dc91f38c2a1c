using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>A record of OpenCRVS 1.9's new events, 2.0 and 2.1, as core stores and sends it.</summary>
public sealed record EventDocument(
    string Id,
    string Type,
    string CreatedAt,
    string UpdatedAt,
    IReadOnlyList<EventAction> Actions,
    string TrackingId
)
{
    /// <summary>Actions that wait for an answer: requested, and no other action answers them.</summary>
    [JsonIgnore]
    public IReadOnlyList<EventAction> Pending =>
        [
            .. Actions.Where(action =>
                action.Status == EventAction.Requested && Actions.All(answer => answer.OriginalActionId != action.Id)
            ),
        ];

    /// <summary>The registration's acceptances: one, if all is well.</summary>
    [JsonIgnore]
    public IReadOnlyList<EventAction> Registrations =>
        [.. Actions.Where(action => action is { Type: "REGISTER", Status: EventAction.Accepted })];

    public JsonNode ToJson() => JsonSerializer.SerializeToNode(this, EventJson.Options)!;

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, EventJson.Options);
}

/// <summary>One action of a record. The order of the properties is core's.</summary>
public sealed record EventAction
{
    public const string Requested = "Requested";
    public const string Accepted = "Accepted";
    public const string Rejected = "Rejected";

    public string Id { get; init; } = Guid.NewGuid().ToString();

    public required string TransactionId { get; init; }

    public required string CreatedByUserType { get; init; }

    public string CreatedAt { get; init; } = "";

    public required string CreatedBy { get; init; }

    public string? CreatedByRole { get; init; }

    public string? CreatedAtLocation { get; init; }

    public JsonObject Declaration { get; init; } = [];

    public JsonObject? Annotation { get; init; }

    public required string Status { get; init; }

    public string? OriginalActionId { get; init; }

    public required string Type { get; init; }

    public string? RegistrationNumber { get; init; }

    public string? RequestId { get; init; }

    public JsonObject? Content { get; init; }

    public string? CustomActionType { get; init; }

    public string? AssignedTo { get; init; }
}

/// <summary>JSON as core writes it: camelCase, nothing that is absent, letters of all languages as they are.</summary>
internal static class EventJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Puts one declaration over another: objects are merged, null clears.</summary>
    public static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (name, value) in from)
        {
            switch (value)
            {
                case null:
                    into.Remove(name);
                    break;
                case JsonObject inner when into[name] is JsonObject known:
                    Merge(known, inner);
                    break;
                default:
                    into[name] = value.DeepClone();
                    break;
            }
        }
    }
}
