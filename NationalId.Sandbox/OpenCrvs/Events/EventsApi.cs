using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>Core's tRPC: plain and in batches.</summary>
internal sealed class EventsApi(
    EventsCore core,
    EventConfirmations confirmations,
    EventTokens tokens,
    SandboxSettings settings
)
{
    /// <summary>Answers <c>POST EV/{procedures}</c> and <c>GET EV/{procedures}?input=…</c>.</summary>
    public async Task<IResult> CallAsync(HttpContext context)
    {
        var paths = ((string)context.Request.RouteValues["procedures"]!).Split(',');
        var isBatch = context.Request.Query.ContainsKey("batch");
        var isQuery = HttpMethods.IsGet(context.Request.Method);
        var input = await InputAsync(context.Request, isQuery);
        var answers = new List<(int Status, JsonObject Body)>();
        for (var i = 0; i < paths.Length; i++)
        {
            var own = isBatch ? input?[i.ToString()] : input;
            answers.Add(await AnswerAsync(context.Request, paths[i], own?["json"], isQuery));
        }

        if (!isBatch)
        {
            return Json(answers[0].Body, answers[0].Status);
        }

        var statuses = answers.Select(answer => answer.Status).Distinct().ToList();
        return Json(new JsonArray([.. answers.Select(answer => answer.Body)]), statuses is [var same] ? same : 207);
    }

    private static IResult Json(JsonNode body, int status) =>
        Results.Text(body.ToJsonString(EventJson.Options), "application/json", statusCode: status);

    private async Task<(int Status, JsonObject Body)> AnswerAsync(
        HttpRequest request,
        string path,
        JsonNode? input,
        bool isQuery
    )
    {
        try
        {
            var done = await DoAsync(request, path, input, isQuery);
            return (
                200,
                new JsonObject { ["result"] = new JsonObject { ["data"] = new JsonObject { ["json"] = done } } }
            );
        }
        catch (CoreException error)
        {
            return (error.Status, new JsonObject { ["error"] = new JsonObject { ["json"] = Tell(error, path) } });
        }
    }

    /// <summary>Production tells nothing of its own errors, not even the path.</summary>
    private JsonObject Tell(CoreException error, string path)
    {
        var isMasked = settings.Events.Production && error.Status == 500;
        var data = new JsonObject { ["code"] = error.Code, ["httpStatus"] = error.Status };
        if (!settings.Events.Production)
        {
            data["stack"] = $"TRPCError: {error.Message}\n    at core:1:1";
        }

        if (!isMasked)
        {
            data["path"] = path;
        }

        return new JsonObject
        {
            ["message"] = isMasked ? "Internal server error" : error.Message,
            ["code"] = error.Number,
            ["data"] = data,
        };
    }

    private async Task<JsonNode?> DoAsync(HttpRequest request, string path, JsonNode? input, bool isQuery)
    {
        var areas = AdministrativeAreas.Procedure(settings.OpenCrvsVersion);
        if (isQuery != (path == "event.get" || path == areas))
        {
            throw path == "event.get" || path == areas || ActionPath.Parse(path, settings.OpenCrvsVersion) is not null
                ? CoreException.MethodNotSupported(
                    $"Unsupported {request.Method}-request to procedure at path \"{path}\""
                )
                : CoreException.NotFound($"No procedure found on path \"{path}\"");
        }

        var caller = Authenticate(request);
        if (path == areas)
        {
            // NOTE: 1.9 lists them to systems alone.
            return core.Is19 && !caller.IsSystem ? throw CoreException.Forbidden() : AdministrativeAreas.List();
        }

        if (isQuery)
        {
            return (await core.ReadAsync(caller, EventIdOf(input))).ToJson();
        }

        var action =
            ActionPath.Parse(path, settings.OpenCrvsVersion)
            ?? throw CoreException.NotFound($"No procedure found on path \"{path}\"");
        if (action.Verb == "request")
        {
            return caller.IsSystem && !action.IsForSystems
                ? throw CoreException.Forbidden()
                : (await core.RequestAsync(caller, ActionInput.OfRequest(input, action.Type))).ToJson();
        }

        var confirmation = ActionInput.OfConfirmation(input, action);
        var document =
            action.Verb == "accept"
                ? await confirmations.AcceptAsync(caller, action.Type, confirmation)
                : await confirmations.RejectAsync(caller, action.Type, confirmation);
        return document.ToJson();
    }

    public Caller Authenticate(HttpRequest request) =>
        Jwt.Bearer(request) is not { } token
            ? throw CoreException.Unauthorized("Authorization token is missing")
            : tokens.Read(token) ?? throw CoreException.Unauthorized("Authentication failed");

    // 1.9 takes the bare id, 2.0 an object: each refuses the other.
    private string EventIdOf(JsonNode? input)
    {
        var node = core.Is19 ? input : (input as JsonObject)?["eventId"];
        return node is JsonValue value && value.TryGetValue<string>(out var id)
            ? id
            : throw CoreException.BadRequest("Invalid input: expected string");
    }

    private static async Task<JsonNode?> InputAsync(HttpRequest request, bool isQuery)
    {
        try
        {
            return isQuery
                ? request.Query["input"] is [{ Length: > 0 } input]
                    ? JsonNode.Parse(input)
                    : null
                : await JsonNode.ParseAsync(request.Body);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
