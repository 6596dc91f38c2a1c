using System.Collections.Concurrent;
using System.Text.Json;
using NationalId.Sandbox.Crypto;

namespace NationalId.Sandbox.Osia;

/// <summary>OSIA's UIN Management: every call draws a new number.</summary>
public sealed class UinManagement
{
    private readonly OsiaTokens tokens;
    private readonly OsiaExchanges exchanges;
    private readonly ConcurrentQueue<string> drawn = new();

    internal UinManagement(OsiaTokens tokens, OsiaExchanges exchanges)
    {
        this.tokens = tokens;
        this.exchanges = exchanges;
    }

    public FaultSwitch Generator { get; } = new("osia-uin");

    /// <summary>Numbers that were drawn, in their order. Some may never have been used.</summary>
    public IReadOnlyCollection<string> Drawn => drawn;

    /// <summary>What is drawn next; null: any.</summary>
    public string? Next { get; set; }

    /// <summary>Whether the number is answered bare, and not as the JSON text that it should be.</summary>
    public bool Bare { get; set; }

    internal void Map(IEndpointRouteBuilder app) =>
        app.MapPost(
            "/uin/v1/uin",
            Generator.Around(context =>
                exchanges.RecordAsync(context, "uin", body => Task.FromResult(Draw(context, body)))
            )
        );

    private IResult Draw(HttpContext context, string body)
    {
        if (tokens.Refusal(context.Request, "uin.generate") is { } status)
        {
            return Results.StatusCode(status);
        }

        if (context.Request.Query["transactionId"].ToString().Length == 0 || !OsiaBody.IsAttributes(body))
        {
            return OsiaBody.Error(0, "Bad request");
        }

        var uin = Next ?? Numbers.NewUin();
        Next = null;
        drawn.Enqueue(uin);
        return Bare ? Results.Text(uin) : Results.Text(JsonSerializer.Serialize(uin), "application/json");
    }
}

/// <summary>What OSIA's bodies have to be.</summary>
internal static class OsiaBody
{
    public static IResult Error(int code, string message, int status = 400) =>
        Results.Json(new { code, message }, statusCode: status);

    /// <summary>
    /// Flat, and scalars alone. A whole number is none: it would be two of the types that are allowed.
    /// </summary>
    public static bool IsAttributes(string body)
    {
        try
        {
            var root = JsonSerializer.Deserialize<JsonElement>(body);
            return root.ValueKind == JsonValueKind.Object
                && root.EnumerateObject()
                    .All(one =>
                        one.Value.ValueKind is JsonValueKind.String or JsonValueKind.True or JsonValueKind.False
                        && one.Value.ToString().Length > 0
                    );
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public static Dictionary<string, string> Attributes(string body) =>
        JsonSerializer
            .Deserialize<JsonElement>(body)
            .EnumerateObject()
            .ToDictionary(one => one.Name, one => one.Value.ToString());
}
