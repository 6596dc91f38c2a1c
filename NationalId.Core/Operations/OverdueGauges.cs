using System.Diagnostics.Metrics;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Operations;

/// <summary>
/// How many registrations were sent long ago without a word since. Asked only while somebody collects metrics.
/// </summary>
internal sealed class OverdueGauges : IDisposable
{
    public OverdueGauges(OverdueChore overdue)
    {
        Meter.CreateObservableGauge(
            "nationalid.numbers.overdue",
            () => Of(overdue.Current),
            "{registration}",
            "Births sent long ago that have no number, and deaths that ended none, by kind"
        );
    }

    internal Meter Meter { get; } = new(Instruments.Name);

    public void Dispose() => Meter.Dispose();

    private static IEnumerable<Measurement<int>> Of(OverdueCounts? counts) =>
        counts is null
            ? []
            :
            [
                new(counts.Births, Instruments.Tag("kind", "birth")),
                new(counts.Deaths, Instruments.Tag("kind", "death")),
            ];
}
