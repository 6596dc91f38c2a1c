using NationalId.Core.Ledger;

namespace NationalId.Core.Pipeline;

/// <summary>
/// How many events are not delivered, and how old they are: counted by the sweep, shown by the gauges.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="time">The clock.</param>
public sealed class Backlog(EventLedger ledger, TimeProvider time) : IChore
{
    private const int CountLimit = 10_000;
    private const int Sample = 200;

    // The sweep runs on one host at a time and may move to another: an old count must not go on being reported beside
    // the new one.
    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(12);
    private (DateTimeOffset At, IReadOnlyList<StateBacklog> States) last = (DateTimeOffset.MinValue, []);

    /// <summary>The last count; nothing when another host has taken over or none was made yet.</summary>
    public IReadOnlyList<StateBacklog> Current => time.GetUtcNow() - last.At < GoodFor ? last.States : [];

    /// <inheritdoc/>
    public string Name => "backlog";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<StateBacklog> states = [];
        foreach (var state in (EventState[])[EventState.Received, EventState.Waiting, EventState.Poisoned])
        {
            states.Add(await MeasureAsync(state, cancellationToken));
        }

        last = (time.GetUtcNow(), states);
    }

    private async Task<StateBacklog> MeasureAsync(EventState state, CancellationToken cancellationToken)
    {
        List<(string Key, DateTimeOffset At)> found = [];
        await foreach (var item in ledger.InStateAsync(state, null, null, cancellationToken))
        {
            found.Add(item);
            if (found.Count == CountLimit)
            {
                break;
            }
        }

        // The index tells since when an event is in its state; a retry begins that anew. What is oldest is tried most
        // seldom, so it is among the first.
        DateTimeOffset? oldest = null;
        foreach (var some in found.OrderBy(item => item.At).Take(Sample).Chunk(16))
        {
            foreach (var row in await Task.WhenAll(some.Select(item => ledger.GetAsync(item.Key, cancellationToken))))
            {
                oldest = row is not null && (oldest is null || row.ReceivedAt < oldest) ? row.ReceivedAt : oldest;
            }
        }

        return new StateBacklog(
            state.ToString().ToLowerInvariant(),
            found.Count,
            oldest is { } since ? Math.Max(0, (time.GetUtcNow() - since).TotalSeconds) : 0
        );
    }
}

/// <summary>How many events are in a state that is not the end.</summary>
/// <param name="State">The state, in small letters.</param>
/// <param name="Count">How many events; stops at 10,000.</param>
/// <param name="OldestSeconds">Since when the oldest of them is here; 0 when there is none.</param>
public sealed record StateBacklog(string State, int Count, double OldestSeconds);
