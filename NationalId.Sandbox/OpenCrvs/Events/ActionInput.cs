using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>The checks that core makes of an input's form before anything else.</summary>
internal static class ActionInput
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly string[] CorrectionKeys =
    [
        "eventId",
        "transactionId",
        "type",
        "declaration",
        "annotation",
        "createdAtLocation",
        "requestId",
        "content",
        "keepAssignment",
    ];

    /// <summary>What an acceptance or rejection must have.</summary>
    /// <exception cref="CoreException">It lacks something.</exception>
    public static JsonObject OfConfirmation(JsonNode? node, ActionPath path)
    {
        var input = Object(node);
        var wanted = new List<string> { "eventId", "actionId", "transactionId" };
        if (path.Verb == "accept")
        {
            wanted.AddRange(
                path.Type switch
                {
                    "REGISTER" => ["registrationNumber"],
                    "APPROVE_CORRECTION" or "REJECT_CORRECTION" => ["requestId"],
                    "CUSTOM" => ["customActionType"],
                    _ => [],
                }
            );
        }

        Need(input, [.. wanted], "eventId", "actionId");
        return input;
    }

    /// <summary>An action that is asked for.</summary>
    /// <exception cref="CoreException">It lacks something.</exception>
    public static RequestedAction OfRequest(JsonNode? node, string type)
    {
        var input = Object(node);
        Need(
            input,
            type is "APPROVE_CORRECTION" or "REJECT_CORRECTION"
                ? ["eventId", "transactionId", "requestId"]
                : ["eventId", "transactionId"],
            "eventId"
        );
        return Read(input, type);
    }

    /// <summary>A correction over REST, whose keys are checked strictly.</summary>
    /// <param name="node">The body.</param>
    /// <param name="type">The action's type by the path.</param>
    /// <param name="eventId">The record by the path; null where it stands in the body.</param>
    /// <exception cref="CoreException">It is not as it must be.</exception>
    public static RequestedAction OfCorrection(JsonNode? node, string type, string? eventId)
    {
        var input = Object(node);
        if (eventId is not null)
        {
            input["eventId"] = eventId;
        }

        if (input.Select(pair => pair.Key).FirstOrDefault(key => !CorrectionKeys.Contains(key)) is { } strange)
        {
            throw Issues(
                new JsonObject
                {
                    ["code"] = "unrecognized_keys",
                    ["keys"] = new JsonArray(strange),
                    ["path"] = new JsonArray(),
                    ["message"] = $"Unrecognized key: \"{strange}\"",
                }
            );
        }

        Need(
            input,
            type == "REQUEST_CORRECTION"
                ? ["eventId", "transactionId", "createdAtLocation"]
                : ["eventId", "transactionId", "createdAtLocation", "requestId"],
            "eventId",
            "createdAtLocation"
        );
        if (type == "REQUEST_CORRECTION" && input["declaration"] is not JsonObject)
        {
            throw Undefined("declaration", "object");
        }

        if ((string?)input["createdAtLocation"] is not (EventsCore.Office or EventsCore.HealthFacility))
        {
            throw CoreException.BadRequest("createdAtLocation must be an office or a health facility");
        }

        return Read(input, type);
    }

    private static RequestedAction Read(JsonObject input, string type) =>
        new((string)input["eventId"]!, type, (string)input["transactionId"]!)
        {
            Declaration = input["declaration"]?.DeepClone() as JsonObject ?? [],
            Annotation = input["annotation"]?.DeepClone() as JsonObject,
            Content = input["content"]?.DeepClone() as JsonObject,
            RequestId = (string?)input["requestId"],
            CustomActionType = (string?)input["customActionType"],
            CreatedAtLocation = (string?)input["createdAtLocation"],
        };

    private static JsonObject Object(JsonNode? node) =>
        node as JsonObject
        ?? throw Issues(
            new JsonObject
            {
                ["expected"] = "object",
                ["code"] = "invalid_type",
                ["path"] = new JsonArray(),
                ["message"] = "Invalid input: expected object, received undefined",
            }
        );

    private static void Need(JsonObject input, string[] texts, params string[] ids)
    {
        foreach (var name in texts)
        {
            if (input[name] is not JsonValue value || !value.TryGetValue<string>(out var text))
            {
                throw Undefined(name, "string");
            }

            if (ids.Contains(name) && !Guid.TryParse(text, out _))
            {
                throw Issues(
                    new JsonObject
                    {
                        ["origin"] = "string",
                        ["code"] = "invalid_format",
                        ["format"] = "uuid",
                        ["path"] = new JsonArray(name),
                        ["message"] = "Invalid UUID",
                    }
                );
            }
        }
    }

    private static CoreException Undefined(string name, string expected) =>
        Issues(
            new JsonObject
            {
                ["expected"] = expected,
                ["code"] = "invalid_type",
                ["path"] = new JsonArray(name),
                ["message"] = $"Invalid input: expected {expected}, received undefined",
            }
        );

    private static CoreException Issues(JsonObject issue) =>
        CoreException.BadRequest(new JsonArray(issue).ToJsonString(Indented));
}
