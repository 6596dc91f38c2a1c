using System.Diagnostics.Metrics;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Operations;

/// <summary>
/// How long no run of the reconciliation was complete. Asked only while somebody collects metrics.
/// </summary>
internal sealed class ReconcileGauges : IDisposable
{
    public ReconcileGauges(ReconcileSchedule? schedule = null)
    {
        Meter.CreateObservableGauge(
            "nationalid.reconcile.hours_since_complete",
            () =>
                schedule?.HoursSinceComplete?.Select(one => new Measurement<double>(
                    one.Value,
                    Instruments.Tag("source", one.Key)
                ))
                ?? [],
            "h",
            "Hours since a run of the reconciliation was complete, by source"
        );
    }

    internal Meter Meter { get; } = new(Instruments.Name);

    public void Dispose() => Meter.Dispose();
}
