using Microsoft.Extensions.Logging;

namespace NationalId.Core.Platform.Keys;

/// <summary>What is logged of keys: names of secrets and versions, and our own words.</summary>
internal static partial class KeyLog
{
    [LoggerMessage(
        EventName = "SecretVersionUnusable",
        Level = LogLevel.Error,
        Message = "Secret {Name}, version {Version}: {Problem}."
    )]
    public static partial void VersionUnusable(ILogger logger, string name, string version, string problem);
}
