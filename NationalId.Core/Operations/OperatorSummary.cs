using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Operations;

/// <summary>The operator's summary: how everything stands now.</summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="pause">The operator's switch.</param>
/// <param name="circuits">Which partners are not called.</param>
/// <param name="quarantine">What can't be checked.</param>
/// <param name="secrets">How the secret store does.</param>
/// <param name="subscriptions">Our subscriptions with OpenCRVS.</param>
/// <param name="time">The clock.</param>
public sealed class OperatorSummary(
    EventLedger ledger,
    DeliverySwitch pause,
    Circuits circuits,
    Quarantine quarantine,
    ISecretStore secrets,
    Subscriptions subscriptions,
    TimeProvider time
)
{
    private const int CountLimit = 10_000;

    /// <summary>
    /// Counts and ages per state, the last 24 hours by the hour, open circuits, whether delivery is paused. States that
    /// end a life are counted over the last 24 hours; a count stops at 10,000.
    /// </summary>
    /// <param name="cancellationToken">Stops the queries.</param>
    public async Task<IResult> SummaryAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var day = now.AddHours(-24);
        var received = HoursAsync(null, day, cancellationToken);
        var delivered = HoursAsync(EventState.Delivered, day, cancellationToken);
        var states = Enum.GetValues<EventState>()
            .Where(state => state != EventState.Delivered)
            .Select(state => CountAsync(state, now, cancellationToken))
            .ToList();
        var (paused, waiting) = (pause.ReadAsync(cancellationToken), quarantine.CountAsync(cancellationToken));
        await Task.WhenAll([received, delivered, paused, waiting, .. states]);
        return new UncachedResult(
            Results.Json(
                new Summary(
                    ProductVersion.Text,
                    now,
                    paused.Result,
                    [.. circuits.Open.Where(circuit => circuit.Value).Select(circuit => circuit.Key)],
                    secrets.Status.State.ToString(),
                    waiting.Result.Count,
                    waiting.Result.Oldest is { } oldest ? (now - oldest).TotalSeconds : null,
                    [
                        .. states.Select(state => state.Result),
                        new StateCount(nameof(EventState.Delivered), delivered.Result.Sum(), null, true),
                    ],
                    [
                        .. received
                            .Result.Zip(delivered.Result, (came, went) => (came, went))
                            .Select((hour, index) => new Hour(day.AddHours(index), hour.came, hour.went)),
                    ],
                    [
                        .. (await subscriptions.StatesAsync(cancellationToken)).Select(topic => new SubscriptionView(
                            topic.Topic,
                            topic.Status,
                            topic.At,
                            topic.Reason
                        )),
                    ]
                ),
                OperationsJson.Default.Summary
            )
        );
    }

    private async Task<StateCount> CountAsync(EventState state, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var count = 0;
        var oldest = await ledger.ByPartitionAsync(state, null, null, 1000, ReadAsync, cancellationToken);
        return new StateCount(
            state.ToString(),
            Math.Min(count, CountLimit),
            oldest.Min() is { } since ? (now - since).TotalSeconds : null,
            false
        );

        // Every partition tells its first, which is its oldest, even when the others reach the limit.
        async Task<DateTimeOffset?> ReadAsync(IAsyncEnumerable<(string Key, DateTimeOffset At)> keys)
        {
            DateTimeOffset? first = null;
            await foreach (var (_, at) in keys)
            {
                first ??= at;
                if (Interlocked.Increment(ref count) >= CountLimit)
                {
                    break;
                }
            }

            return first;
        }
    }

    private async Task<int[]> HoursAsync(EventState? state, DateTimeOffset begin, CancellationToken cancellationToken)
    {
        var hours = new int[24];
        await ledger.ByPartitionAsync(
            state,
            begin,
            null,
            1000,
            async keys =>
            {
                await foreach (var (_, at) in keys)
                {
                    Interlocked.Increment(ref hours[Math.Clamp((int)(at - begin).TotalHours, 0, 23)]);
                }

                return true;
            },
            cancellationToken
        );
        return hours;
    }
}
