using System.Text.Json.Nodes;
using NationalId.Core.Operations.OpenApi;
using NationalId.Functions;

namespace NationalId.Tests.Support;

/// <summary>The answers that <c>/api/openapi.json</c> tells of.</summary>
internal static class ApiAnswers
{
    public static JsonObject Document { get; } = ApiDocument.Write(ApiDescription.All);

    public static IReadOnlyList<JsonNode> AllOperations { get; } =
    [.. Document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(one => one.Value!))];

    public static IEnumerable<JsonNode> Operations(string function) =>
        AllOperations.Where(operation =>
            operation["operationId"]!.GetValue<string>() is var id
            && (id == function || id.StartsWith(function + "-", StringComparison.Ordinal))
        );

    /// <summary>
    /// Why an answer of a function is none that the document tells of; null when it is one. A 400, 408, 413, 414 or 431
    /// without a body is the server's, which did not let the function see the request.
    /// </summary>
    /// <param name="function">The function's name.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="contentType">Its type; empty without a body.</param>
    public static string? Problem(string function, int status, string contentType)
    {
        var answers = Operations(function)
            .Select(operation => operation["responses"]![$"{status}"])
            .OfType<JsonNode>()
            .ToList();
        if (answers.Count == 0)
        {
            return status is 400 or 408 or 413 or 414 or 431 && contentType.Length == 0
                ? null
                : $"{function} answers {status}, of which its attributes say nothing.";
        }

        var type = contentType.Split(';')[0].Trim();
        var told = answers.SelectMany(answer => answer["content"]?.AsObject().Select(one => one.Key) ?? []).ToList();
        return type.Length == 0 || told.Contains(type)
            ? null
            : $"{function} answers {status} as {type}; its attributes say {string.Join(", ", told)}.";
    }
}
