using System.Collections.Concurrent;
using NationalId.Core.Ledger;

namespace NationalId.Core.Operations;

/// <summary>Counts events for the operator's summary. A count stops at 10,000.</summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="orders">Says what can be sent on its way again.</param>
/// <param name="time">The clock.</param>
public sealed class EventCounts(EventLedger ledger, EventOrders orders, TimeProvider time)
{
    private const int CountLimit = 10_000;
    private const int MostReasons = 30;

    /// <summary>
    /// All states, and the last 24 hours by the hour. Of what is delivered or closed only the last 24 hours are
    /// counted.
    /// </summary>
    /// <param name="cancellationToken">Stops the queries.</param>
    internal async Task<EventFigures> CountAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var day = now.AddHours(-24);
        var received = HoursAsync(null, day, cancellationToken);
        var delivered = HoursAsync(EventState.Delivered, day, cancellationToken);
        var closed = HoursAsync(EventState.Closed, day, cancellationToken);
        var open = Enum.GetValues<EventState>()
            .Where(EventIndex.IsOpen)
            .Select(state => CountOpenAsync(state, now, cancellationToken))
            .ToList();
        await Task.WhenAll([received, delivered, closed, .. open]);
        return new EventFigures(
            now,
            [
                .. open.Select(state => state.Result),
                new StateCount(nameof(EventState.Delivered), delivered.Result.Sum(), null, true),
                new StateCount(nameof(EventState.Closed), closed.Result.Sum(), null, true),
            ],
            [
                .. received
                    .Result.Zip(delivered.Result, (came, went) => (came, went))
                    .Select((hour, index) => new Hour(day.AddHours(index), hour.came, hour.went)),
            ]
        );
    }

    private async Task<StateCount> CountOpenAsync(
        EventState state,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var reasons = new ConcurrentDictionary<string, (int Count, int Sendable)>();
        var (count, first) = await ledger.CountOpenAsync(
            state,
            CountLimit,
            entry =>
            {
                var sendable = entry.HasPayload && orders.CanDeliver(entry.Topic) ? 1 : 0;
                reasons.AddOrUpdate(
                    entry.Reason,
                    (1, sendable),
                    (_, known) => (known.Count + 1, known.Sendable + sendable)
                );
            },
            cancellationToken
        );
        return new StateCount(
            state.ToString(),
            count,
            first is { } oldest ? (now - oldest).TotalSeconds : null,
            false,
            state == EventState.Received
                ? null
                :
                [
                    .. reasons
                        .Select(one => new ReasonCount(one.Key, one.Value.Count, one.Value.Sendable))
                        .OrderByDescending(one => one.Count)
                        .ThenBy(one => one.Reason, StringComparer.Ordinal)
                        .Take(MostReasons),
                ]
        );
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

/// <summary>What was counted, and when.</summary>
internal sealed record EventFigures(DateTimeOffset At, IReadOnlyList<StateCount> States, IReadOnlyList<Hour> LastDay);
