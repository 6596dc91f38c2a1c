using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using NationalId.Core.Platform.Telemetry;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace NationalId.Core.Platform.Http;

/// <summary>How calls to partners are repeated and given up, the same for all of them.</summary>
/// <param name="QuickRetries">How often a call is repeated at once.</param>
/// <param name="CircuitBreak">How long a partner that keeps failing is not called at all.</param>
/// <param name="LongestCall">How long a call with its waiting, its repeats and its whole answer may take.</param>
public sealed record PartnerPatience(int QuickRetries, TimeSpan CircuitBreak, TimeSpan LongestCall);

/// <summary>A partner whom the client calls.</summary>
/// <param name="Name">Its name in metrics and on the operator's page.</param>
/// <param name="Timeout">How long one call may take until its answer begins.</param>
/// <param name="MaxConcurrency">How many calls one process has under way at most.</param>
public sealed record Partner(string Name, TimeSpan Timeout, int MaxConcurrency);

/// <summary>
/// The HTTP clients towards partners: quick retries, a timeout per call, a circuit breaker for each kind of call and
/// bounded concurrency, by Microsoft.Extensions.Http.Resilience. What outlasts them is the queue's business. Their
/// addresses may hold secrets (IDA's do): they are neither logged nor traced, and redirects are not followed.
/// </summary>
public static class Partners
{
    private const int LongestAnswer = 1024 * 1024;

    private static readonly HttpRequestOptionsKey<string> CallKind = new("nationalid.call");
    private static readonly HttpRequestOptionsKey<bool> CallOnce = new("nationalid.once");

    /// <summary>
    /// Names the kind of a call. Calls of one kind that keep failing must not stop the partner's other calls.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="kind">The kind, e.g. <c>death</c>.</param>
    public static void SetKind(this HttpRequestMessage request, string kind) => request.Options.Set(CallKind, kind);

    /// <summary>
    /// Has a call not repeated at once: its caller must know of every try, since each may have had an effect.
    /// </summary>
    /// <param name="request">The request.</param>
    public static void SetOnce(this HttpRequestMessage request) => request.Options.Set(CallOnce, true);

