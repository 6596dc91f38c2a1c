using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.OpenCrvs.Interop;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Mosip.Esignet;

/// <summary>
/// Tells the country's form who has signed in with e-Signet, as OpenCRVS's mosip-api does. The form asks from the
/// browser, with the token of who uses it. Nothing of the answer is kept or logged.
/// </summary>
/// <param name="bearers">Checks OpenCRVS's tokens.</param>
/// <param name="client">e-Signet.</param>
/// <param name="reader">Checks what it tells.</param>
/// <param name="options">Whose pages may ask.</param>
/// <param name="mapping">The country's words for genders.</param>
/// <param name="actions">OpenCRVS's generation.</param>
/// <param name="logger">Told of failures.</param>
public sealed partial class UserInfoRoute(
    OpenCrvsBearers bearers,
    EsignetClient client,
    UserInfoReader reader,
    EsignetOptions options,
    IdaMapping mapping,
    ActionsOptions actions,
    ILogger<UserInfoRoute> logger
)
{
    private const int LongestBody = 64 * 1024;
    private const int LongestText = 8 * 1024;

    private static readonly BearerWants Wants = new(BearerWants.CountryConfig, []);

    /// <summary>
    /// One question: 200 with who it is; 400 for what is no question, and for a code that e-Signet does not take; 401
    /// without a good token of OpenCRVS; 413 for what is too long; 500 when e-Signet can't tell. Asked by OPTIONS, it
    /// says which pages may ask.
    /// </summary>
    /// <param name="request">The browser's request.</param>
    public async Task<IResult> AnswerAsync(HttpRequest request)
    {
        using var activity = Instruments.Activities.StartActivity("user info", ActivityKind.Server);
        var headers = request.HttpContext.Response.Headers;
        headers.Vary = "Origin";
        headers.CacheControl = "no-store";
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && origin == options.ClientAppUrl?.GetLeftPart(UriPartial.Authority))
        {
            headers.AccessControlAllowOrigin = origin;
        }

        if (HttpMethods.IsOptions(request.Method))
        {
            return Preflight(request, origin);
        }

        try
        {
            return await TellAsync(request);
        }
        catch (InvalidDataException tooLong)
        {
            return InteropAnswers.Error(StatusCodes.Status413PayloadTooLarge, tooLong.Message);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            return InteropAnswers.Error(StatusCodes.Status400BadRequest, "The body did not arrive completely");
        }
        catch (DeliveryException failure)
        {
            LogFailed(failure.Reason);
            return failure is PermanentFailureException
                ? InteropAnswers.Error(StatusCodes.Status400BadRequest, failure.Reason.TrimEnd('.'))
                : InteropAnswers.Error(StatusCodes.Status500InternalServerError, InteropAnswers.Unexpected);
        }
    }

    private static IResult Preflight(HttpRequest request, string origin)
    {
        if (origin.Length == 0 || request.Headers.AccessControlRequestMethod.Count == 0)
        {
            return Results.Text("Invalid Preflight Request", statusCode: StatusCodes.Status400BadRequest);
        }

        var headers = request.HttpContext.Response.Headers;
        headers.AccessControlAllowMethods = "GET, POST, OPTIONS";
        headers.AccessControlAllowHeaders = "Content-Type, Authorization";
        return Results.NoContent();
    }

    private async Task<IResult> TellAsync(HttpRequest request)
    {
        // 1. Who asks.
        var stop = request.HttpContext.RequestAborted;
        if (InteropAnswers.Bearer(request) is not { } token)
        {
            return InteropAnswers.Unauthorized();
        }

        var check = await bearers.CheckAsync(token, Wants, stop);
        if (check.Verdict != BearerVerdict.Valid)
        {
            return check.Verdict == BearerVerdict.Wrong
                ? InteropAnswers.Unauthorized()
                : InteropAnswers.Error(StatusCodes.Status503ServiceUnavailable, "OpenCRVS's public key can't be had");
        }

        // 2. What.
        var body = await BoundedBody.ReadAsync(
            request,
            LongestBody,
            () => new InvalidDataException("The body is too long")
        );
        if (
            Given(request.Query["code"]) is not { } code
            || Given(request.Query["state"]) is null
            || Read(body) is not (var clientId, var page)
            || (options.Clients.Length > 0 && !options.Clients.Contains(clientId, StringComparer.Ordinal))
        )
        {
            return InteropAnswers.Error(
                StatusCodes.Status400BadRequest,
                "code and state in the query, clientId and redirectUri in the body are expected"
            );
        }

        // 3. e-Signet was told the page without what it adds to it.
        var tokens = await client.TokensAsync(code, clientId, page.Split('?')[0], stop);
        var userInfo = await client.UserInfoAsync(tokens.Access, stop);
        var claims = await reader.ReadAsync(userInfo, tokens.Id, clientId, stop);
        return Results.Json(
            UserInfoAnswer.Write(claims, options.NameRule, mapping, actions.Api >= OpenCrvsVersion.V2_0)
        );
    }

    private static string? Given(Microsoft.Extensions.Primitives.StringValues values) =>
        values is [{ Length: > 0 and <= LongestText } text] ? text : null;

    private static (string ClientId, string Page)? Read(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return
                document.RootElement.ValueKind == JsonValueKind.Object
                && Text(document.RootElement, "clientId") is { } clientId
                && Text(document.RootElement, "redirectUri") is { } page
                ? (clientId, page)
                : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }

        static string? Text(JsonElement parent, string name) =>
            parent.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 and <= LongestText } text
                ? text
                : null;
    }

    [LoggerMessage(87, LogLevel.Warning, "e-Signet did not tell who has signed in: {Reason}")]
    private partial void LogFailed(string reason);
}
