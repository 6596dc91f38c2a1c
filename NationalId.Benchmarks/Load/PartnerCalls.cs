using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;

namespace NationalId.Benchmarks.Load;

/// <summary>A call of the client to a partner, as it went out.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Address">Where to.</param>
/// <param name="Body">What it was told; null with GET.</param>
/// <param name="Cookie">The token, where it is sent so.</param>
/// <param name="Bearer">The token, where it is sent so.</param>
/// <param name="Answer">What the partner answered.</param>
internal sealed record PartnerCall(
    HttpMethod Method,
    Uri Address,
    string? Body,
    string? Cookie,
    AuthenticationHeaderValue? Bearer,
    string Answer
);

/// <summary>Keeps what the client tells its partners, so that the same can be told without it.</summary>
internal sealed class PartnerCalls
{
    private readonly ConcurrentQueue<PartnerCall> calls = new();

    /// <summary>The calls in their order.</summary>
    public IReadOnlyList<PartnerCall> All => [.. calls];

    /// <summary>Has every client of the services kept.</summary>
    public void Keep(IServiceCollection services) =>
        services.ConfigureHttpClientDefaults(client => client.AddHttpMessageHandler(() => new Keeper(calls)));

    /// <summary>Tells a partner what it was told, with other ids in it.</summary>
    /// <param name="http">Sends it.</param>
    /// <param name="call">The call.</param>
    /// <param name="ids">The ids, and what stands in their places.</param>
    /// <returns>What the partner answered.</returns>
    public static async Task<string> RepeatAsync(
        HttpClient http,
        PartnerCall call,
        params (string Was, string Is)[] ids
    )
    {
        using var request = new HttpRequestMessage(call.Method, call.Address);
        if (call.Body is { } body)
        {
            foreach (var (was, now) in ids)
            {
                body = body.Replace(was, now, StringComparison.Ordinal);
            }

            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            await request.Content.LoadIntoBufferAsync();
        }

        if (call.Cookie is not null)
        {
            request.Headers.TryAddWithoutValidation("Cookie", call.Cookie);
        }

        request.Headers.Authorization = call.Bearer;
        using var answer = await http.SendAsync(request);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private sealed class Keeper(ConcurrentQueue<PartnerCall> calls) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var body = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : null;
            var answer = await base.SendAsync(request, cancellationToken);
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
            calls.Enqueue(
                new PartnerCall(
                    request.Method,
                    request.RequestUri!,
                    body,
                    request.Headers.TryGetValues("Cookie", out var cookies) ? string.Join("; ", cookies) : null,
                    request.Headers.Authorization,
                    await answer.Content.ReadAsStringAsync(cancellationToken)
                )
            );
            return answer;
        }
    }
}
