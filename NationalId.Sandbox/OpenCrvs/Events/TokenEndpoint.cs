using System.Text.Json;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>The auth service's <c>/token</c> since 1.9: a client's token, and the exchange for a record's.</summary>
internal sealed class TokenEndpoint(EventTokens tokens, SandboxKeys keys, SandboxSettings settings)
{
    private const string Exchange = "urn:opencrvs:oauth:grant-type:token-exchange";
    private const string AccessToken = "urn:ietf:params:oauth:token-type:access_token";
    private const string RecordToken = "urn:opencrvs:oauth:token-type:single_record_token";

    public async Task<IResult> AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var body = await BodyAsync(request);
        var query = request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        // A secret in the query ends up in logs: 2.1 refuses it, 1.9 knows nothing else.
        if (settings.OpenCrvsVersion == OpenCrvsVersion.V21 && query.ContainsKey("client_secret"))
        {
            return Error(400, "invalid_request");
        }

        string? Value(string name) => query.GetValueOrDefault(name) ?? body.GetValueOrDefault(name);
        string? Secret(string name) =>
            settings.OpenCrvsVersion == OpenCrvsVersion.V19 ? query.GetValueOrDefault(name) : Value(name);

        switch (Value("grant_type"))
        {
            case "client_credentials":
                return
                    Secret("client_id") == keys.OpenCrvsClientId && Secret("client_secret") == keys.OpenCrvsClientSecret
                    ? Token(tokens.OfClient(keys.OpenCrvsClientId))
                    : Error(401, "invalid_client");
            case Exchange when settings.OpenCrvsVersion != OpenCrvsVersion.V21:
                if (
                    Value("subject_token_type") != AccessToken
                    || Value("requested_token_type") != RecordToken
                    || Value("event_id") is not { } eventId
                    || Value("action_id") is not { } actionId
                )
                {
                    return Error(400, "invalid_request");
                }

                return tokens.Exchange(Value("subject_token"), eventId, actionId) is { } token
                    ? Token(token)
                    : Error(401, "unauthorized_client");
            default:
                return Error(400, "unsupported_grant_type");
        }
    }

    private static IResult Token(string token) => Results.Json(new { access_token = token, token_type = "Bearer" });

    private static IResult Error(int status, string error) => Results.Json(new { error }, statusCode: status);

    private static async Task<Dictionary<string, string>> BodyAsync(HttpRequest request)
    {
        if (request.HasFormContentType)
        {
            return (await request.ReadFormAsync()).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        }

        if (!request.HasJsonContentType())
        {
            return [];
        }

        try
        {
            using var json = await JsonDocument.ParseAsync(request.Body);
            return json
                .RootElement.EnumerateObject()
                .Where(property => property.Value.ValueKind == JsonValueKind.String)
                .ToDictionary(property => property.Name, property => property.Value.GetString()!);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return [];
        }
    }
}
