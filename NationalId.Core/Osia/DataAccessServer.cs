using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Osia;

/// <summary>
/// What the population registry reads from us: OSIA's Data Access interface of a civil registry (docs/osia.md). It
/// answers with OSIA's statuses and bodies: an error has a body with 400 and 500 alone.
/// </summary>
/// <param name="callers">Checks tokens.</param>
/// <param name="people">The people who are served.</param>
/// <param name="attributes">The names of attributes.</param>
/// <param name="logger">Told when something that it needs does not answer.</param>
public sealed partial class DataAccessServer(
    DataAccessCallers callers,
    ServedPeople people,
    OsiaAttributes attributes,
    ILogger<DataAccessServer> logger
)
{
    private const int LongestBody = 64 * 1024;
    private const int DefaultLimit = 100;
    private const int MostHits = 1000;
    private const string AttributeNames = "attributeNames";
    private const string Names = "names";

    // Parameters that are no attributes. The reference implementation sends a transaction here too.
    private static readonly string[] Reserved = [Names, "offset", "limit", "transactionId"];
    private static readonly string[] Formats = ["pdf", "jpeg", "png"];

    /// <summary>Reads attributes of a person: one that is not served is an error in a 200, one without a value is left
    /// out.</summary>
    /// <param name="request">The registry's request.</param>
    /// <param name="uin">The person's number.</param>
    public Task<IResult> ReadAsync(HttpRequest request, string uin) =>
        GuardAsync(
            request,
            "read",
            "cr.person.read",
            async stop =>
            {
                var names = Values(request, AttributeNames);
                return names.Count == 0 ? Bad(OsiaError.Parameter("attributeNames is missing"))
                    : await people.FindAsync(uin, stop) is { } person ? Json(Select(person, names))
                    : Status(StatusCodes.Status404NotFound);
            }
        );

    /// <summary>Looks for people by attributes, the date of birth among them: we keep no other index of them.</summary>
    /// <param name="request">The registry's request.</param>
    public Task<IResult> FindAsync(HttpRequest request) =>
        GuardAsync(request, "find", "cr.person.read", stop => FindAsync(request, stop));

    /// <summary>Compares attributes of a person: an empty list when all are the same.</summary>
    /// <param name="request">The registry's request.</param>
    /// <param name="uin">The person's number.</param>
    public Task<IResult> MatchAsync(HttpRequest request, string uin) =>
        GuardAsync(
            request,
            "match",
            "cr.person.match",
            async stop =>
                DataAccessQuestions.Attributes(await OsiaRequests.BodyAsync(request, LongestBody)) is not { } asked
                    ? Bad(OsiaError.Body)
                : await people.FindAsync(uin, stop) is { } person ? Json(Differences(person, asked))
                : Status(StatusCodes.Status404NotFound)
        );

    /// <summary>Whether expressions about a person are all true; 403 when one is about what is not served.</summary>
    /// <param name="request">The registry's request.</param>
    /// <param name="uin">The person's number.</param>
    public Task<IResult> VerifyAsync(HttpRequest request, string uin) =>
        GuardAsync(
            request,
            "verify",
            "cr.person.verify",
            async stop =>
                DataAccessQuestions.Expressions(await OsiaRequests.BodyAsync(request, LongestBody)) is not { } asked
                    ? Bad(OsiaError.Body)
                : asked.Any(one => !attributes.Has(one.Name)) ? Status(StatusCodes.Status403Forbidden)
                : await people.FindAsync(uin, stop) is { } person
                    ? Json(
                        JsonValue.Create(
                            asked.All(one => person.Attributes.TryGetValue(one.Name, out var value) && one.Holds(value))
                        )
                    )
                : Status(StatusCodes.Status404NotFound)
        );

    /// <summary>Documents are not served: OpenCRVS sends us none.</summary>
    /// <param name="request">The registry's request.</param>
    public Task<IResult> DocumentAsync(HttpRequest request) =>
        GuardAsync(
            request,
            "document",
            "cr.document.read",
            _ =>
                Task.FromResult(
                    Values(request, "doctype").Count == 0 ? Bad(OsiaError.Parameter("doctype is missing"))
                    : Values(request, "format") is not [var format] ? Bad(OsiaError.Parameter("format is missing"))
                    : Formats.Contains(format) ? Status(StatusCodes.Status404NotFound)
                    : Status(StatusCodes.Status415UnsupportedMediaType)
                )
        );

    private static IReadOnlyList<string> Values(HttpRequest request, string name) =>
        [.. request.Query[name].OfType<string>().Where(value => value.Length > 0)];

    private static IResult Status(int status) => Results.StatusCode(status);

    private static IResult Bad(OsiaError error) =>
        Results.Json(error, OsiaJson.Default.OsiaError, statusCode: StatusCodes.Status400BadRequest);

    private static IResult Json(JsonNode answer) => Results.Text(answer.ToJsonString(), "application/json");

    private async Task<IResult> FindAsync(HttpRequest request, CancellationToken stop)
    {
        if (!Number("offset", 0, out var offset) || !Number("limit", DefaultLimit, out var limit))
        {
            return Bad(OsiaError.Parameter("offset and limit must be whole numbers, not below 0"));
        }

        var asked = request
            .Query.Where(one => !Reserved.Contains(one.Key))
            .ToDictionary(one => one.Key, one => one.Value.ToString(), StringComparer.Ordinal);
        if (asked.Keys.Any(name => !attributes.Has(name)))
        {
            return Bad(OsiaError.UnknownAttribute);
        }

        if (attributes.BirthDateName is not { } birthDate || !asked.TryGetValue(birthDate, out var born))
        {
            return Bad(OsiaError.Parameter("the date of birth is needed to look for somebody"));
        }

        var names = Values(request, Names);
        var found = new JsonArray();
        var hits = 0;
        await foreach (var person in people.BornAsync(born, stop))
        {
            if (Fits(person, asked) && hits++ >= offset && found.Count < Math.Min(limit, MostHits))
            {
                found.Add(
                    names.Count == 0 ? JsonValue.Create(person.Attributes[attributes.UinName]) : Select(person, names)
                );
            }
        }

        return found.Count == 0 ? Status(StatusCodes.Status404NotFound) : Json(found);

        bool Number(string name, int otherwise, out int value)
        {
            value = otherwise;
            return Values(request, name) is not [var text]
                || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        }
    }

    // Whom we can't name by a number is nobody's answer.
    private bool Fits(ServedPerson person, Dictionary<string, string> asked) =>
        person.Attributes.ContainsKey(attributes.UinName)
        && asked.All(one =>
            person.Attributes.TryGetValue(one.Key, out var value) && OsiaAttributes.AreSame(value, one.Value)
        );

    private JsonObject Select(ServedPerson person, IReadOnlyList<string> names)
    {
        var answer = new JsonObject();
        foreach (var name in names)
        {
            if (!attributes.Has(name))
            {
                answer[name] = new JsonObject
                {
                    ["code"] = OsiaError.UnknownAttribute.Code,
                    ["message"] = OsiaError.UnknownAttribute.Message,
                };
            }
            else if (person.Attributes.TryGetValue(name, out var value))
            {
                answer[name] = value;
            }
        }

        return answer;
    }

    private JsonArray Differences(ServedPerson person, IReadOnlyDictionary<string, string> asked)
    {
        var answer = new JsonArray();
        foreach (var (name, value) in asked)
        {
            var has = person.Attributes.TryGetValue(name, out var actual) && attributes.Has(name);
            if (!has || !OsiaAttributes.AreSame(actual!, value))
            {
                answer.Add((JsonNode)new JsonObject { ["attributeName"] = name, ["errorCode"] = has ? 1 : 0 });
            }
        }

        return answer;
    }

    private async Task<IResult> GuardAsync(
        HttpRequest request,
        string call,
        string scope,
        Func<CancellationToken, Task<IResult>> answer
    )
    {
        using var activity = Instruments.Activities.StartActivity(
            "data access " + call,
            System.Diagnostics.ActivityKind.Server
        );
        var stop = request.HttpContext.RequestAborted;
        try
        {
            var result = await callers.CheckAsync(request, scope, stop) switch
            {
                CallerVerdict.Allowed => await answer(stop),
                CallerVerdict.Unknown => Status(StatusCodes.Status401Unauthorized),
                CallerVerdict.Forbidden => Status(StatusCodes.Status403Forbidden),
                _ => throw new TransientFailureException("There are no keys to check the registry's token with."),
            };
            Instruments.DataAccess.Add(
                1,
                Instruments.Tag("call", call),
                Instruments.Tag("status", (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK)
            );
            return result;
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            LogUnavailable(WordFor(failure));
            Instruments.DataAccess.Add(1, Instruments.Tag("call", call), Instruments.Tag("status", 500));
            return Results.Json(
                OsiaError.Unexpected,
                OsiaJson.Default.OsiaError,
                statusCode: StatusCodes.Status500InternalServerError
            );
        }
    }

    /// <summary>What doesn't answer, or where a fault of ours is, in words that tell no data.</summary>
    private static string WordFor(Exception failure) =>
        failure switch
        {
            TransientFailureException known => known.Reason,
            SecretMissingException or SecretUnusableException => failure.Message,
            SecretStoreUnavailableException => failure.GetType().Name,
            _ => StorageFailures.Is(failure)
                ? failure.GetType().Name
                : $"an unexpected {failure.GetType().Name} at {failure.StackTrace}",
        };

    [LoggerMessage(132, LogLevel.Error, "The registry's question was answered 500: {Failure}")]
    private partial void LogUnavailable(string failure);
}
