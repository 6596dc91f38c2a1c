using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Fhir;

namespace NationalId.Tests.Support;

/// <summary>Webhook bodies of our own, of the shapes that OpenCRVS sends.</summary>
internal static class Fixture
{
    public static readonly string[] Names =
    [
        "birth-string-types",
        "birth-composition",
        "death-national-ids",
        "birth-duplicates-stu3",
    ];

    /// <summary>One event of each version, in the order in which that version lists its resources.</summary>
    public static readonly string[] ReceiverNames = ["birth-1.3", "birth-1.6", "birth-1.7", "birth-1.9", "death-1.9"];

    public static byte[] Read(string name) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "events", name + ".json"));

    /// <summary>A birth with these entries in its bundle.</summary>
    public static byte[] Birth(params string[] entries) =>
        Encoding.UTF8.GetBytes(
            """{"event":{"hub":{"topic":"BIRTH_REGISTERED"},"context":[{"resourceType":"Bundle","entry":"""
                + $$$"""[{{{string.Join(',', entries)}}}]}]}}"""
        );

    public static string Entry(string resource) => $$"""{"resource":{{resource}}}""";

    public static readonly string Task = Entry("""{"resourceType":"Task","focus":{"reference":"Composition/c"}}""");

    public static EventScan Scan(ReadOnlySpan<byte> body, int chunk = int.MaxValue)
    {
        using var scanner = new EventScanner();
        for (; !body.IsEmpty; body = body[Math.Min(chunk, body.Length)..])
        {
            scanner.Append(body[..Math.Min(chunk, body.Length)]);
        }

        return scanner.Complete();
    }

    public static EventScan Scan(string body) => Scan(Encoding.UTF8.GetBytes(body));

    /// <summary>JSON as JavaScript reads it: the last of duplicate properties.</summary>
    public static JsonNode? LastWins(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return Convert(document.RootElement);

        static JsonNode? Convert(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                return new JsonArray([.. element.EnumerateArray().Select(Convert)]);
            }

            if (element.ValueKind != JsonValueKind.Object)
            {
                return JsonNode.Parse(element.GetRawText());
            }

            var result = new JsonObject();
            foreach (var property in element.EnumerateObject())
            {
                result[property.Name] = Convert(property.Value);
            }

            return result;
        }
    }

    /// <summary>The resource with this id in the body's bundle.</summary>
    public static JsonObject Resource(JsonNode? body, string key) =>
        body!["event"]!["context"]!
            .AsArray()
            .SelectMany(context => context?["entry"]?.AsArray() ?? [])
            .Single(entry =>
                entry!["resource"]!["id"]?.GetValue<string>() == key || entry["fullUrl"]?.GetValue<string>() == key
            )!["resource"]!.AsObject();
}
