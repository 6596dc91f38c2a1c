using System.Collections.Concurrent;
using System.Text.Json;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Sandbox.Control;

/// <summary>Drives the sandbox from other programs, over HTTP on its own port.</summary>
internal sealed class ControlApi(SandboxServer server)
{
    private readonly ConcurrentDictionary<string, SentEvent> sent = new();

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(
            "/births",
            Handle(async context => Answer(await server.OpenCrvs.SendBirthAsync(await ReadAsync<BirthRecord>(context))))
        );
        app.MapPost(
            "/deaths",
            Handle(async context => Answer(await server.OpenCrvs.SendDeathAsync(await ReadAsync<DeathRecord>(context))))
        );
        MapRegistrations(app);
        app.MapPost(
            "/resend/{number}",
            Handle(async context =>
                sent.TryGetValue(Route(context), out var earlier)
                    ? Answer(await server.OpenCrvs.ResendAsync(earlier))
                    : Results.NotFound()
            )
        );
        app.MapPost(
            "/challenge",
            Handle(async _ =>
                await server.OpenCrvs.ChallengeAsync() is { } reason
                    ? Json(new { ok = false, reason })
                    : Json(new { ok = true })
            )
        );
        app.MapPost(
            "/client",
            Handle(async context =>
            {
                server.ClientUrl = (await ReadAsync<ClientAddress>(context))?.Url;
                return Results.NoContent();
            })
        );
        app.MapPost("/faults", Handle(SetFaultAsync));
        app.MapGet(
            "/faults",
            Handle(_ =>
                Task.FromResult(
                    Json(
                        server.Faults.Values.Select(fault => new
                        {
                            fault.Name,
                            fault.Current,
                            fault.Calls,
                            fault.Failed,
                        })
                    )
                )
            )
        );
        app.MapPost(
            "/mosip/listening/{number}",
            Handle(async context =>
            {
                await (Route(context) == "off" ? server.StopMosipAsync() : server.StartMosipAsync());
                return Results.NoContent();
            })
        );
        app.MapGet(
            "/records/{number}",
            Handle(context => Task.FromResult(server.OpenCrvs.RecordResult(Route(context))))
        );
        app.MapGet("/mosip/persons", Handle(_ => Task.FromResult(Json(server.Mosip.Persons))));
        app.MapGet("/mosip/packets", Handle(_ => Task.FromResult(Json(server.Mosip.Packets.Stored))));
        app.MapGet(
            "/mosip/received",
            Handle(_ =>
                Task.FromResult(
                    Json(
                        new
                        {
                            server.Mosip.Received,
                            server.Mosip.Refused,
                            server.Mosip.Authentications,
                        }
                    )
                )
            )
        );
        app.MapPost(
            "/mosip/token/{number}",
            Handle(async context =>
                server.Mosip.FindByBirth(Route(context)) is null
                    ? Results.NotFound()
                    : Json(await server.SendUinTokenAsync(Route(context)))
            )
        );
        app.MapGet(
            "/nid/received",
            Handle(_ =>
                Task.FromResult(Json(new { server.NationalIdSystem.Received, server.NationalIdSystem.Refused }))
            )
        );
        app.MapGet("/nid/numbers", Handle(_ => Task.FromResult(Json(server.NationalIdSystem.AssignedNumbers.Values))));
        app.MapGet(
            "/osia/persons",
            Handle(_ =>
                Task.FromResult(
                    Json(
                        server.Osia.Registry.Persons.Select(person => new
                        {
                            person.Uin,
                            person.PhysicalStatus,
                            person.Attributes,
                        })
                    )
                )
            )
        );
        app.MapGet("/state", Handle(_ => Task.FromResult(State())));
    }

    /// <summary>Registrations of 1.9's new events and later.</summary>
    private void MapRegistrations(IEndpointRouteBuilder app)
    {
        app.MapPost(
            "/registrations",
            Handle(async context =>
                Json(await server.Events.RegisterAsync(await ReadAsync<RegistrationOrder>(context)))
            )
        );
        app.MapPost(
            "/registrations/{number}/again",
            Handle(async context =>
                server.Events.Find(Route(context)) is null
                    ? Results.NotFound()
                    : Json(await server.Events.PressAgainAsync(Route(context)))
            )
        );
        app.MapGet("/registrations/{number}", Handle(context => Task.FromResult(Registration(Route(context)))));
        app.MapGet(
            "/registrations",
            Handle(_ => Task.FromResult(Json(server.Events.Records.Select(document => Brief(document)))))
        );
    }

    private IResult Registration(string eventId) =>
        server.Events.Find(eventId) is { } document
            ? Json(
                new
                {
                    record = Brief(document),
                    indexed = server.Events.Indexed(eventId),
                    document = document.ToJson(),
                }
            )
            : Results.NotFound();

    private static object Brief(EventDocument document)
    {
        var state = RecordState.Of(document);
        return new
        {
            document.Id,
            document.Type,
            document.TrackingId,
            state.Status,
            state.Flags,
            state.Declaration,
            pending = document.Pending.Select(action => action.Id),
            registrationNumbers = document.Registrations.Select(action => action.RegistrationNumber),
        };
    }

    private IResult Answer(SentEvent item)
    {
        sent[item.RegistrationNumber] = item with { Body = [] };
        return Json(
            new
            {
                item.Topic,
                item.RegistrationNumber,
                item.CompositionId,
                item.TrackingId,
                item.PatientId,
                item.Status,
                bytes = item.Body.Length,
                attempts = item.Attempts.Select(attempt => new
                {
                    attempt.Status,
                    milliseconds = attempt.Took.TotalMilliseconds,
                    attempt.Error,
                }),
            }
        );
    }

    private async Task<IResult> SetFaultAsync(HttpContext context)
    {
        var order = await ReadAsync<FaultOrder>(context);
        if (order?.Target is null || (order.Target != "all" && !server.Faults.ContainsKey(order.Target)))
        {
            return Results.BadRequest("target is one of: all, " + string.Join(", ", server.Faults.Keys));
        }

        foreach (var fault in server.Faults.Values.Where(fault => order.Target == "all" || fault.Name == order.Target))
        {
            fault.Set(
                order.Fault,
                order.Times,
                order.DelaySeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                order.Says
            );
        }

        return Results.NoContent();
    }

    private IResult State() =>
        Json(
            new
            {
                server.ClientUrl,
                openCrvsUrl = server.OpenCrvsUrl,
                mosipUrl = server.MosipUrl,
                nationalIdSystemUrl = server.NationalIdSystemUrl,
                records = server.OpenCrvs.Records.Count,
                registrations = server.Events.Records.Count,
                confirmed = server.Events.Records.Count(record => record.Registrations.Count > 0),
                recordsWithAid = server.OpenCrvs.Records.Values.Count(record => record.Aid is not null),
                aidsDrawn = server.Mosip.DrawnAids.Count,
                births = server.Mosip.Received.Count(item => item.Kind == "birth"),
                deaths = server.Mosip.Received.Count(item => item.Kind == "death"),
                refused = server.Mosip.Refused.Count,
                persons = server.Mosip.Persons.Count,
                active = server.Mosip.Persons.Count(person => person.Active),
                numbers = server.NationalIdSystem.AssignedNumbers.Count,
            }
        );

    private static string Route(HttpContext context) => (string)context.Request.RouteValues["number"]!;

    private static IResult Json(object value) => Results.Json(value, SandboxJson.Options);

    private static async Task<T?> ReadAsync<T>(HttpContext context)
        where T : class
    {
        using var body = new StreamReader(context.Request.Body);
        var text = await body.ReadToEndAsync();
        return string.IsNullOrWhiteSpace(text) ? null : JsonSerializer.Deserialize<T>(text, SandboxJson.Options);
    }

    private static RequestDelegate Handle(Func<HttpContext, Task<IResult>> work) =>
        async context =>
        {
            IResult result;
            try
            {
                result = await work(context);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or HttpRequestException)
            {
                result = Results.Json(new { error = e.Message }, statusCode: 400);
            }

            await result.ExecuteAsync(context);
        };

    private sealed record ClientAddress(Uri? Url);

    private sealed record FaultOrder(string? Target, Fault Fault, int? Times, double? DelaySeconds, string? Says);
}
