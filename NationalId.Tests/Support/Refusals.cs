using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Tests.Support;

/// <summary>
/// What <c>nationalid.events.refused</c>, at which alert rules look, counts meanwhile: in this process, so other tests'
/// too.
/// </summary>
internal sealed class Refusals : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly ConcurrentDictionary<string, long> counts = [];

    public Refusals()
    {
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == Instruments.Name && instrument.Name == "nationalid.events.refused")
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>(
            (_, value, tags, _) => counts.AddOrUpdate((string)tags[0].Value!, value, (_, before) => before + value)
        );
        listener.Start();
    }

    public long Of(string reason) => counts.GetValueOrDefault(reason);

    public void Dispose() => listener.Dispose();
}
