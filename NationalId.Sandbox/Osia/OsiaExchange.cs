using System.Collections.Concurrent;
using System.Text;

namespace NationalId.Sandbox.Osia;

/// <summary>One request and its answer, as they went over the wire.</summary>
/// <param name="Interface">Which of OSIA's interfaces: <c>uin</c>, <c>notification</c>, <c>dataaccess</c>,
/// <c>pr</c>.</param>
/// <param name="Method">The method.</param>
/// <param name="Path">The path from <c>/v1</c> on; <see cref="CallBack"/> for what a subscriber is told.</param>
/// <param name="Query">The query, with its question mark.</param>
/// <param name="ContentType">The request's content type.</param>
/// <param name="Body">The request's body.</param>
/// <param name="Status">The answer's status.</param>
/// <param name="Answer">The answer's body.</param>
public sealed record OsiaExchange(
    string Interface,
    string Method,
    string Path,
    string Query,
    string? ContentType,
    string Body,
    int Status,
    string Answer
)
{
    /// <summary>The path of what a subscriber is told, at an address of its own.</summary>
    public const string CallBack = "/onEvent";
}

/// <summary>Remembers what went over the wire, both ways.</summary>
public sealed class OsiaExchanges
{
    private readonly ConcurrentQueue<OsiaExchange> all = new();

    public IReadOnlyCollection<OsiaExchange> All => all;

    internal void Add(OsiaExchange exchange) => all.Enqueue(exchange);

    /// <summary>Runs an endpoint and remembers what was said.</summary>
    internal async Task<IResult> RecordAsync(HttpContext context, string name, Func<string, Task<IResult>> work)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
        var raw = await reader.ReadToEndAsync(context.RequestAborted);
        // Latin-1 keeps the bytes; all but the notification engine reads UTF-8.
        var body = name == "notification" ? raw : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(raw));
        var answer = await work(body);
        var path = context.Request.Path.Value ?? "";
        Add(
            new OsiaExchange(
                name,
                context.Request.Method,
                path[path.IndexOf("/v1", StringComparison.Ordinal)..],
                context.Request.QueryString.Value ?? "",
                context.Request.ContentType,
                body,
                (answer as IStatusCodeHttpResult)?.StatusCode ?? 200,
                TextOf(answer)
            )
        );
        return answer;
    }

    private static string TextOf(IResult answer) =>
        answer switch
        {
            IContentTypeHttpResult and Microsoft.AspNetCore.Http.HttpResults.ContentHttpResult content =>
                content.ResponseContent ?? "",
            IValueHttpResult { Value: { } value } => System.Text.Json.JsonSerializer.Serialize(
                value,
                System.Text.Json.JsonSerializerOptions.Web
            ),
            _ => "",
        };
}
