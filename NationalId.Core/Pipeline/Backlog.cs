using System.Collections.Concurrent;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// How many events are open (not delivered, and not closed by an operator), and how old they are: counted by the sweep,
/// shown by the gauges.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class Backlog(EventLedger ledger, EventKinds kinds, TimeProvider time) : IChore
{
    private const int CountLimit = 10_000;
    private readonly LastCount<IReadOnlyList<StateBacklog>> last = new();

    /// <summary>The last count; nothing when another host has taken over or none was made yet.</summary>
    public IReadOnlyList<StateBacklog> Current => last.At(time.GetUtcNow()) ?? [];

    /// <inheritdoc/>
    public string Name => "backlog";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<StateBacklog> states = [];
        foreach (var state in Enum.GetValues<EventState>().Where(EventIndex.IsOpen))
        {
            states.Add(await MeasureAsync(state, cancellationToken));
        }

        last.Set(states, time.GetUtcNow());
    }

    private async Task<StateBacklog> MeasureAsync(EventState state, CancellationToken cancellationToken)
    {
        var counts = new ConcurrentDictionary<(string Topic, string At), long>();
        var (_, first) = await ledger.CountOpenAsync(
            state,
            CountLimit,
            entry =>
            {
                var at =
                    entry.Refused ? OpenCount.Refused
                    : entry.Contradicts ? OpenCount.Conflict
                    : entry.Tried ? OpenCount.AtDelivery
                    : OpenCount.AtIntake;
                counts.AddOrUpdate((kinds.LabelOf(entry.Topic), at), 1, (_, known) => known + 1);
            },
            cancellationToken
        );
        return new StateBacklog(
            state.ToString().ToLowerInvariant(),
            [.. counts.Select(one => new OpenCount(one.Key.Topic, one.Key.At, one.Value))],
            first is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0
        );
    }
}

/// <summary>The events in a state in which something is left to do.</summary>
/// <param name="State">The state, in small letters.</param>
/// <param name="Counts">How many events; together they stop at 10,000.</param>
/// <param name="OldestSeconds">How long ago the one that came first came; 0 when there is none.</param>
public sealed record StateBacklog(string State, IReadOnlyList<OpenCount> Counts, double OldestSeconds);

/// <summary>How many events of a kind.</summary>
/// <param name="Topic">The kind's label.</param>
/// <param name="At">
/// <see cref="AtIntake"/>, <see cref="AtDelivery"/> once a delivery was tried, <see cref="Refused"/> or
/// <see cref="Conflict"/>.
/// </param>
/// <param name="Count">How many.</param>
public sealed record OpenCount(string Topic, string At, long Count)
{
    /// <summary>No delivery was tried yet.</summary>
    public const string AtIntake = "intake";

    /// <summary>A delivery was tried.</summary>
    public const string AtDelivery = "delivery";

    /// <summary>The National ID system took it, and ended it without doing its work.</summary>
    public const string Refused = "refused";

    /// <summary>Its delivery found that it contradicts what is known.</summary>
    public const string Conflict = "conflict";
}
