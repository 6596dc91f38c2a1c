using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>Core's REST interface: corrections, one record, the search.</summary>
internal sealed class EventsRest(
    EventsCore core,
    EventsApi api,
    EventDatabase database,
    EventSearch search,
    SandboxSettings settings
)
{
    /// <summary>2.0: <c>EV/events/{eventId}/correction/{step}</c>; 1.9: <c>EV/events/correction/{step}</c>.</summary>
    public Task<IResult> CorrectAsync(HttpContext context) =>
        AnswerAsync(async () =>
        {
            var type = (string?)context.Request.RouteValues["step"] switch
            {
                "request" => "REQUEST_CORRECTION",
                "approve" => "APPROVE_CORRECTION",
                "reject" => "REJECT_CORRECTION",
                _ => throw CoreException.NotFound("Not found"),
            };
            var caller = api.Authenticate(context.Request);
            // NOTE: 1.9 has the same scope under another name.
            var scopes = core.Is19
                ? new[] { "record.registered.correct" }
                :
                [
                    .. type == "REQUEST_CORRECTION" ? ["record.request-correction"] : Array.Empty<string>(),
                    "record.correct",
                ];
            if (!caller.Has(scopes))
            {
                throw CoreException.Forbidden();
            }

            var wanted = ActionInput.OfCorrection(
                await BodyAsync(context.Request),
                type,
                (string?)context.Request.RouteValues["eventId"]
            );
            var document = database.Find(wanted.EventId);
            if (document is null || !scopes.Any(scope => caller.Reaches(scope, document.Type)))
            {
                throw CoreException.NoEvent(wanted.EventId);
            }

            if (caller.IsSystem && RecordState.Of(document).AssignedTo is not null)
            {
                throw CoreException.Conflict("System user can not perform action on assigned event");
            }

            EventForms.EnsureReadable(document);
            if (wanted.RequestId is { } request && document.Actions.All(action => action.Id != request))
            {
                throw CoreException.NotFound($"Correction request not found with ID: {request}");
            }

            return (await core.RequestAsync(caller, wanted)).ToJson();
        });

    /// <summary><c>GET EV/events/{eventId}</c>, since 2.0.</summary>
    public Task<IResult> GetAsync(HttpContext context) =>
        AnswerAsync(async () =>
            (
                await core.ReadAsync(api.Authenticate(context.Request), (string)context.Request.RouteValues["eventId"]!)
            ).ToJson()
        );

    /// <summary><c>POST EV/events/search</c>.</summary>
    public Task<IResult> SearchAsync(HttpContext context) =>
        AnswerAsync(async () =>
            api.Authenticate(context.Request).Has("record.search")
                ? search.Find(await BodyAsync(context.Request) as JsonObject ?? throw EventSearch.Invalid())
                : throw CoreException.Forbidden()
        );

    private async Task<IResult> AnswerAsync(Func<Task<JsonNode>> work)
    {
        JsonNode body;
        var status = 200;
        try
        {
            body = await work();
        }
        catch (CoreException error)
        {
            status = error.Status;
            body = new JsonObject
            {
                ["message"] = settings.Events.Production && status == 500 ? "Internal server error" : error.Message,
                ["code"] = error.Code,
            };
        }

        return Results.Text(body.ToJsonString(EventJson.Options), "application/json", statusCode: status);
    }

    private static async Task<JsonNode?> BodyAsync(HttpRequest request)
    {
        try
        {
            return await JsonNode.ParseAsync(request.Body);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
