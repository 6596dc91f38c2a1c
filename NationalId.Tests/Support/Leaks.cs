using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.Text.Json;
using Azure.Core.Diagnostics;

namespace NationalId.Tests.Support;

/// <summary>Looks for what nobody may read in what was said.</summary>
internal static class Leaks
{
    /// <summary>As it is, and as JSON and addresses write it.</summary>
    public static HashSet<string> Forms(IEnumerable<string> secrets) =>
        [
            .. secrets
                .Where(secret => secret.Length > 4)
                .SelectMany(secret =>
                    (string[])[secret, Uri.EscapeDataString(secret), JsonSerializer.Serialize(secret)[1..^1]]
                ),
        ];

    /// <summary>The lines in which something stands, with what it is.</summary>
    /// <param name="said">All that was said, in lines.</param>
    /// <param name="forbidden">What may not stand there.</param>
    public static IEnumerable<string> In(string said, IEnumerable<string> forbidden)
    {
        // Without regard to case, and at once: the text is long, and what is looked for is much.
        var lower = said.ToLowerInvariant();
        return forbidden
            .Where(secret => lower.Contains(secret.ToLowerInvariant(), StringComparison.Ordinal))
            .Select(secret =>
            {
                var line = said.Split('\n').First(text => text.Contains(secret, StringComparison.OrdinalIgnoreCase));
                return $"{secret}: {string.Concat(line.Take(400))}";
            });
    }
}

/// <summary>Activities, measurements and the storage SDK's own log, of the whole process.</summary>
internal sealed class Heard : IDisposable
{
    private readonly ActivityListener activities;
    private readonly MeterListener meters;
    private readonly AzureEventSourceListener azure;

    public Heard()
    {
        activities = new ActivityListener
        {
            // Not the servers': the sandbox is one too, and traces what it is asked.
            ShouldListenTo = source => source.Name != "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
                Lines.Enqueue(
                    $"activity {activity.DisplayName} {Tags(activity.TagObjects)} "
                        + $"{activity.StatusDescription} {Tags(activity.Events.SelectMany(item => item.Tags))}"
                ),
        };
        ActivitySource.AddActivityListener(activities);
        meters = new MeterListener
        {
            InstrumentPublished = (instrument, listening) => listening.EnableMeasurementEvents(instrument),
        };
        meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Add(instrument, tags));
        meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Add(instrument, tags));
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, tags));
        meters.Start();
        azure = new AzureEventSourceListener(
            (source, message) => Lines.Enqueue($"{source.EventSource.Name} {message}"),
            EventLevel.Verbose
        );
    }

    public ConcurrentQueue<string> Lines { get; } = new();

    public void Dispose()
    {
        activities.Dispose();
        meters.Dispose();
        azure.Dispose();
    }

    private static string Tags(IEnumerable<KeyValuePair<string, object?>> tags) =>
        string.Join(' ', tags.Select(tag => $"{tag.Key}={tag.Value}"));

    private void Add(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Lines.Enqueue($"{instrument.Name} {Tags(tags.ToArray())}");
}
