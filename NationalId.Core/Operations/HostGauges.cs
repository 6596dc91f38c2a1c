using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NationalId.Core.Mosip;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Operations;

/// <summary>
/// How this host is now: what the alert rules look at between events. Asked only while somebody collects metrics.
/// </summary>
internal sealed class HostGauges : IDisposable
{
    public HostGauges(
        Circuits circuits,
        ISecretStore secrets,
        Backlog backlog,
        QuarantineChore quarantine,
        SecretChecks checks,
        PartnerKeys? keys = null,
        ConfirmChore? confirmations = null
    )
    {
        Meter.CreateObservableGauge(
            "nationalid.confirmations.waiting",
            () => Of(confirmations, backlog => backlog.Count),
            "{registration}",
            "Registrations of OpenCRVS 1.9 and later that are not accepted yet"
        );
        Meter.CreateObservableGauge(
            "nationalid.confirmations.overdue",
            () => Of(confirmations, backlog => backlog.OverdueSeconds),
            "s",
            "How long the oldest registration should have been accepted"
        );
        Meter.CreateObservableGauge(
            "nationalid.confirmations.token_hours_left",
            () => Of(confirmations, backlog => backlog.TokenHoursLeft),
            "h",
            "Hours until the first token of a registration that is not accepted ends"
        );
        Meter.CreateObservableGauge(
            "nationalid.quarantine.waiting",
            () => quarantine.Left is { } left ? [new Measurement<long>(left.Count)] : Array.Empty<Measurement<long>>(),
            "{message}",
            "Messages in quarantine, which no secret fits"
        );
        Meter.CreateObservableGauge(
            "nationalid.quarantine.oldest",
            () =>
                quarantine.Left is { } left
                    ? [new Measurement<double>(left.OldestSeconds)]
                    : Array.Empty<Measurement<double>>(),
            "s",
            "Age of the oldest message in quarantine"
        );
        Meter.CreateObservableGauge(
            "nationalid.partner.circuit",
            () =>
                circuits.Open.Select(circuit => new Measurement<int>(
                    circuit.Value ? 1 : 0,
                    Instruments.Tag("partner", circuit.Key)
                )),
            description: "1 while a partner is not called"
        );
        Meter.CreateObservableGauge(
            "nationalid.secrets.degraded",
            () => secrets.Status.IsDegraded ? 1 : 0,
            description: "1 while the secret store does not answer"
        );
        Meter.CreateObservableGauge(
            "nationalid.signing.mismatch",
            () => keys is { SigningAlert: true } ? 1 : 0,
            description: "1 while the newest P12 and the newest password don't fit"
        );
        Meter.CreateObservableGauge(
            "nationalid.certificate.days_left",
            () =>
                checks.DaysLeft.Select(one => new Measurement<double>(
                    one.Days,
                    Instruments.Tag("certificate", one.Name)
                )),
            "d",
            "Days until a certificate in use expires, by the secret that holds it; negative when it is over"
        );
        Meter.CreateObservableGauge(
            "nationalid.events.waiting",
            () =>
                backlog.Current.SelectMany(state =>
                    // A state without events says 0: a graph with gaps looks like a host that is away.
                    state.Counts.Count == 0
                        ? [new Measurement<long>(0, Instruments.Tag("state", state.State))]
                        : state.Counts.Select(one => new Measurement<long>(
                            one.Count,
                            Instruments.Tag("state", state.State),
                            Instruments.Tag("topic", one.Topic),
                            Instruments.Tag("at", one.At)
                        ))
                ),
            "{event}",
            "Events that are open: not delivered, and not closed by an operator"
        );
        Meter.CreateObservableGauge(
            "nationalid.events.oldest_waiting",
            () =>
                backlog.Current.Select(state => new Measurement<double>(
                    state.OldestSeconds,
                    Instruments.Tag("state", state.State)
                )),
            "s",
            "How long ago the oldest open event came, by state"
        );
    }

    internal Meter Meter { get; } = new(Instruments.Name);

    private static IEnumerable<Measurement<double>> Of(ConfirmChore? chore, Func<ConfirmBacklog, double?> figure) =>
        chore?.Current is { } backlog && figure(backlog) is { } value ? [new Measurement<double>(value)] : [];

    public void Dispose() => Meter.Dispose();
}

/// <summary>
/// Has the gauges made at start. Not before: the host makes this service before it checks the settings.
/// </summary>
internal sealed class StartGauges(IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        services.GetRequiredService<HostGauges>();
        services.GetRequiredService<OverdueGauges>();
        services.GetRequiredService<ReconcileGauges>();
        services.GetRequiredService<SubscriptionGauges>();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
