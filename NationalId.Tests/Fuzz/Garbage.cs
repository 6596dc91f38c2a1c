using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace NationalId.Tests.Fuzz;

/// <summary>Generators of what nobody should send.</summary>
internal static class Garbage
{
    /// <summary>Is in everything that is sent, so that a log which holds any of it is found out.</summary>
    public const string Marker = "Qz7fuzzed";

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Elements(
            "",
            " ",
            "\\u0000",
            "\\ud800",
            "\\udc00\\ud800",
            "\\u202e",
            "../..",
            "a/b\\\\c#d?e",
            "%00",
            "' or 1=1 --",
            "${jndi:x}",
            "\u0001",
            "\u007f",
            "Zoë\u0301",
            "\U0001F9EA"
        ),
        Gen.Choose(1, 600).Select(length => new string('ä', length)),
        Gen.Choose(1, 70_000).Select(length => new string('x', length))
    );

    private static readonly Gen<byte[]> Strings = Text.Select(text => Utf8($"\"{Marker}{text}\""));

    private static readonly Gen<byte[]> Numbers = Gen.OneOf(
        Gen.Elements(
                "0",
                "-0",
                "01",
                "1e999999",
                "-1E-999999",
                "0.1e+2147483648",
                "18446744073709551616",
                "9223372036854775808",
                "NaN",
                "-",
                "1."
            )
            .Select(Utf8),
        Gen.Choose(1, 40_000).Select(digits => Utf8(new string('9', digits)))
    );

    private static readonly Gen<byte[]> NotUtf8 = Gen.Elements<byte[]>(
            [0xFF],
            [0xC0, 0x80],
            [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xE2, 0x82],
            [0x80],
            [0xFE, 0xFF]
        )
        .Select(bytes => (byte[])[(byte)'"', .. Utf8(Marker), .. bytes, (byte)'"']);

    private static readonly Gen<byte[]> Nested =
        from depth in Gen.Choose(2, 20_000)
        from open in Gen.Elements("[", "{\"a\":", "[{\"b\":[")
        from closed in Gen.Elements(true, false)
        let opened = string.Concat(Enumerable.Repeat(open, depth))
        select Utf8(
            closed
                ? opened
                    + "1"
                    + string.Concat(opened.Reverse().Where(c => c is '[' or '{').Select(c => c == '[' ? ']' : '}'))
                : opened
        );

    private static readonly Gen<byte[]> Value = Gen.OneOf(
        Gen.Elements(
                "null",
                "true",
                "[]",
                "{}",
                "\"\"",
                "{\"\":{}}",
                "[[],{}]",
                "'a'",
                "\"unterminated",
                "[1,]",
                "{,}",
                "//x",
                ""
            )
            .Select(Utf8),
        Strings,
        Strings,
        Numbers,
        NotUtf8,
        Nested
    );

    private static readonly Gen<byte[]> Bytes = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().Resize(60);

    /// <summary>JSON as it should be, and everything near it.</summary>
    public static Gen<byte[]> Json(string good)
    {
        var json = Utf8(good);
        var spans = Spans(json);
        var any = Gen.Elements(spans);
        var replaced = from span in any from value in Value select Replace(json, span, value);
        return Gen.Frequency(
            (2, Gen.Constant(json)),
            (5, replaced),
            (
                3,
                from times in Gen.Choose(2, 4)
                from several in any.ArrayOf(times)
                from value in Value
                select several
                    .OrderByDescending(span => span.Start)
                    .Aggregate(json, (body, span) => span.End <= body.Length ? Replace(body, span, value) : body)
            ),
            (3, from length in Gen.Choose(0, json.Length - 1) select json[..length]),
            (
                2,
                from at in Gen.Choose(0, json.Length)
                from bytes in Bytes
                select (byte[])[.. json[..at], .. bytes, .. json[at..]]
            ),
            (
                1,
                from at in Gen.Choose(0, json.Length - 1)
                from bytes in Bytes
                select (byte[])[.. json[..at], .. bytes, .. json[Math.Min(json.Length, at + bytes.Length)..]]
            ),
            (
                1,
                from span in any
                select (byte[])[.. json[..span.Start], .. json[span.Start..span.End], (byte)',', .. json[span.Start..]]
            ),
            (1, Value),
            (1, Bytes),
            (
                1,
                Gen.Elements<byte[]>(
                    [0xEF, 0xBB, 0xBF, .. json],
                    [.. json, .. json],
                    [.. json, 0],
                    Encoding.Unicode.GetBytes(good),
                    Encoding.BigEndianUnicode.GetBytes("\uFEFF" + good),
                    Encoding.UTF32.GetBytes(good)
                )
            )
        );
    }

    /// <summary>A CSV, and everything near it.</summary>
    public static Gen<byte[]> Csv(string good)
    {
        var csv = Utf8(good);
        return Gen.Frequency(
            (2, Gen.Constant(csv)),
            (2, from length in Gen.Choose(0, csv.Length) select csv[..length]),
            (
                2,
                from at in Gen.Choose(0, csv.Length)
                from bytes in Bytes
                select (byte[])[.. csv[..at], .. bytes, .. csv[at..]]
            ),
            (
                2,
                from at in Gen.Choose(0, csv.Length)
                from text in Gen.Elements("\"", "\"\"", ",,,,,,", "\r", "\0", "\n\n\n", "\"\n")
                select (byte[])[.. csv[..at], .. Utf8(text), .. csv[at..]]
            ),
            (
                1,
                from columns in Gen.Choose(1, 5_000)
                select Utf8(
                    string.Join(',', Enumerable.Range(0, columns).Select(column => Marker + column))
                        + "\n"
                        + new string(',', columns)
                )
            ),
            (1, Bytes),
            (1, from length in Gen.Choose(1, 400_000) select (byte[])[.. csv, .. Utf8("\"" + new string('y', length))])
        );
    }

    /// <summary>Headers, as raw lines; the flag tells whether HTTP allows them.</summary>
    public static readonly Gen<(string[] Lines, bool Allowed)> Headers = Gen.Frequency<(string[], bool)>(
        (8, Gen.Constant<(string[], bool)>(([], true))),
        (
            2,
            Gen.Elements(
                    "traceparent: 00-" + Marker,
                    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz",
                    "baggage: a=" + Marker,
                    "Cookie: " + Marker,
                    "Expect: " + Marker,
                    "Content-Encoding: gzip",
                    "X-Forwarded-For: " + Marker,
                    "X-HTTP-Method-Override: DELETE",
                    "Accept: " + Marker,
                    "Accept-Language: " + Marker,
                    "If-None-Match: *",
                    "Range: bytes=0-" + Marker,
                    "Origin: null",
                    "Sec-Fetch-Site: " + Marker,
                    "tracestate: " + Marker,
                    "Content-Language: \"",
                    "x-functions-key: " + Marker,
                    "X-Hub-Signature: sha256=" + Marker,
                    "Authorization: Basic " + Marker,
                    "Authorization: Bearer " + Marker
                )
                .Select(line => ((string[])[line], true))
        ),
        (1, Gen.Choose(1, 12).Select(count => ((string[])[.. Enumerable.Repeat("X-Twice: " + Marker, count)], true))),
        (1, Gen.Choose(1, 7_000).Select(length => ((string[])["X-Long: " + Marker + new string('z', length)], true))),
        (
            1,
            Gen.Choose(40_000, 100_000)
                .Select(length => ((string[])["X-Longer: " + Marker + new string('z', length)], false))
        ),
        (
            1,
            Gen.Choose(101, 3_000)
                .Select(count =>
                    ((string[])[.. Enumerable.Range(0, count).Select(number => $"X-{Marker}-{number}: 1")], false)
                )
        ),
        (
            2,
            Gen.Elements(
                    "No-Colon-" + Marker,
                    "X-Nul: \0" + Marker,
                    "X Space: " + Marker,
                    ": " + Marker,
                    "X-Bad: \u00ff\u00fe" + Marker,
                    "X-Folded: a\r\n " + Marker,
                    "X-Bare: a\r" + Marker,
                    "\u00e4: 1",
                    "Host: second.example",
                    "Upgrade: h2c",
                    "Connection: Upgrade"
                )
                .Select(line => ((string[])[line], false))
        )
    );

    /// <summary>Content types, most of them right.</summary>
    public static Gen<string> ContentType(string right) =>
        Gen.Frequency(
            (6, Gen.Constant(right)),
            (
                1,
                Gen.Elements(
                    "",
                    "text/html",
                    "application/xml",
                    "application/x-www-form-urlencoded",
                    "application/json; charset=utf-16",
                    "application/json; charset=" + Marker,
                    "multipart/form-data",
                    "multipart/form-data; boundary=",
                    "multipart/form-data; boundary=\"" + Marker,
                    "multipart/form-data; boundary=" + new string('b', 300),
                    "multipart/mixed; boundary=x",
                    "/",
                    ";;;",
                    "application/json, text/plain",
                    "application/json; charset=utf-7",
                    "\"" + Marker
                )
            )
        );

    /// <summary>
    /// What may stand in the place of a route's parameter. Without the marker: ASP.NET Core's log scopes name the path.
    /// </summary>
    public static Gen<string> Segment(string known) =>
        Gen.Frequency(
            (4, Gen.Constant(known)),
            (1, Gen.Constant("00000000-0000-4000-8000-000000000000")),
            (1, Gen.Constant(new string('a', 64))),
            (
                3,
                Gen.Elements(
                    "Qz7path",
                    "%00",
                    "%2e%2e",
                    "%2F",
                    "%ff%fe",
                    "%C0%80",
                    "%ED%A0%80",
                    "%25",
                    "%",
                    "a;b=c",
                    "..",
                    "*",
                    "~",
                    "%0d%0aX-Injected:1",
                    "'",
                    "\"",
                    "<script>",
                    "%E2%80%AE",
                    "(null)",
                    "\u00e4"
                )
            ),
            (1, Gen.Choose(1, 9_000).Select(length => "Qz7path" + new string('k', length)))
        );

    /// <summary>Query strings.</summary>
    public static readonly Gen<string> Query = Gen.Frequency(
        (6, Gen.Constant("")),
        (
            3,
            from name in Gen.Elements(
                "state",
                "from",
                "to",
                "limit",
                "mode",
                "challenge",
                "topic",
                "code",
                "x",
                "",
                "%00"
            )
            from value in Gen.Elements(
                "",
                Marker,
                "%",
                "%zz",
                "%00",
                "%ff",
                "%ED%A0%80",
                "-1",
                "0",
                "1000",
                "99999999999999999999",
                "Waiting",
                "waiting,Poisoned",
                "7",
                "2026-11-23",
                "0001-01-01",
                "9999-12-31T23:59:59.9999999Z",
                "2026-11-23T00:00:00+14:00",
                "subscribe",
                "+/=",
                "a&state=b",
                "%D0%AF",
                "\u00e4"
            )
            from more in Gen.Elements(
                "",
                "&mode=subscribe",
                "&mode=subscribe&challenge=a%2Bb",
                "&state=Waiting&state=Flagged",
                "&limit=5",
                "&&&=&="
            )
            select $"?{name}={value}{more}"
        ),
        (1, Gen.Choose(1, 1_200).Select(count => "?" + string.Join('&', Enumerable.Repeat("a=b", count)))),
        (1, Gen.Choose(1, 9_000).Select(length => "?challenge=" + Marker + new string('q', length)))
    );

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Replace(byte[] body, (int Start, int End) span, byte[] value) =>
        [.. body[..span.Start], .. value, .. body[span.End..]];

    /// <summary>Where the values of a JSON text are.</summary>
    private static (int Start, int End)[] Spans(byte[] json)
    {
        List<(int, int)> spans = [];
        Stack<int> open = [];
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                open.Push((int)reader.TokenStartIndex);
            }
            else if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
            {
                spans.Add((open.Pop(), (int)reader.BytesConsumed));
            }
            else if (reader.TokenType is not JsonTokenType.PropertyName)
            {
                spans.Add(((int)reader.TokenStartIndex, (int)reader.BytesConsumed));
            }
        }

        return [.. spans];
    }
}
