using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Telemetry;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace NationalId.Core.Platform.Http;

/// <summary>
/// The HTTP clients towards partners: quick retries, a timeout per call, a circuit breaker and bounded concurrency, by
/// Microsoft.Extensions.Http.Resilience. What outlasts them is the queue's business (<see cref="EventDelivery"/>).
/// Their addresses may hold secrets (IDA's do): they are neither logged nor traced, and redirects are not followed.
/// </summary>
internal static class Partners
{
    // Services of their own: records that the mediator can't save must not keep the auth service from checking MOSIP's
    // token.
    public const string OpenCrvs = "opencrvs";
    public const string OpenCrvsAuth = "opencrvs-auth";
    public const string OpenCrvsWebhooks = "opencrvs-webhooks";
    public const string Mosip = "mosip";
    public const string Ida = "ida";
    public const string DefaultSystem = "national-id-system";

    private const int LongestAnswer = 1024 * 1024;

    public static void AddPartner(
        this IServiceCollection services,
        string name,
        Func<NationalIdOptions, (TimeSpan Timeout, int Concurrency)> limits,
        Action<SocketsHttpHandler, IServiceProvider>? handler = null
    )
    {
        services
            .AddHttpClient(name)
            .RemoveAllLoggers()
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .ConfigureHttpClient(
                (provider, client) =>
                {
                    // The pipeline's timeout ends with the headers: a body that stops coming would hold a token's
                    // fetch, and all who wait for it, for ever.
                    // No delivery outlives its lease, so that waiting for its turn in the pipeline costs it nothing
                    // here.
                    client.Timeout = provider.GetRequiredService<IOptions<NationalIdOptions>>().Value.Delivery.LeaseFor;
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
            .AddHttpMessageHandler(() => new PartnerHandler(name))
            .AddResilienceHandler(
                name,
                (pipeline, context) =>
                {
                    var options = context.ServiceProvider.GetRequiredService<IOptions<NationalIdOptions>>().Value;
                    var (timeout, concurrency) = limits(options);
                    pipeline.AddConcurrencyLimiter(concurrency, int.MaxValue);
                    if (options.Delivery.QuickRetries > 0)
                    {
                        pipeline.AddRetry(
                            new HttpRetryStrategyOptions
                            {
                                MaxRetryAttempts = options.Delivery.QuickRetries,
                                Delay = TimeSpan.FromMilliseconds(300),
                                BackoffType = DelayBackoffType.Exponential,
                                UseJitter = true,
                                // A partner that says when to come again is taken at its word by the queue, not by a
                                // worker that waits.
                                ShouldHandle = attempt =>
                                    ValueTask.FromResult(
                                        attempt.Outcome.Exception is HttpRequestException
                                            || (int?)attempt.Outcome.Result?.StatusCode is 408 or >= 500
                                                && attempt.Outcome.Result!.Headers.RetryAfter is null
                                    ),
                            }
                        );
                    }

                    pipeline
                        .AddCircuitBreaker(
                            new HttpCircuitBreakerStrategyOptions
                            {
                                FailureRatio = 0.5,
                                MinimumThroughput = 10,
                                SamplingDuration = TimeSpan.FromSeconds(30),
                                BreakDuration = options.Delivery.CircuitBreak,
                                StateProvider = context.ServiceProvider.GetRequiredService<Circuits>().Of(name),
                                ShouldHandle = attempt =>
                                    ValueTask.FromResult(
                                        attempt.Outcome.Exception is HttpRequestException or TimeoutRejectedException
                                            || (int?)attempt.Outcome.Result?.StatusCode is 408 or 429 or >= 500
                                    ),
                            }
                        )
                        .AddTimeout(timeout);
                }
            );
    }
}

/// <summary>The circuit breakers' states, for the operator's page and for metrics.</summary>
internal sealed class Circuits
{
    private readonly ConcurrentDictionary<string, CircuitBreakerStateProvider> providers = new();

    /// <summary>The partners that are not called for a while.</summary>
    public IReadOnlyDictionary<string, bool> Open =>
        providers.ToDictionary(
            provider => provider.Key,
            provider => provider.Value.CircuitState is CircuitState.Open or CircuitState.Isolated
        );

    public CircuitBreakerStateProvider Of(string partner) =>
        providers.GetOrAdd(partner, _ => new CircuitBreakerStateProvider());
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
            outcome = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
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
