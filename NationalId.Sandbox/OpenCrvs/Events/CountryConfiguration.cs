using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>A trigger as the country configuration got it, and how it was answered.</summary>
/// <param name="EventType">birth or death.</param>
/// <param name="Action">The action's type.</param>
/// <param name="EventId">The record.</param>
/// <param name="ClientStatus">The client's answer; null when it was not asked, or didn't answer.</param>
/// <param name="Status">The country configuration's own answer to core.</param>
/// <param name="Body">The event document, byte for byte.</param>
/// <param name="Token">The bearer token that came.</param>
/// <param name="Number">The registration number that was made.</param>
/// <param name="At">When the country configuration had its answer.</param>
public sealed record Trigger(
    string EventType,
    string Action,
    string EventId,
    int? ClientStatus,
    int Status,
    byte[] Body,
    string Token,
    string? Number,
    DateTimeOffset At
);

/// <summary>
/// A country's configuration with the handler of docs/opencrvs-2.md: registrations go on to the client with a number;
/// when it doesn't answer in time they are accepted with that same number. Changes of records go on to it too, and are
/// refused when it doesn't answer.
/// </summary>
internal sealed class CountryConfiguration(
    OpenCrvsSandbox owner,
    HttpClient http,
    SandboxSettings settings,
    FaultSwitch forward
)
{
    private static readonly string[] Changes = ["CUSTOM", "APPROVE_CORRECTION"];

    private readonly ConcurrentQueue<Trigger> triggers = new();
    private readonly InteropClient interop = new(http);

    public IReadOnlyCollection<Trigger> Triggers => triggers;

    public static IResult Forms() => Results.Text(EventForms.Configuration().ToJsonString(), "application/json");

    public async Task<IResult> TriggerAsync(HttpContext context)
    {
        var type = (string)context.Request.RouteValues["type"]!;
        var action = (string)context.Request.RouteValues["action"]!;
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        var body = buffer.ToArray();
        var token = Jwt.Bearer(context.Request);
        if (owner.Tokens.Read(token) is null)
        {
            return Results.Json(new { statusCode = 401, error = "Unauthorized" }, statusCode: 401);
        }

        var isOurs =
            settings.Events.ForwardsAll
            || action == "REGISTER"
            || (settings.Events.ForwardsChanges && Changes.Contains(action));
        var document = JsonNode.Parse(body)!;
        var number =
            action == "REGISTER" && settings.Events.MakesNumber
                ? DocumentFacts.NumberOf(type, (string)document["createdAt"]!, (string)document["trackingId"]!)
                : null;
        var path = $"/api/trigger/events/{type}/actions/{action}";
        var forwarded =
            !isOurs ? null
            : settings.Events.MosipApi is { } api
            && action == "REGISTER"
            && settings.Events.TellsMosipApi?.Invoke((string)document["trackingId"]!) != false
                ? await TellAsync(api, body, token!, number!, context.RequestAborted)
            : await ForwardAsync(path, body, token!, number, context.RequestAborted);
        var (status, text) = Decide(isOurs, action == "REGISTER", forwarded, number);
        triggers.Enqueue(
            new Trigger(
                type,
                action,
                (string)document["id"]!,
                forwarded?.Status,
                status,
                body,
                token!,
                number,
                settings.TimeProvider.GetUtcNow()
            )
        );
        if (status == 0)
        {
            context.Abort();
        }

        return Results.Text(text, "application/json", Encoding.UTF8, status == 0 ? 500 : status);
    }

    /// <summary>
    /// As OpenCRVS's example does since 2.0: whatever is no success is a rejection, and nobody waits for a death.
    /// </summary>
    private async Task<CountryAnswer?> TellAsync(
        string api,
        byte[] body,
        string token,
        string number,
        CancellationToken gone
    )
    {
        if (settings.ClientUrl is not { } client)
        {
            return null;
        }

        var document = JsonNode.Parse(body).Deserialize<EventDocument>(EventJson.Options)!;
        var told = await interop.RegisterAsync(
            new Uri(client, api),
            InteropClient.Payload(document, number, settings.OpenCrvsVersion == OpenCrvsVersion.V21),
            token,
            gone
        );
        return told.Status is < 200 or >= 300 ? new CountryAnswer(400, told.Body)
            : document.Type == "death" && settings.OpenCrvsVersion != OpenCrvsVersion.V19
                ? new CountryAnswer(200, new JsonObject { ["registrationNumber"] = number }.ToJsonString())
            : new CountryAnswer(202, told.Body);
    }

    private (int Status, string Body) Decide(bool isOurs, bool registers, CountryAnswer? forwarded, string? number)
    {
        if (!isOurs)
        {
            return (200, "{}");
        }

        return forwarded is { Status: 200 or 202 or 400 } ? (forwarded.Status, forwarded.Body)
            : settings.Events.AcceptsByItself && !registers ? (400, "{}")
            : settings.Events.AcceptsByItself ? (200, new JsonObject { ["registrationNumber"] = number }.ToJsonString())
            : (forwarded?.Status ?? 0, forwarded?.Body ?? "");
    }

    private async Task<CountryAnswer?> ForwardAsync(
        string path,
        byte[] body,
        string token,
        string? number,
        CancellationToken gone
    )
    {
        if (settings.ClientUrl is not { } client)
        {
            return null;
        }

        var (fault, _) = forward.Take();
        if (fault is Fault.Down)
        {
            return null;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(client, path))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (number is not null)
        {
            request.Headers.Add("X-Registration-Number", number);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(gone);
        if (settings.Events.AcceptsByItself)
        {
            patience.CancelAfter(settings.Events.Patience);
        }

        try
        {
            using var answer = await http.SendAsync(request, patience.Token);
            if (fault is Fault.DownAfter)
            {
                return null;
            }

            return new CountryAnswer((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(patience.Token));
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or OperationCanceledException)
        {
            return null;
        }
    }
}
