using System.Text;
using System.Text.Json;
using NationalId.Core.Mosip.TokenSeeder;

namespace NationalId.Tests.Mosip.TokenSeeder;

/// <summary>A request read as it comes says the same as one that is read as a whole.</summary>
public sealed class SeederJsonTests
{
    public static TheoryData<string> Requests =>
        [
            """{"request":{"authdata":[]}}""",
            """{"request":{"authdata":[{}]}}""",
            """{"request":{"authdata":[{"vid":"1"},{"vid":"2","a":[1,{"b":[]}]}],"mapping":{"vid":"nid"}},"id":""}""",
            """{"request":{"mapping":{"vid":"nid"},"authdata":[{"vid":"1"}]},"id":""}""",
            """{"id":"","request":{"authdata":{"vid":"1"},"lang":"eng"}}""",
            """{"id":"","request":{"authdata":null}}""",
            """{"id":"","request":{}}""",
            """{"id":"","request":null,"authdata":[1]}""",
            """{"authdata":[1],"other":{"authdata":[2],"request":{"authdata":[3]}},"request":{"authdata":[{"a":1}]}}""",
            """{"request":{"other":{"authdata":[4]},"authdata":[{"authdata":[5],"request":{"authdata":[6]}}]}}""",
            """{"r\u0065quest":{"auth\u0064ata":[{"a":"]}\\\"[{"}]}}""",
            "{\"request\" :\r\n {\"authdata\"\n:\r[ \n{\r\n\"a\" : \n1 }\n,\r{\"b\":\"é\\n\"}\n]\n}\n}\n\n",
            """{"metadata":[[],{},1.5e3,true,false,null,"x"],"request":{"authdata":[{"a":-0.1},{"b":"𝄞 ሰላም"}]}}""",
            "[]",
            "7",
            "\"text\"",
            "null",
            "[[[{\"request\":{\"authdata\":[1]}}]]]",
        ];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Wherever_it_is_cut_the_envelope_and_the_lines_are_the_same(string request)
    {
        using var whole = JsonDocument.Parse(request);
        var expected =
            whole.RootElement is { ValueKind: JsonValueKind.Object } root
            && root.TryGetProperty("request", out var inner)
            && inner.ValueKind is JsonValueKind.Object
            && inner.TryGetProperty("authdata", out var authdata)
            && authdata.ValueKind is JsonValueKind.Array
                ? authdata.EnumerateArray().Select(line => Plain(line.GetRawText())).ToList()
                : null;
        foreach (var bom in (string[])["", "\uFEFF"])
        {
            for (var size = 1; size < 40; size++)
            {
                List<string> lines = [];
                var text = await SeederJson.ReadAsync(
                    new Pieces(Encoding.UTF8.GetBytes(bom + request), size),
                    line =>
                    {
                        lines.Add(Encoding.UTF8.GetString(line.Span));
                        return ValueTask.CompletedTask;
                    },
                    default
                );
                Assert.Equal(expected?.Count, text.Lines);
                Assert.Equal(expected ?? [], lines.Select(Plain));
                Assert.All(lines, line => Assert.Equal(-1, line.AsSpan().IndexOfAny('\r', '\n')));
                using var envelope = JsonDocument.Parse(text.Json);
                Assert.Equal(
                    Plain(request),
                    expected is { Count: > 0 } ? Refill(envelope.RootElement, expected) : Plain(envelope)
                );
            }
        }
    }

    public static TheoryData<string, int> Bad =>
        new()
        {
            { "", 400 },
            { " \r\n\t ", 400 },
            { "{", 422 },
            { """{"request":{"authdata":[{"a":1}""", 422 },
            { """{"request":{"authdata":[{"a":1},""", 422 },
            { """{"request":{"authdata":[{"a":1},]}}""", 422 },
            { """{"request":{"authdata":[{"a":1}]}} x""", 422 },
            { """{"request":{"authdata":[{"a":1}]}}{}""", 422 },
            { """{"request":{"authdata":[{"a":1}}}""", 422 },
            { """{"request":{"authdata":[1]}}""", 422 },
            { """{"request":{"authdata":[[{}]]}}""", 422 },
            { """{"request":{"authdata":[{},null]}}""", 422 },
            { """{"request":{"authdata":[{}],"authdata":[{}]}}""", 422 },
            { """{"request":{"authdata":[{}]},"request":{}}""", 422 },
            { "{\"request\":{\"authdata\":[{\"a\":\"" + new string('x', 300_000) + "\"}]}}", 413 },
            { "{\"request\":{\"authdata\":[{\"a\":[" + new string(' ', 300_000) + "]}]}}", 413 },
            { "{\"request\":{\"authdata\":[" + new string(' ', 300_000) + "{}]}}", 200 },
            { "{\"a\":\"" + new string('x', 300_000) + "\",\"request\":{\"authdata\":[{}]}}", 413 },
            { new string(' ', 300_000) + "{}", 413 },
            { "{\"request\":{\"authdata\":[" + string.Concat(Enumerable.Repeat("{},", 100_000)) + "{}]}}", 413 },
            { "{\"request\":{\"authdata\":[{\"a\":" + new string('[', 40) + new string(']', 40) + "}]}}", 422 },
        };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_is_no_request_is_refused_wherever_it_is_cut(string request, int status)
    {
        foreach (var size in (int[])[1 << 20, 4096, 1000])
        {
            var read = SeederJson.ReadAsync(
                new Pieces(Encoding.UTF8.GetBytes(request), size),
                _ => ValueTask.CompletedTask,
                default
            );
            // White space between the lines is nobody's; but more of it than a line may have is refused where it
            // stands in one piece.
            Assert.Equal(
                status,
                await Record.ExceptionAsync(() => read) is { } failure
                    ? Assert.IsType<SeederException>(failure).Status
                    : 200
            );
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_damage_is_refused_in_the_seeders_words_or_read(int seed)
    {
        var good = Encoding.UTF8.GetBytes(
            """{"id":"","request":{"authdata":[{"vid":"1","name":"é"},{"vid":"2"}],"mapping":{"name":["a","b"]}}}"""
        );
        var random = new Random(seed);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = (byte[])good.Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var failure = await Record.ExceptionAsync(() =>
                SeederJson.ReadAsync(
                    new Pieces(bytes[..random.Next(bytes.Length)], random.Next(1, 50)),
                    line =>
                    {
                        JsonDocument.Parse(line).Dispose();
                        return ValueTask.CompletedTask;
                    },
                    default
                )
            );
            Assert.True(failure is null or SeederException, $"{failure}");
        }
    }

    private static string Plain(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Plain(document);
    }

    private static string Plain(JsonDocument json) => JsonSerializer.Serialize(json.RootElement);

    /// <summary>The request as it was: its lines put back.</summary>
    private static string Refill(JsonElement envelope, List<string> lines) =>
        JsonSerializer.Serialize(
            envelope
                .EnumerateObject()
                .ToDictionary(
                    property => property.Name,
                    property =>
                        property.Name != "request"
                            ? property.Value
                            : JsonSerializer.SerializeToElement(
                                property
                                    .Value.EnumerateObject()
                                    .ToDictionary(
                                        inner => inner.Name,
                                        inner =>
                                            inner.Name != "authdata"
                                                ? inner.Value
                                                : JsonSerializer.Deserialize<JsonElement>(
                                                    $"[{string.Join(',', lines)}]"
                                                )
                                    )
                            )
                )
        );

    /// <summary>A stream that gives a few bytes at a time.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
