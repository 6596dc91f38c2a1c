using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NationalId.Core.Platform.Settings;

/// <summary>
/// Says at start which path is taken, and warns of settings that work but that somebody should know about.
/// </summary>
/// <param name="register">The settings that were read.</param>
/// <param name="path">What the path is called.</param>
/// <param name="logger">Told of the path and the warnings.</param>
internal sealed partial class StartReport(SettingsRegister register, ChosenPath path, ILogger<StartReport> logger)
    : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        LogPath(path.Name, path.System);
        foreach (var (setting, warning) in register.Warnings().Concat(UnknownSettings()))
        {
            LogWarning(setting, warning);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<(string Setting, string Warning)> UnknownSettings()
    {
        var known = SettingsReader.Paths().ToHashSet(StringComparer.OrdinalIgnoreCase);
        return register
            .Configuration.GetSection(path.Section)
            .AsEnumerable()
            .Where(setting => setting.Value is not null && !known.Contains(setting.Key) && !IsInMap(setting.Key))
            .Select(setting => (SettingsReader.Spell(setting.Key), "is no setting of the client and has no effect"));
    }

    private bool IsInMap(string setting) =>
        path.Maps.Any(map => setting.StartsWith(map + ":", StringComparison.OrdinalIgnoreCase));

    [LoggerMessage(4, LogLevel.Information, "The National ID client takes the {Path} path ({System})")]
    private partial void LogPath(string path, string system);

    [LoggerMessage(5, LogLevel.Warning, "App setting {Setting}: {Warning}")]
    private partial void LogWarning(string setting, string warning);
}

/// <summary>The path that the settings choose.</summary>
/// <param name="Name">What it is called, e.g. <c>MOSIP</c>.</param>
/// <param name="Client">The National ID client's name in OpenCRVS.</param>
/// <param name="System">The National ID system's word in the settings, e.g. <c>mosip-mediator</c>.</param>
/// <param name="Section">The section of the configuration that holds the client's settings.</param>
/// <param name="Maps">Sections whose keys are the country's own words.</param>
public sealed record ChosenPath(string Name, string Client, string System, string Section, IReadOnlyList<string> Maps);
