using System.Diagnostics.Metrics;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Operations;

/// <summary>
/// How many topics of partners nothing comes by. Asked only while somebody collects metrics.
/// </summary>
internal sealed class SubscriptionGauges : IDisposable
{
    public SubscriptionGauges(SubscriptionChore chore)
    {
        Meter.CreateObservableGauge(
            "nationalid.subscriptions.missing",
            () =>
                (chore.Current ?? new Dictionary<string, int>()).Select(one => new Measurement<int>(
                    one.Value,
                    Instruments.Tag("partner", one.Key)
                )),
            "{topic}",
            "Topics that we asked for and are not subscribed to, by partner"
        );
    }

    internal Meter Meter { get; } = new(Instruments.Name);

    public void Dispose() => Meter.Dispose();
}
