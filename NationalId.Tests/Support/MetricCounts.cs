using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Tests.Support;

/// <summary>
/// What a counter of the client's counts meanwhile, by its tags: in this process, so other tests' too.
/// </summary>
internal class MetricCounts : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly ConcurrentQueue<(KeyValuePair<string, object?>[] Tags, long Value)> counted = new();

    /// <param name="name">The counter's name.</param>
    public MetricCounts(string name)
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == Instruments.Name && instrument.Name == name)
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => counted.Enqueue((tags.ToArray(), value)));
        listener.SetMeasurementEventCallback<double>(
            (_, value, tags, _) => counted.Enqueue((tags.ToArray(), (long)value))
        );
        listener.Start();
    }

    /// <summary>What was counted with a value of the counter's first tag.</summary>
    public long Of(string tag) => counted.Where(one => (string?)one.Tags[0].Value == tag).Sum(one => one.Value);

    /// <summary>What was counted with all of the tags; without any, all.</summary>
    public long With(params IReadOnlyList<(string Name, object Value)> tags) => Having(tags).Sum();

    /// <summary>Whether a histogram was told a value, to the whole, with all of the tags.</summary>
    public bool WasTold(long value, params IReadOnlyList<(string Name, object Value)> tags) =>
        Having(tags).Contains(value);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join("; ", counted.Select(one => $"{string.Join(' ', one.Tags)}: {one.Value}"));

    private IEnumerable<long> Having(IReadOnlyList<(string Name, object Value)> tags) =>
        counted
            .Where(one => tags.All(tag => one.Tags.Contains(KeyValuePair.Create(tag.Name, (object?)tag.Value))))
            .Select(one => one.Value);

    public void Dispose() => listener.Dispose();
}
