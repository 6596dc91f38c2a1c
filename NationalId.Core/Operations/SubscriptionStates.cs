using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;

namespace NationalId.Core.Operations;

/// <summary>Whom we are subscribed with: OpenCRVS, MOSIP's hub, an OSIA registry.</summary>
/// <param name="openCrvs">Our subscriptions with OpenCRVS.</param>
/// <param name="subscribers">All our subscriptions.</param>
public sealed class SubscriptionStates(Subscriptions openCrvs, IEnumerable<ISubscriber> subscribers)
{
    /// <summary>Whether an operator can have us subscribed with OpenCRVS.</summary>
    internal bool CanSubscribe => openCrvs.IsConfigured;

    /// <summary>Each topic, as the operator sees it.</summary>
    /// <param name="cancellationToken">Stops the lookups.</param>
    internal async Task<IReadOnlyList<SubscriptionView>> AllAsync(CancellationToken cancellationToken)
    {
        List<SubscriptionView> views = [];
        foreach (var subscriber in subscribers)
        {
            views.AddRange(
                (await subscriber.TopicsAsync(cancellationToken)).Select(topic => new SubscriptionView(
                    topic.Topic,
                    topic.Status,
                    topic.At,
                    topic.Reason
                ))
            );
        }

        return views;
    }
}
