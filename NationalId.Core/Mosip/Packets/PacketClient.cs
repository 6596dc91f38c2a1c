using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// Calls MOSIP's services behind its internal gateway (docs/protocols.md, "MOSIP's packets"). They tell nearly
/// everything with 200. A refused token is drawn anew once per call.
/// </summary>
/// <param name="http">Has the timeout.</param>
/// <param name="tokens">Our token, sent as a cookie.</param>
/// <param name="time">The clock.</param>
public sealed class PacketClient(
    [FromKeyedServices(MosipPartners.Registration)] HttpClient http,
    PacketTokens tokens,
    TimeProvider time
)
{
    internal const string Party = "MOSIP";

    private const int LongestAnswer = 1024 * 1024;

    /// <summary>Calls a service.</summary>
    /// <param name="call">The kind of call, for the circuit breaker.</param>
    /// <param name="method">GET has no body.</param>
    /// <param name="address">The service's address.</param>
    /// <param name="body">What it is told; null with GET.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it answered, errors among it: the caller knows what they mean.</returns>
    /// <exception cref="TransientFailureException">
    /// It did not answer, refuses our token, or answered something else. Nothing of that speaks of one record.
    /// </exception>
    internal Task<MosipAnswer> CallAsync(
        string call,
        HttpMethod method,
        Uri address,
        JsonObject? body,
        CancellationToken cancellationToken
    ) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                var bytes = body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body);
                var (answer, token) = await CallOnceAsync(call, method, address, bytes, cancellationToken);
                if (answer is null)
                {
                    tokens.Invalidate(token);
                    (answer, token) = await CallOnceAsync(call, method, address, bytes, cancellationToken);
                }

                if (answer is null)
                {
                    // NOTE: not kept. It may be one that was drawn just before MOSIP forgot all of them.
                    tokens.Invalidate(token);
                    throw new TransientFailureException("MOSIP refused our token.");
                }

                return answer;
            },
            cancellationToken
        );

    /// <summary>A body as all of MOSIP's services take it.</summary>
    internal JsonObject Body(string id, string version, JsonNode request) =>
        new()
        {
            ["id"] = id,
            ["version"] = version,
            ["requesttime"] = MosipTime.Format(time.GetUtcNow()),
            ["request"] = request,
        };

    /// <summary>One call: null when MOSIP refused the token that was sent.</summary>
    private async Task<(MosipAnswer? Answer, string Token)> CallOnceAsync(
        string call,
        HttpMethod method,
        Uri address,
        byte[]? body,
        CancellationToken cancellationToken
    )
    {
        var token = await tokens.GetAsync(cancellationToken);
        using var request = new HttpRequestMessage(method, address);
        if (body is not null)
        {
            request.Content = SizedJson.Of(body);
        }

        request.SetKind(call);
        request.SetMosipToken(token);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            return (null, token);
        }

        if (!response.IsSuccessStatusCode)
        {
            // Nothing in a status of these services speaks of one record: it is given up for none.
            throw Failures.Repairable(response, Party, time.GetUtcNow());
        }

        var answer = MosipAnswer.Read(await Failures.ReadBodyAsync(response, LongestAnswer, Party, cancellationToken));
        return answer.Code switch
        {
            "KER-ATH-401" or "KER-ATH-402" => (null, token),
            { } code when code.StartsWith("KER-ATH-", StringComparison.Ordinal) => throw new TransientFailureException(
                $"MOSIP does not let our client do that: {code}."
            ),
            _ => (answer, token),
        };
    }
}
