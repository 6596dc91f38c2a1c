using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace NationalId.Core.Platform.Telemetry;

/// <summary>
/// What the client measures. The alert rules of infra/ and docs/runbook.md name these; no tag holds personal data.
/// </summary>
public static class Instruments
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "NationalId";

    internal static readonly ActivitySource Activities = new(Name);
    private static readonly Meter Meter = new(Name);

    internal static readonly Counter<long> Received = Meter.CreateCounter<long>(
        "nationalid.events.received",
        "{event}",
        "Events stored, by topic and outcome"
    );
    internal static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "nationalid.events.refused",
        "{request}",
        "Requests refused, by reason"
    );
    internal static readonly Counter<long> Delivered = Meter.CreateCounter<long>(
        "nationalid.events.delivered",
        "{event}",
        "Events delivered, by topic"
    );
    internal static readonly Counter<long> Poisoned = Meter.CreateCounter<long>(
        "nationalid.events.poisoned",
        "{event}",
        "Events that can never succeed, by topic"
    );
    internal static readonly Counter<long> Flagged = Meter.CreateCounter<long>(
        "nationalid.events.flagged",
        "{event}",
        "Events that contradict what is known, seen at their delivery only, by topic"
    );

    internal static readonly Counter<long> PacketsRefused = Meter.CreateCounter<long>(
        "nationalid.packets.refused",
        "{packet}",
        "Packets that MOSIP ended without its work, by process and status"
    );

    internal static readonly Counter<long> Unsealed = Meter.CreateCounter<long>(
        "nationalid.payloads.unsealed",
        "{payload}",
        "Payloads in storage that are not sealed with any key of ours: they wait"
    );

    internal static readonly Counter<long> SweepFailed = Meter.CreateCounter<long>(
        "nationalid.sweep.failed",
        "{run}",
        "Parts of the sweep that failed, by part"
    );

    internal static readonly Counter<long> Confirmed = Meter.CreateCounter<long>(
        "nationalid.confirmations.ended",
        "{registration}",
        "Registrations of OpenCRVS 1.9 and later that are accepted or rejected, by outcome"
    );

    internal static readonly Counter<long> Recovered = Meter.CreateCounter<long>(
        "nationalid.reconcile.recovered",
        "{event}",
        "Registrations that OpenCRVS's messages did not bring and reconciliation found, by cause and topic"
    );

    internal static readonly Counter<long> ReconcileConflicts = Meter.CreateCounter<long>(
        "nationalid.reconcile.conflicts",
        "{registration}",
        "Registrations of OpenCRVS that contradict the ledger, by topic"
    );

    internal static readonly Counter<long> IdaUndecided = Meter.CreateCounter<long>(
        "nationalid.ida.undecided",
        "{answer}",
        "Answers of IDA that say nothing of the person, by code"
    );

    internal static readonly Counter<long> VerifyUndecided = Meter.CreateCounter<long>(
        "nationalid.verify.undecided",
        "{question}",
        "Verifications for a form that were left undecided, by reason"
    );

    internal static readonly Counter<long> DataAccess = Meter.CreateCounter<long>(
        "nationalid.osia.reads",
        "{request}",
        "Questions of an OSIA registry about people, by call and status"
    );

    internal static readonly Histogram<double> DeliveryAge = Meter.CreateHistogram(
        "nationalid.delivery.age",
        "s",
        "Time from webhook to delivery, by topic",
        advice: Buckets(1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400, 604_800)
    );

    internal static readonly Histogram<double> PartnerDuration = Meter.CreateHistogram(
        "nationalid.partner.duration",
        "s",
        "Duration of a call to a partner, by partner and outcome",
        advice: Buckets(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
    );

    /// <summary>Counts an event that is stored.</summary>
    /// <param name="label">What the table of event kinds calls it in metrics.</param>
    /// <param name="outcome"><c>new</c>, <c>again</c>, <c>flagged</c>, <c>quarantined</c> and the like.</param>
    internal static void CountReceived(string label, string outcome) =>
        Received.Add(1, Tag("topic", label), Tag("outcome", outcome));

    internal static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) =>
        new() { HistogramBucketBoundaries = boundaries };
}
