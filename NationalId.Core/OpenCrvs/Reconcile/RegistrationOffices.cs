using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// The country's registration offices, as OpenCRVS 1.x's gateway lists them to anybody (docs/protocols.md, "Searching
/// records").
/// </summary>
/// <param name="http">The gateway's client.</param>
/// <param name="options">The gateway's address.</param>
/// <param name="pace">Keeps the calls slow.</param>
/// <param name="time">The clock.</param>
public sealed class RegistrationOffices(
    [FromKeyedServices(OpenCrvsPartners.Gateway)] HttpClient http,
    ReconcileOptions options,
    SearchPace pace,
    TimeProvider time
) : IDisposable
{
    private const int LongestAnswer = 32 * 1024 * 1024;

    private static readonly TimeSpan UsedFor = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim turn = new(1);
    private (IReadOnlyList<string> Ids, DateTimeOffset At)? known;

    /// <summary>Their ids.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="TransientFailureException">OpenCRVS can't be reached.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (known is { } fresh && time.GetUtcNow() - fresh.At < UsedFor)
            {
                return fresh.Ids;
            }

            var ids = await ReadAsync(cancellationToken);
            known = (ids, time.GetUtcNow());
            return ids;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private Task<IReadOnlyList<string>> ReadAsync(CancellationToken cancellationToken) =>
        Failures.CallAsync(
            GraphQlClient.Party,
            async () =>
            {
                var gateway =
                    options.GatewayUrl
                    ?? throw new TransientFailureException("NationalId:Reconcile:GatewayUrl is not set");
                await pace.WaitAsync(cancellationToken);
                // Without _count OpenCRVS answers ten.
                using var request = new HttpRequestMessage(
                    HttpMethod.Get,
                    $"{gateway.AbsoluteUri.TrimEnd('/')}/location?type=CRVS_OFFICE&_count=0"
                );
                request.SetKind("places");
                using var answer = await http.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead,
                    cancellationToken
                );
                if (!answer.IsSuccessStatusCode)
                {
                    throw Failures.Repairable(answer, GraphQlClient.Party, time.GetUtcNow());
                }

                var body = await Failures.ReadBodyAsync(answer, LongestAnswer, GraphQlClient.Party, cancellationToken);
                return WrittenJson.Parse(body)?["entry"] is JsonArray entries
                    ? Ids(entries)
                    : throw Failures.Unreadable(GraphQlClient.Party);
            },
            cancellationToken
        );

    private static IReadOnlyList<string> Ids(JsonArray entries) =>
        [.. entries.Select(entry => WrittenJson.Text(entry, "resource", "id")).OfType<string>().Distinct()];
}
