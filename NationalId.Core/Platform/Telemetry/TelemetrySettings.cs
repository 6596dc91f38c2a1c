using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Platform.Telemetry;

/// <summary>Where telemetry goes, by the variables that Azure and OpenTelemetry have for it.</summary>
public sealed class TelemetrySettings : ISettings
{
    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        if (
            problems.Variable(TelemetryServices.AzureConnection) is { } connection
            && !TelemetryServices.IsConnection(connection)
        )
        {
            problems.Add(
                TelemetryServices.AzureConnection,
                "must be the connection string that Application Insights shows"
            );
        }

        if (
            problems.Variable(TelemetryServices.Collector) is { } collector
            && SettingsReader.ParseAddress(collector) is null
        )
        {
            problems.Add(TelemetryServices.Collector, "must be an absolute http or https address");
        }
    }
}
