using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Webhooks;

/// <summary>OpenCRVS's question whether we really subscribed (docs/protocols.md, "OpenCRVS webhooks").</summary>
public static class SubscriptionChallenge
{
    private const int MaxLength = 2048;

    /// <summary>
    /// Answers <c>{"challenge":…}</c> with the challenge decoded once. It is base64: a <c>+</c> stays a plus, whether
    /// or not it came encoded, so the query is read here and not by form rules. 400 when it is no subscription
    /// challenge.
    /// </summary>
    /// <param name="request">OpenCRVS's request.</param>
    public static IResult Answer(HttpRequest request)
    {
        string? mode = null,
            challenge = null;
        foreach (var pair in (request.QueryString.Value ?? "").TrimStart('?').Split('&'))
        {
            var equals = pair.IndexOf('=');
            var (name, value) = equals < 0 ? (pair, "") : (pair[..equals], pair[(equals + 1)..]);
            if (name == "mode")
            {
                mode = Uri.UnescapeDataString(value);
            }
            else if (name == "challenge")
            {
                challenge = Uri.UnescapeDataString(value);
            }
        }

        return mode == "subscribe" && challenge is { Length: > 0 and <= MaxLength }
            ? Results.Json(new Challenge(challenge), ChallengeJson.Default.Challenge)
            : Problems.BadRequest("mode=subscribe and a challenge are expected.");
    }
}

internal sealed record Challenge([property: JsonPropertyName("challenge")] string Value);

[JsonSerializable(typeof(Challenge))]
internal sealed partial class ChallengeJson : JsonSerializerContext;
