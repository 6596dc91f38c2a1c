using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>What the gateway answered. GraphQL may answer data and errors at the same time.</summary>
/// <param name="Data">The data; null when there are none.</param>
/// <param name="Errors">The errors' messages. They may hold data of a record: never to be logged or stored.</param>
/// <param name="Content">The whole answer as it came.</param>
internal sealed record GraphQlAnswer(JsonObject? Data, IReadOnlyList<string> Errors, byte[] Content)
{
    /// <summary>Whether one of the errors says something. Its code differs from version to version.</summary>
    /// <param name="words">What it says.</param>
    public bool Says(string words) => Errors.Any(error => error.Contains(words, StringComparison.OrdinalIgnoreCase));

    /// <summary>The number of errors alone.</summary>
    public override string ToString() => $"{nameof(GraphQlAnswer)} {Errors.Count}";
}

/// <summary>OpenCRVS 1.x's gateway (docs/protocols.md, "Searching records").</summary>
/// <param name="http">The gateway's client.</param>
/// <param name="tokens">The search client's token.</param>
/// <param name="options">The gateway's address.</param>
/// <param name="pace">Keeps the calls slow.</param>
/// <param name="time">The clock.</param>
public sealed class GraphQlClient(
    [FromKeyedServices(OpenCrvsPartners.Gateway)] HttpClient http,
    SearchTokens tokens,
    ReconcileOptions options,
    SearchPace pace,
    TimeProvider time
)
{
    /// <summary>What people call it.</summary>
    internal const string Party = "OpenCRVS gateway";

    private const int LongestAnswer = 32 * 1024 * 1024;

    /// <summary>Asks the gateway.</summary>
    /// <param name="operation">The operation's name.</param>
    /// <param name="query">The query.</param>
    /// <param name="variables">Its variables.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">It can't be reached, refuses us, or the quota is spent.</exception>
    internal Task<GraphQlAnswer> AskAsync(
        string operation,
        string query,
        JsonObject variables,
        CancellationToken cancellationToken
    ) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                for (var attempt = 0; ; attempt++)
                {
                    await pace.WaitAsync(cancellationToken);
                    var token = await tokens.GetAsync(cancellationToken);
                    var answer = await PostAsync(operation, query, variables, token, cancellationToken);
                    if (answer.Says("Daily search quota exceeded"))
                    {
                        throw new QuotaSpentException(
                            "OpenCRVS's search quota of the day is spent.",
                            pace.NextDay - time.GetUtcNow()
                        );
                    }

                    if (!answer.Says("Authentication failed") && !answer.Says("Unauthorized"))
                    {
                        return answer;
                    }

                    if (attempt > 0)
                    {
                        throw new TransientFailureException(
                            "OpenCRVS's gateway refuses the search client: it has to be of the type Record search."
                        );
                    }

                    await tokens.ForgetAsync(token, cancellationToken);
                }
            },
            cancellationToken
        );

    private async Task<GraphQlAnswer> PostAsync(
        string operation,
        string query,
        JsonObject variables,
        string token,
        CancellationToken cancellationToken
    )
    {
        var gateway =
            options.GatewayUrl ?? throw new TransientFailureException("NationalId:Reconcile:GatewayUrl is not set");
        var body = new JsonObject
        {
            ["operationName"] = operation,
            ["query"] = query,
            ["variables"] = variables.DeepClone(),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{gateway.AbsoluteUri.TrimEnd('/')}/graphql");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.SetKind("search");
        // Every search counts, and marks what it finds.
        request.SetOnce();
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if ((int)answer.StatusCode >= 500)
        {
            throw Failures.Repairable(answer, Party, time.GetUtcNow());
        }

        // Errors come with 200, 400, 401 or 429, as the version likes.
        var content = await Failures.ReadBodyAsync(answer, LongestAnswer, Party, cancellationToken);
        if (Failures.IsPage(content) || WrittenJson.Parse(content) is not { } said)
        {
            throw Failures.Unreadable(Party);
        }

        var errors = (said["errors"] as JsonArray ?? [])
            .Select(error => WrittenJson.Text(error, "message") ?? "")
            .ToList();
        return said["data"] is null && errors.Count == 0
            ? throw Failures.Repairable(answer, Party, time.GetUtcNow())
            : new GraphQlAnswer(said["data"] as JsonObject, errors, content);
    }
}
