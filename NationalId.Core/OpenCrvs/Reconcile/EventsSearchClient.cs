using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// The search of OpenCRVS's events service, and one record as it stands there (docs/protocols.md, "Searching records").
/// </summary>
/// <param name="http">The events service's client.</param>
/// <param name="tokens">Our token.</param>
/// <param name="options">The service's address, and OpenCRVS's generation.</param>
/// <param name="pace">Keeps the calls slow.</param>
/// <param name="time">The clock.</param>
public sealed class EventsSearchClient(
    [FromKeyedServices(OpenCrvsPartners.Events)] HttpClient http,
    SearchTokens tokens,
    ActionsOptions options,
    SearchPace pace,
    TimeProvider time
)
{
    private const string Party = "OpenCRVS search";
    private const int LongestAnswer = 50 * 1024 * 1024;

    /// <summary>Searches records.</summary>
    /// <param name="query">The query.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>The rows.</returns>
    /// <exception cref="TransientFailureException">OpenCRVS can't be reached, or does not let us.</exception>
    public async Task<IReadOnlyList<JsonObject>> SearchAsync(JsonObject query, CancellationToken cancellationToken)
    {
        var (status, content) = await CallAsync(HttpMethod.Post, "events/search", query, cancellationToken);
        return status is not (>= 200 and < 300) ? throw Refused(status)
            : WrittenJson.Parse(content) is JsonObject answer && answer["results"] is JsonArray rows
                ? [.. rows.OfType<JsonObject>()]
            : throw Failures.Unreadable(Party);
    }

    /// <summary>One record with all its actions. OpenCRVS adds the reading to its history.</summary>
    /// <param name="eventId">The record's id.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>The record as it was answered; null when OpenCRVS does not give it to our client.</returns>
    /// <exception cref="TransientFailureException">OpenCRVS can't be reached.</exception>
    public async Task<byte[]?> ReadAsync(string eventId, CancellationToken cancellationToken)
    {
        var isOld = options.Api == OpenCrvsVersion.V1_9;
        var path = isOld
            ? $"event.get?input={Uri.EscapeDataString(new JsonObject { ["json"] = eventId }.ToJsonString())}"
            : $"events/{Uri.EscapeDataString(eventId)}";
        var (status, content) = await CallAsync(HttpMethod.Get, path, null, cancellationToken);
        if (status is 401 or 403 or 404)
        {
            return null;
        }

        if (status is not (>= 200 and < 300))
        {
            throw Refused(status);
        }

        // 1.9 has no other address than its procedures', which wrap what they answer.
        return !isOld ? content
            : WrittenJson.Parse(content)?["result"]?["data"]?["json"] is JsonObject record
                ? Encoding.UTF8.GetBytes(record.ToJsonString(WrittenJson.Plain))
            : throw Failures.Unreadable(Party);
    }

    private static TransientFailureException Refused(int status) =>
        new(
            status switch
            {
                400 => "OpenCRVS does not understand our search (400): is it of the version that the settings say?",
                401 => "OpenCRVS does not take the search client's token (401).",
                403 => "The search client may not search: its scopes (403).",
                404 => "OpenCRVS has no search at the events service's address (404).",
                _ => $"OpenCRVS's search answered {status}.",
            }
        );

    private Task<(int Status, byte[] Content)> CallAsync(
        HttpMethod method,
        string path,
        JsonObject? body,
        CancellationToken cancellationToken
    ) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                var address =
                    options.EventsUrl
                    ?? throw new TransientFailureException("NationalId:OpenCrvs:EventsUrl is not set");
                for (var attempt = 0; ; attempt++)
                {
                    await pace.WaitAsync(cancellationToken);
                    var token = await tokens.GetAsync(cancellationToken);
                    using var request = new HttpRequestMessage(method, $"{address.AbsoluteUri.TrimEnd('/')}/{path}");
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                    request.SetKind("search");
                    if (body is not null)
                    {
                        // With its length: the gateway answers 400 to a body without.
                        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
                        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                    }

                    using var answer = await http.SendAsync(
                        request,
                        HttpCompletionOption.ResponseHeadersRead,
                        cancellationToken
                    );
                    var status = (int)answer.StatusCode;
                    if (status == 401 && attempt == 0)
                    {
                        await tokens.ForgetAsync(token, cancellationToken);
                        continue;
                    }

                    if (status is 429 or >= 500)
                    {
                        throw Failures.Repairable(answer, Party, time.GetUtcNow());
                    }

                    return (status, await Failures.ReadBodyAsync(answer, LongestAnswer, Party, cancellationToken));
                }
            },
            cancellationToken
        );
}
