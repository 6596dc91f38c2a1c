using Microsoft.AspNetCore.Http;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Operations;

/// <summary>The operator's summary: how everything stands now.</summary>
/// <param name="counts">Counts events.</param>
/// <param name="pause">The operator's switch.</param>
/// <param name="circuits">Which partners are not called.</param>
/// <param name="quarantine">What can't be checked.</param>
/// <param name="secrets">How the secret store does.</param>
/// <param name="subscriptions">Whom we are subscribed with.</param>
/// <param name="deployment">Says which deployment this is.</param>
public sealed class OperatorSummary(
    EventCounts counts,
    DeliverySwitch pause,
    Circuits circuits,
    Quarantine quarantine,
    ISecretStore secrets,
    SubscriptionStates subscriptions,
    Deployment deployment
)
{
    /// <summary>
    /// Which deployment this is and who asks, counts, ages and reasons per state, the last 24 hours by the hour, open
    /// circuits, whether delivery is paused. What is delivered or closed is counted over the last 24 hours; a count
    /// stops at 10,000.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> SummaryAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        var (figures, paused, waiting) = (counts.CountAsync(stop), pause.ReadAsync(stop), quarantine.CountAsync(stop));
        await Task.WhenAll(figures, paused, waiting);
        var at = figures.Result.At;
        return new UncachedResult(
            Results.Json(
                new Summary(
                    ProductVersion.Text,
                    at,
                    paused.Result.Paused,
                    [.. circuits.Open.Where(circuit => circuit.Value).Select(circuit => circuit.Key)],
                    secrets.Status.State.ToString(),
                    waiting.Result.Count,
                    waiting.Result.Oldest is { } oldest ? (at - oldest).TotalSeconds : null,
                    figures.Result.States,
                    figures.Result.LastDay,
                    await subscriptions.AllAsync(stop)
                )
                {
                    Deployment = deployment.View,
                    Operator = deployment.OperatorOf(request),
                    PausedBy = paused.Result.Paused ? paused.Result.By : null,
                    PausedAt = paused.Result.Paused ? paused.Result.At : null,
                    CanSubscribe = subscriptions.CanSubscribe,
                },
                OperationsJson.Default.Summary
            )
        );
    }
}

/// <summary>Which deployment this is: an operator who has several must not take one for another.</summary>
/// <param name="path">Which client and system it serves.</param>
/// <param name="options">What the page is told of it.</param>
/// <param name="operators">Who asks.</param>
public sealed class Deployment(ChosenPath path, OperationsOptions options, Operators operators)
{
    internal DeploymentView View { get; } =
        new(
            options.Environment.Length > 0 ? options.Environment : null,
            path.Client,
            path.System,
            options.TraceLink.Length > 0 ? options.TraceLink : null,
            options.ReplayPerMinute
        );

    internal string? OperatorOf(HttpRequest request) => operators.NameOf(request);
}
