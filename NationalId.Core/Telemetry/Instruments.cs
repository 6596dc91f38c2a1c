using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace NationalId.Core.Telemetry;

/// <summary>What the client measures. The alert rules of infra/ and docs/runbook.md name these; no tag holds personal data.</summary>
public static class Instruments
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "NationalId";

    internal static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Received = Meter.CreateCounter<long>("nationalid.events.received", "{event}", "Events stored, by topic and outcome");
    internal static readonly Counter<long> Refused = Meter.CreateCounter<long>("nationalid.events.refused", "{request}", "Requests refused, by reason");
    internal static readonly Counter<long> Delivered = Meter.CreateCounter<long>("nationalid.events.delivered", "{event}", "Events delivered, by topic");
    internal static readonly Counter<long> Poisoned = Meter.CreateCounter<long>("nationalid.events.poisoned", "{event}", "Events that can never succeed, by topic");
    internal static readonly Histogram<double> DeliveryAge = Meter.CreateHistogram<double>("nationalid.delivery.age", "s", "Time from webhook to delivery, by topic");
    internal static readonly Histogram<double> PartnerDuration = Meter.CreateHistogram<double>("nationalid.mosip.duration", "s", "Duration of a call to a partner, by call and outcome");

    private static Func<IReadOnlyDictionary<string, bool>>? circuits;

    static Instruments() => Meter.CreateObservableGauge("nationalid.mosip.circuit", () =>
        circuits?.Invoke().Select(circuit => new Measurement<int>(circuit.Value ? 1 : 0, Tag("partner", circuit.Key))) ?? [], description: "1 while a partner's circuit is open");

    internal static void ObserveCircuits(Func<IReadOnlyDictionary<string, bool>> observe) => circuits = observe;

    internal static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}
