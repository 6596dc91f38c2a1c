using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NationalId.Core.Mosip;
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
        PartnerKeys? keys = null
    )
    {
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
            "nationalid.events.waiting",
            () =>
                backlog.Current.Select(state => new Measurement<long>(
                    state.Count,
                    Instruments.Tag("state", state.State)
                )),
            "{event}",
            "Events that are not delivered, by state"
        );
        Meter.CreateObservableGauge(
            "nationalid.events.oldest_waiting",
            () =>
                backlog.Current.Select(state => new Measurement<double>(
                    state.OldestSeconds,
                    Instruments.Tag("state", state.State)
                )),
            "s",
            "Age of the oldest event that is not delivered, by state"
        );
    }

    internal Meter Meter { get; } = new(Instruments.Name);

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
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
