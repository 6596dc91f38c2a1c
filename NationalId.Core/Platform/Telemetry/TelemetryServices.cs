using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace NationalId.Core.Platform.Telemetry;

/// <summary>
/// Sends traces, metrics and logs to Application Insights, to an OpenTelemetry collector, or to both. Only our own
/// source is traced: the ones of
/// HttpClient and ASP.NET Core write addresses down, and IDA's hold secrets.
/// </summary>
internal static class TelemetryServices
{
    public const string AzureConnection = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    public const string AzureAuthentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";
    public const string Collector = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>
    /// Registers what the settings ask for; without <see cref="AzureConnection"/> and <see cref="Collector"/> nothing,
    /// at no cost.
    /// </summary>
    public static IServiceCollection AddNationalIdTelemetry(
        this IServiceCollection services,
        IConfiguration configuration
    )
    {
        var azure = IsConnection(configuration[AzureConnection]) ? configuration[AzureConnection] : null;
        var collector = !string.IsNullOrWhiteSpace(configuration[Collector]);
        if (azure is null && !collector)
        {
            return services;
        }

        var credential = azure is null ? null : Credential(configuration[AzureAuthentication]);
        services
            .AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("national-id-client", "opencrvs", ProductVersion.Text))
            .WithTracing(tracing =>
            {
                tracing.AddSource(Instruments.Name);
                if (azure is not null)
                {
                    tracing.AddAzureMonitorTraceExporter(To(azure), credential);
                }

                if (collector)
                {
                    tracing.AddOtlpExporter();
                }

                // After the exporters, which may bring samplers. The platform's activity is the parent of ours even
                // when it is not recorded, and an event's trace must not depend on that.
                tracing.SetSampler(new AlwaysOnSampler());
            })
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(Instruments.Name, "Polly");
                if (azure is not null)
                {
                    metrics.AddAzureMonitorMetricExporter(To(azure), credential);
                }

                if (collector)
                {
                    metrics.AddOtlpExporter();
                }
            })
            .WithLogging(
                logging =>
                {
                    if (azure is not null)
                    {
                        logging.AddAzureMonitorLogExporter(To(azure), credential);
                    }

                    if (collector)
                    {
                        logging.AddOtlpExporter();
                    }
                },
                options =>
                {
                    options.IncludeFormattedMessage = true;
                    options.IncludeScopes = false;
                }
            );
        // Our own messages hold no data; of others only what went wrong.
        services.AddLogging(logging =>
            logging
                .AddFilter<OpenTelemetryLoggerProvider>(null, LogLevel.Warning)
                .AddFilter<OpenTelemetryLoggerProvider>("NationalId", LogLevel.Information)
        );
        return services;
    }

    /// <summary>
    /// Whether it looks like a connection string of Application Insights. The exporter would fail on another before the
    /// settings are checked.
    /// </summary>
    internal static bool IsConnection(string? text) =>
        text?.Contains("InstrumentationKey=", StringComparison.OrdinalIgnoreCase) == true;

    private static Action<AzureMonitorExporterOptions> To(string connection)
    {
        return options =>
        {
            options.ConnectionString = connection;
            options.EnableLiveMetrics = false;
            options.TracesPerSecond = null;
            options.SamplingRatio = 1;
        };
    }

    /// <summary>
    /// The app's identity, when <see cref="AzureAuthentication"/> says <c>Authorization=AAD</c>, for the user-assigned
    /// one of its <c>ClientId</c>.
    /// </summary>
    internal static TokenCredential? Credential(string? authentication)
    {
        var parts = (authentication ?? "")
            .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Split('=', 2))
            .Where(part => part.Length == 2)
            .ToLookup(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase);
        return parts["Authorization"].Contains("AAD", StringComparer.OrdinalIgnoreCase)
            ? new DefaultAzureCredential(
                new DefaultAzureCredentialOptions { ManagedIdentityClientId = parts["ClientId"].FirstOrDefault() }
            )
            : null;
    }
}
