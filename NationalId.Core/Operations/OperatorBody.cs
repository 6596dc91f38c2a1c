using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Operations;

/// <summary>The body of an operator's order.</summary>
internal static class OperatorBody
{
    private const int Longest = 16 * 1024;

    /// <summary>Reads one.</summary>
    /// <param name="request">The operator's request.</param>
    /// <param name="type">What it is.</param>
    /// <returns>What was ordered, null when the body is empty; or why it is refused.</returns>
    public static async Task<(T? Order, IResult? Refusal)> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            var body = await BoundedBody.ReadAsync(request, Longest, () => new InvalidDataException());
            return (body.Length == 0 ? null : JsonSerializer.Deserialize(body, type), null);
        }
        catch (InvalidDataException)
        {
            return (null, Problems.TooLarge($"At most {Longest} bytes are taken."));
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException)
        {
            return (null, Problems.BadRequest("The body is no JSON object of the kind that is asked for."));
        }
    }
}
