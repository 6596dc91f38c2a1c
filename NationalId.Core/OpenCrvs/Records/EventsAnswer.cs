using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>What the events service answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Record">The record that it answered, in its procedures' form or its REST form.</param>
/// <param name="Message">What it says is wrong. It may hold data of the record: never to be logged or stored.</param>
internal sealed record EventsAnswer(int Status, EventDocument? Record, string? Message)
{
    /// <summary>Whether OpenCRVS said yes. That proves nothing: the record does.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>Whether the action was rejected before.</summary>
    public bool SaysRejected =>
        Status == 400 && Message?.Contains("already been rejected", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Reads an answer.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="content">Its body.</param>
    /// <exception cref="TransientFailureException">It says yes, but not with a record.</exception>
    public static EventsAnswer Read(int status, byte[] content)
    {
        var root = Parse(content);
        if (status is < 200 or >= 300)
        {
            var error = At(root, "error", "json") ?? root;
            return new EventsAnswer(status, null, Text(error, "message"));
        }

        var record = At(root, "result", "data", "json") ?? root;
        return record is JsonObject found && Text(found, "id") is not null
            ? new EventsAnswer(status, Document(found), null)
            : throw Failures.Unreadable(EventsClient.Party);
    }

    /// <summary>The status alone.</summary>
    public override string ToString() => $"{nameof(EventsAnswer)} {Status}";

    /// <summary>What an answer without success means.</summary>
    public TransientFailureException Failure() =>
        new(
            Status switch
            {
                400 => "OpenCRVS does not take it as it is (400).",
                401 => "OpenCRVS does not take the token (401).",
                403 => "The token may not do this: scopes of the client, or another record's token (403).",
                404 => "OpenCRVS does not know the record or the action (404).",
                409 => "Somebody has the record assigned, or another change of it waits (409).",
                _ => string.Create(CultureInfo.InvariantCulture, $"OpenCRVS answered {Status}."),
            }
        );

    private static JsonNode? Parse(byte[] content)
    {
        try
        {
            return content.Length == 0 ? null : JsonNode.Parse(content);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static EventDocument Document(JsonObject record) =>
        new(
            Text(record, "id"),
            Text(record, "type"),
            Text(record, "trackingId"),
            [.. (record["actions"] as JsonArray ?? []).OfType<JsonObject>().Select(Action)]
        );

    private static EventAction Action(JsonObject action) =>
        new(
            Text(action, "id"),
            Text(action, "type"),
            Text(action, "status"),
            Text(action, "transactionId"),
            Text(action, "originalActionId"),
            Text(action, "requestId"),
            Text(action, "registrationNumber"),
            Text(action, "createdByUserType"),
            DateTimeOffset.TryParse(
                Text(action, "createdAt"),
                CultureInfo.InvariantCulture,
                DateTimeStyles.RoundtripKind,
                out var at
            )
                ? at
                : null,
            (action["declaration"] as JsonObject ?? []).ToDictionary(
                field => field.Key,
                field => field.Value?.DeepClone(),
                StringComparer.Ordinal
            )
        );

    private static JsonNode? At(JsonNode? root, params string[] path)
    {
        foreach (var name in path)
        {
            root = (root as JsonObject)?[name];
        }

        return root;
    }

    private static string? Text(JsonNode? node, string name) =>
        node is JsonObject of && of[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
