using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace NationalId.Tests.Fuzz;

/// <summary>One request of a fuzz run, as it goes over the wire.</summary>
/// <param name="Head">The request line and the headers.</param>
/// <param name="Body">What follows.</param>
/// <param name="Ending">What the client does then.</param>
/// <param name="Reaches">Whether the function gets to see it: an error is then ours to explain.</param>
internal sealed record FuzzCase(string Head, byte[] Body, Ending Ending, bool Reaches)
{
    /// <summary>
    /// Requests to one function: mostly as HTTP wants them, so that the body is what the function has to cope with.
    /// </summary>
    /// <param name="method">The function's method.</param>
    /// <param name="path">Its path, with parameters in braces.</param>
    /// <param name="contentType">What its bodies are; null when it has none.</param>
    /// <param name="bodies">The bodies.</param>
    /// <param name="authorise">The headers that a body needs to be let in.</param>
    /// <param name="known">What the path's parameter would be if all were well.</param>
    public static Gen<FuzzCase> For(
        string method,
        string path,
        string? contentType,
        Gen<byte[]> bodies,
        Func<byte[], string[]> authorise,
        string known = ""
    ) =>
        from body in contentType is null ? Gen.Frequency((5, Gen.Constant<byte[]>([])), (1, bodies)) : bodies
        from type in Garbage.ContentType(contentType ?? "application/json")
        from authorised in Gen.Frequency((8, Gen.Constant(true)), (1, Gen.Constant(false)))
        from segment in Garbage.Segment(known)
        from query in Garbage.Query
        from headers in Garbage.Headers
        from framing in Framings
        let target = Target(path, segment) + query
        let framed = framing(body)
        let lines = (string[])
            [
                $"{method} {target} HTTP/1.1",
                "Host: localhost",
                "Connection: close",
                .. type.Length > 0 ? ["Content-Type: " + type] : Array.Empty<string>(),
                .. authorised ? authorise(body) : [],
                .. headers.Lines,
                .. framed.Lines,
            ]
        select new FuzzCase(
            string.Concat(lines.Select(line => line + "\r\n")) + "\r\n",
            framed.Body,
            framed.Ending,
            headers.Allowed
                && framed.Allowed
                && (authorised || !IsKey(authorise([])))
                && !path.Contains('{') | IsPlain(segment)
                && target.Length < 8_000
                && query.All(char.IsAscii)
        );

    /// <summary>The head's bytes. Its characters stand for bytes: HTTP knows no other text.</summary>
    public byte[] HeadBytes => Encoding.Latin1.GetBytes(Head);

    public override string ToString() =>
        $"{(Head.Length > 3_000 ? Head[..3_000] + "…" : Head)}({Ending}, {Body.Length} bytes of body in "
        + $"base64) {Convert.ToBase64String(Body.AsSpan(0, Math.Min(Body.Length, 6_000)))}";

    private static bool IsKey(string[] headers) =>
        headers.Any(header => header.StartsWith("x-functions-key", StringComparison.Ordinal));

    private static bool IsPlain(string segment) => segment.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static string Target(string path, string segment)
    {
        var open = path.IndexOf('{');
        return open < 0 ? path : path[..open] + segment + path[(path.IndexOf('}') + 1)..];
    }

    private sealed record Framed(string[] Lines, byte[] Body, Ending Ending, bool Allowed);

    private static readonly Gen<Func<byte[], Framed>> Framings = Gen.Frequency<Func<byte[], Framed>>(
        (
            10,
            Gen.Constant<Func<byte[], Framed>>(body => new([$"Content-Length: {body.Length}"], body, Ending.Wait, true))
        ),
        (
            3,
            Gen.Choose(1, 5_000)
                .Select<int, Func<byte[], Framed>>(size =>
                    body => new(["Transfer-Encoding: chunked"], Chunked(body, size), Ending.Wait, true)
                )
        ),
        (
            1,
            Gen.Choose(1, 100_000_000)
                .Select<int, Func<byte[], Framed>>(more =>
                    body => new([$"Content-Length: {body.Length + (long)more}"], body, Ending.Finish, false)
                )
        ),
        (
            1,
            Gen.Choose(1, 50)
                .Select<int, Func<byte[], Framed>>(less =>
                    body => new([$"Content-Length: {Math.Max(0, body.Length - less)}"], body, Ending.Wait, false)
                )
        ),
        (
            1,
            Gen.Elements("-1", "+5", "0x10", "99999999999999999999", "5, 6", "", Garbage.Marker)
                .Select<string, Func<byte[], Framed>>(length =>
                    body => new([$"Content-Length: {length}"], body, Ending.Finish, false)
                )
        ),
        (
            1,
            Gen.Constant<Func<byte[], Framed>>(body =>
                new(
                    [$"Content-Length: {body.Length}", "Transfer-Encoding: chunked"],
                    Chunked(body, 100),
                    Ending.Finish,
                    false
                )
            )
        ),
        (
            1,
            Gen.Elements(
                    "zz\r\n",
                    "-1\r\n",
                    "7fffffffffffffff\r\n",
                    "5\r\nab\r\n",
                    "1;" + Garbage.Marker + "=\"\r\n",
                    "0\r\n" + Garbage.Marker + "\r\n\r\n"
                )
                .Select<string, Func<byte[], Framed>>(bad =>
                    body =>
                        new(
                            ["Transfer-Encoding: chunked"],
                            [.. Chunked(body, 1_000)[..^5], .. Garbage.Utf8(bad)],
                            Ending.Finish,
                            false
                        )
                )
        ),
        (
            1,
            Gen.Elements("gzip, chunked", "gzip", "identity")
                .Select<string, Func<byte[], Framed>>(coding =>
                    body => new([$"Transfer-Encoding: {coding}"], Chunked(body, 100), Ending.Finish, false)
                )
        ),
        (1, Gen.Constant<Func<byte[], Framed>>(body => new([], body, Ending.Finish, false))),
        (
            1,
            Gen.Choose(0, 1_000)
                .Select<int, Func<byte[], Framed>>(sent =>
                    body =>
                        new(
                            [$"Content-Length: {body.Length + 10}"],
                            body[..Math.Min(sent, body.Length)],
                            Ending.Cut,
                            false
                        )
                )
        )
    );

    private static byte[] Chunked(byte[] body, int size) =>
        [
            .. body.Chunk(size)
                .SelectMany(chunk => (byte[])[.. Garbage.Utf8($"{chunk.Length:x}\r\n"), .. chunk, .. "\r\n"u8]),
            .. "0\r\n\r\n"u8,
        ];
}
