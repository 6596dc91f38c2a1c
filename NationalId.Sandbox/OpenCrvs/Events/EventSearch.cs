using System.Globalization;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>Core's search, as far as anybody needs it: it finds what the index holds, and nothing newer.</summary>
internal sealed class EventSearch(EventIndex index, EventsSettings settings)
{
    private const int UsualLimit = 100;
    private const int Furthest = 10_000;

    public JsonNode Find(JsonObject body)
    {
        var query = body["query"] is JsonValue text ? JsonNode.Parse((string)text!) : body["query"];
        if (query?["clauses"] is not JsonArray { Count: > 0 } clauses)
        {
            throw Invalid();
        }

        var any = (string?)query["type"] == "or";
        var found = index
            .All.Where(entry =>
                !settings.HiddenTypes.Contains((string?)entry["type"])
                && (
                    any
                        ? clauses.Any(clause => Matches(entry, clause!))
                        : clauses.All(clause => Matches(entry, clause!))
                )
            )
            .ToList();
        var (offset, limit) = ((int?)body["offset"] ?? 0, (int?)body["limit"] ?? UsualLimit);
        if (offset + limit > Furthest)
        {
            throw CoreException.Internal("Result window is too large");
        }

        if (body["sort"] is JsonArray { Count: > 0 } sort)
        {
            var field = (string)sort[0]!["field"]!;
            found = [.. found.OrderBy(entry => At(entry, field), StringComparer.Ordinal)];
            if ((string?)sort[0]!["direction"] == "desc")
            {
                found.Reverse();
            }
        }

        return new JsonObject
        {
            ["results"] = new JsonArray([.. found.Skip(offset).Take(limit).Select(entry => entry.DeepClone())]),
            ["total"] = found.Count,
        };
    }

    public static CoreException Invalid() => CoreException.BadRequest("Invalid input");

    private static bool Matches(JsonObject entry, JsonNode clause) =>
        clause
            .AsObject()
            .All(condition =>
                condition.Key switch
                {
                    "eventType" => (string?)entry["type"] == (string?)condition.Value,
                    "flags" => MatchesFlags(entry, condition.Value!),
                    "data" => condition
                        .Value!.AsObject()
                        .All(field => MatchesValue((string?)entry["declaration"]![field.Key], field.Value!)),
                    var path => MatchesValue(At(entry, path), condition.Value!),
                }
            );

    private static bool MatchesFlags(JsonObject entry, JsonNode wanted)
    {
        var flags = entry["flags"]!.AsArray().Select(flag => (string)flag!).ToList();
        return (wanted["anyOf"] is not JsonArray any || any.Any(flag => flags.Contains((string)flag!)))
            && (wanted["noneOf"] is not JsonArray none || none.All(flag => !flags.Contains((string)flag!)));
    }

    private static bool MatchesValue(string? value, JsonNode wanted) =>
        (string?)wanted["type"] switch
        {
            "exact" => value == (string?)wanted["term"],
            "range" => value is not null
                && Time(value) >= Time((string?)wanted["gte"])
                && Time(value) <= Time((string?)wanted["lte"]),
            _ => throw Invalid(),
        };

    /// <summary>
    /// Full times with a Z, or a date: that is a day of Dhaka's, six hours early, whatever country it is.
    /// </summary>
    private static DateTimeOffset Time(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.FromHours(6))
        : text?.EndsWith('Z') == true
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
        : throw Invalid();

    private static string? At(JsonObject entry, string path)
    {
        JsonNode? node = entry;
        foreach (var part in path.Split('.'))
        {
            node = (node as JsonObject)?[part];
        }

        return node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
    }
}
