using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Settings;

/// <summary>
/// Says at start which path is taken, and warns of settings that work but that somebody should know about.
/// </summary>
internal sealed partial class StartReport(
    IConfiguration configuration,
    IOptions<NationalIdOptions> options,
    TokenSeederOptions seeder,
    ILogger<StartReport> logger
) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        LogPath(options.Value.IsMosip ? "MOSIP" : "default");
        foreach (var (setting, warning) in Warnings())
        {
            LogWarning(setting, warning);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal IEnumerable<(string Setting, string Warning)> Warnings()
    {
        var settings = options.Value;
        var (openCrvs, mosip, system) = (settings.OpenCrvs, settings.Mosip, settings.DefaultSystem);
        if (
            !settings.IsMosip
            && settings.ClientName.Equals(NationalIdOptions.MosipClientName, StringComparison.OrdinalIgnoreCase)
        )
        {
            yield return (
                "NationalId__ClientName",
                "only MOSIP in capital letters takes the MOSIP path, as in OpenCRVS; this name takes the default path"
            );
        }

        if (settings.IsMosip && mosip.AllowUnsignedTokens)
        {
            yield return (
                "NationalId__Mosip__AllowUnsignedTokens",
                "UIN tokens are accepted without MOSIP's signature: whoever has an OpenCRVS token can send one"
            );
        }

        if (openCrvs.WebhookUrl is null || openCrvs.CallbackUrl is null)
        {
            var missing = openCrvs.WebhookUrl is null
                ? nameof(OpenCrvsOptions.WebhookUrl)
                : nameof(OpenCrvsOptions.CallbackUrl);
            yield return (
                $"NationalId__OpenCrvs__{missing}",
                "is not set: the client can't look after its subscription with OpenCRVS"
            );
        }

        List<(string Name, Uri? Address)> addresses =
        [
            ("NationalId__OpenCrvs__AuthUrl", openCrvs.AuthUrl),
            ("NationalId__OpenCrvs__PublicKeyUrl", openCrvs.PublicKeyUrl),
            ("NationalId__OpenCrvs__WebhookUrl", openCrvs.WebhookUrl),
            ("NationalId__OpenCrvs__CallbackUrl", openCrvs.CallbackUrl),
            ("NationalId__OpenCrvs__MediatorUrl", openCrvs.MediatorUrl),
            .. settings.IsMosip
                ? ((string, Uri?)[])
                    [
                        ("NationalId__Mosip__AuthUrl", mosip.AuthUrl),
                        ("NationalId__Mosip__GenerateAidUrl", mosip.GenerateAidUrl),
                        ("NationalId__Mosip__BirthUrl", mosip.BirthUrl),
                        ("NationalId__Mosip__DeathUrl", mosip.DeathUrl),
                        ("TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL", seeder.IdaAuthUrl),
                    ]
                :
                [
                    ("NationalId__DefaultSystem__BirthUrl", system.BirthUrl),
                    ("NationalId__DefaultSystem__DeathUrl", system.DeathUrl),
                    ("NationalId__DefaultSystem__TokenUrl", system.TokenUrl),
                ],
        ];
        foreach (var (name, address) in addresses)
        {
            if (address is not null && address.Scheme == Uri.UriSchemeHttp && !IsPrivate(address))
            {
                yield return (name, "is plain http to a host outside a private network: use https");
            }
        }

        var known = SettingsReader.Paths().ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (path, value) in configuration.GetSection(NationalIdOptions.Section).AsEnumerable())
        {
            if (
                value is not null
                && !known.Contains(path)
                && !path.StartsWith(IdaMapping.Section + ":", StringComparison.OrdinalIgnoreCase)
            )
            {
                yield return (SettingsReader.Spell(path), "is no setting of the client and has no effect");
            }
        }
    }

    private static bool IsPrivate(Uri address)
    {
        if (address.IsLoopback)
        {
            return true;
        }

        if (!IPAddress.TryParse(address.IdnHost, out var ip))
        {
            return !address.Host.Contains('.')
                || address.Host.EndsWith(".internal", StringComparison.OrdinalIgnoreCase)
                || address.Host.EndsWith(".local", StringComparison.OrdinalIgnoreCase);
        }

        if (ip.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return ip.IsIPv6UniqueLocal || ip.IsIPv6LinkLocal;
        }

        var bytes = ip.GetAddressBytes();
        return bytes[0] == 10
            || (bytes[0] == 172 && bytes[1] is >= 16 and < 32)
            || (bytes[0] == 192 && bytes[1] == 168)
            || (bytes[0] == 169 && bytes[1] == 254);
    }

    [LoggerMessage(60, LogLevel.Information, "The National ID client takes the {Path} path")]
    private partial void LogPath(string path);

    [LoggerMessage(61, LogLevel.Warning, "App setting {Setting}: {Warning}")]
    private partial void LogWarning(string setting, string warning);
}
