using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;

namespace NationalId.Core.Operations;

/// <summary>Counts the topics that we asked for and are not subscribed to: nothing comes by them.</summary>
/// <param name="subscribers">All our subscriptions.</param>
/// <param name="clock">The clock.</param>
public sealed class SubscriptionChore(IEnumerable<ISubscriber> subscribers, ChoreClock clock) : IChore
{
    private readonly LastCount<IReadOnlyDictionary<string, int>> last = new();

    /// <summary>
    /// The last count, by partner; null when another host has taken over or none was made yet.
    /// </summary>
    public IReadOnlyDictionary<string, int>? Current => last.At(clock.Now);

    /// <inheritdoc/>
    public string Name => "subscriptions";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, int> missing = [];
        foreach (var subscriber in subscribers)
        {
            if (await subscriber.TopicsAsync(cancellationToken) is { Count: > 0 } topics)
            {
                missing[subscriber.Partner] = topics.Count(topic => topic.IsMissing);
            }
        }

        last.Set(missing, clock.Now);
    }
}
