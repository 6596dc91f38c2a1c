using NationalId.Core.Mosip.WebSub;
using NationalId.Core.OpenCrvs.Webhooks;

namespace NationalId.Core.Operations;

/// <summary>Whom we are subscribed with: OpenCRVS, and MOSIP's hub where there is one.</summary>
/// <param name="openCrvs">Our subscriptions with OpenCRVS.</param>
/// <param name="hubs">Our subscriptions with MOSIP's hub.</param>
public sealed class SubscriptionStates(Subscriptions openCrvs, IEnumerable<HubSubscription> hubs)
{
    /// <summary>Whether an operator can have us subscribed with OpenCRVS.</summary>
    internal bool CanSubscribe => openCrvs.IsConfigured;

    /// <summary>Each topic, as the operator sees it.</summary>
    /// <param name="cancellationToken">Stops the lookups.</param>
    internal async Task<IReadOnlyList<SubscriptionView>> AllAsync(CancellationToken cancellationToken)
    {
        var views = (await openCrvs.StatesAsync(cancellationToken))
            .Select(topic => new SubscriptionView(topic.Topic, topic.Status, topic.At, topic.Reason))
            .ToList();
        foreach (var hub in hubs)
        {
            views.AddRange(
                (await hub.StatesAsync(cancellationToken)).Select(topic => new SubscriptionView(
                    "MOSIP's hub, " + topic.Topic,
                    HubSubscription.Word(topic.State) is var word && word == "healthy" ? "subscribed" : word,
                    topic.State.ConfirmedAt ?? topic.State.AskedAt,
                    topic.State.Denial
                ))
            );
        }

        return views;
    }
}
