using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Operations;

namespace NationalId.Tests.Support;

/// <summary>What one host's gauges say, as the alert rules read them. The sweep counts first.</summary>
internal static class Gauges
{
    /// <summary>The sum of a gauge's values that have all of the tags; null when it says nothing with them.</summary>
    public static async Task<double?> CountedAsync(
        this World world,
        string gauge,
        params IReadOnlyList<(string Name, string Value)> tags
    )
    {
        await world.SweepAsync();
        return world.Host.Services.Gauge(gauge, tags);
    }

    /// <summary>The same of any host, as it stands.</summary>
    public static double? Gauge(
        this IServiceProvider services,
        string gauge,
        params IReadOnlyList<(string Name, string Value)> tags
    )
    {
        Meter[] meters =
        [
            services.GetRequiredService<HostGauges>().Meter,
            services.GetRequiredService<OverdueGauges>().Meter,
            services.GetRequiredService<ReconcileGauges>().Meter,
            services.GetRequiredService<SubscriptionGauges>().Meter,
        ];
        double? sum = null;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (meters.Contains(instrument.Meter) && instrument.Name == gauge)
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((_, value, with, _) => Add(value, with));
        listener.SetMeasurementEventCallback<long>((_, value, with, _) => Add(value, with));
        listener.SetMeasurementEventCallback<double>((_, value, with, _) => Add(value, with));
        listener.Start();
        listener.RecordObservableInstruments();
        return sum;

        void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> with)
        {
            var known = with.ToArray();
            if (tags.All(tag => known.Contains(KeyValuePair.Create(tag.Name, (object?)tag.Value))))
            {
                sum = (sum ?? 0) + value;
            }
        }
    }
}