    /// <summary>Registers the client of a partner: an <see cref="HttpClient"/> keyed with the partner's name.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="partner">The partner.</param>
    /// <param name="handler">Sets up how connections are made, where that needs more than the usual.</param>
    public static void AddPartner(
        this IServiceCollection services,
        Partner partner,
        Action<SocketsHttpHandler, IServiceProvider>? handler = null
    )
    {
        services.AddKeyedSingleton(
            partner.Name,
            (provider, _) => provider.GetRequiredService<IHttpClientFactory>().CreateClient(partner.Name)
        );
        services
            .AddHttpClient(partner.Name)
            .RemoveAllLoggers()
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .ConfigureHttpClient(
                (provider, client) =>
                {
                    // The pipeline's timeout ends with the headers: a body that stops coming would hold a token's
                    // fetch, and all who wait for it, for ever. No delivery outlives its lease, so that waiting for its
                    // turn in the pipeline costs it nothing here.
                    client.Timeout = provider.GetRequiredService<PartnerPatience>().LongestCall;
                    client.MaxResponseContentBufferSize = LongestAnswer;
                }
            )
            .ConfigurePrimaryHttpMessageHandler(provider =>
            {
                var primary = new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    ConnectTimeout = TimeSpan.FromSeconds(10),
                    PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                    // Its own activities have the whole address as a tag.
                    ActivityHeadersPropagator = null,
                };
                handler?.Invoke(primary, provider);
                return primary;
            })
            .AddHttpMessageHandler(() => new PartnerHandler(partner.Name))
            .AddResilience(partner);
    }

    private static void AddResilience(this IHttpClientBuilder client, Partner partner)
    {
        client.AddResilienceHandler(
            partner.Name + "-concurrency",
            pipeline => pipeline.AddConcurrencyLimiter(partner.MaxConcurrency, int.MaxValue)
        );
        client
            .AddResilienceHandler(
                partner.Name,
                (pipeline, context) =>
                {
                    pipeline.TimeProvider = new SteadyTime(context.ServiceProvider.GetRequiredService<TimeProvider>());
                    var patience = context.ServiceProvider.GetRequiredService<PartnerPatience>();
                    var circuit = context
                        .ServiceProvider.GetRequiredService<Circuits>()
                        .Of(CircuitName(partner.Name, context.InstanceName));
                    if (patience.QuickRetries > 0)
                    {
                        pipeline.AddRetry(QuickRetries(patience.QuickRetries));
                    }

                    pipeline.AddCircuitBreaker(Breaker(patience.CircuitBreak, circuit)).AddTimeout(partner.Timeout);
                }
            )
            .SelectPipelineBy(_ => request => request.Options.TryGetValue(CallKind, out var kind) ? kind : "");
    }

    private static string CircuitName(string partner, string? kind) =>
        string.IsNullOrEmpty(kind) ? partner : $"{partner}-{kind}";

    private static HttpRetryStrategyOptions QuickRetries(int count) =>
        new()
        {
            MaxRetryAttempts = count,
            Delay = TimeSpan.FromMilliseconds(300),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            // A partner that says when to come again is taken at its word by the queue, not by a worker that waits.
            ShouldHandle = attempt =>
                ValueTask.FromResult(
                    !IsOnce(attempt.Context.GetRequestMessage())
                        && (
                            attempt.Outcome.Exception is HttpRequestException
                            || (int?)attempt.Outcome.Result?.StatusCode is 408 or >= 500
                                && attempt.Outcome.Result!.Headers.RetryAfter is null
                        )
                ),
        };

    private static bool IsOnce(HttpRequestMessage? request) =>
        request?.Options.TryGetValue(CallOnce, out var once) == true && once;

    private static HttpCircuitBreakerStrategyOptions Breaker(TimeSpan breakFor, CircuitBreakerStateProvider circuit) =>
        new()
        {
            FailureRatio = 0.5,
            MinimumThroughput = 10,
            SamplingDuration = TimeSpan.FromSeconds(30),
            BreakDuration = breakFor,
            StateProvider = circuit,
            ShouldHandle = attempt =>
                ValueTask.FromResult(
                    attempt.Outcome.Exception is HttpRequestException or TimeoutRejectedException
                        || SpeaksOfTheService((int?)attempt.Outcome.Result?.StatusCode)
                ),
        };

    // NOTE: not 500. Partners answer it to a single record that they can't take, and other records must go on.
    private static bool SpeaksOfTheService(int? status) => status is 408 or 429 or 502 or 503 or 504;
}

/// <summary>The circuit breakers' states, for the operator's page and for metrics.</summary>
public sealed class Circuits
{
    private readonly ConcurrentDictionary<string, ConcurrentBag<CircuitBreakerStateProvider>> providers = new();

    /// <summary>Whether a partner, or one kind of its calls, is not called for a while.</summary>
    public IReadOnlyDictionary<string, bool> Open =>
        providers.ToDictionary(
            partner => partner.Key,
            partner => partner.Value.Any(one => one.CircuitState is CircuitState.Open or CircuitState.Isolated)
        );

    /// <summary>A place where a breaker shows its state. Each breaker that is made gets its own.</summary>
    /// <param name="partner">The partner, with the kind of call.</param>
    public CircuitBreakerStateProvider Of(string partner)
    {
        var provider = new CircuitBreakerStateProvider();
        providers.GetOrAdd(partner, _ => []).Add(provider);
        return provider;
    }
}

/// <summary>Traces and measures calls under the partner's name alone.</summary>
internal sealed class PartnerHandler(string partner) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        using var activity = Instruments.Activities.StartActivity("call " + partner, ActivityKind.Client);
        var begin = Stopwatch.GetTimestamp();
        var outcome = "failed";
        try
        {
            var answer = await base.SendAsync(request, cancellationToken);
            outcome = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
            return answer;
        }
        finally
        {
            activity?.SetTag("http.response.status_code", outcome);
            Instruments.PartnerDuration.Record(
                Stopwatch.GetElapsedTime(begin).TotalSeconds,
                Instruments.Tag("partner", partner),
                Instruments.Tag("outcome", outcome)
            );
        }
    }
}
