using Microsoft.AspNetCore.Http;

namespace NationalId.Core.OpenCrvs.Interop;

/// <summary>
/// Answers in mosip-api's form. The country configuration's client tells people an error's text alone, so what somebody
/// should know stands in it.
/// </summary>
internal static class InteropAnswers
{
    /// <summary>What mosip-api says of whatever goes wrong.</summary>
    public const string Unexpected = "An unexpected error occurred";

    private const string Scheme = "Bearer ";

    /// <summary>The bearer token of a request; null when it brings none.</summary>
    /// <param name="request">The request.</param>
    public static string? Bearer(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header[Scheme.Length..].Trim()
            : null;

    /// <summary>An error.</summary>
    /// <param name="status">The status.</param>
    /// <param name="text">What is wrong, without data.</param>
    public static IResult Error(int status, string text) => Results.Json(new { error = text }, statusCode: status);

    /// <summary>The answer to who brings no good token of OpenCRVS.</summary>
    public static IResult Unauthorized() => Error(StatusCodes.Status401Unauthorized, "Unauthorized");
}
