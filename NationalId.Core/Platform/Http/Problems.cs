using Microsoft.AspNetCore.Http;

namespace NationalId.Core.Platform.Http;

/// <summary>Answers to bad input: RFC 9457 problem details without personal data.</summary>
internal static class Problems
{
    public static IResult BadRequest(string detail) => Problem(400, "Bad request", detail);

    public static IResult Unauthorized(string detail) => Problem(401, "Unauthorized", detail);

    public static IResult Forbidden(string detail) => Problem(403, "Forbidden", detail);

    public static IResult NotFound(string detail) => Problem(404, "Not found", detail);

    public static IResult Conflict(string detail) => Problem(409, "Conflict", detail);

    public static IResult TooLarge(string detail) => Problem(413, "Content too large", detail);

    public static IResult Unavailable(string detail) => Problem(503, "Service unavailable", detail);

    public static IResult Problem(int status, string title, string detail) =>
        Results.Problem(
            detail,
            statusCode: status,
            title: title,
            type: $"https://www.rfc-editor.org/rfc/rfc9110#status.{status}"
        );
}
