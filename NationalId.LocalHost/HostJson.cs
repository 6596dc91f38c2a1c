using System.Globalization;

namespace NationalId.LocalHost;

/// <summary>
/// What host.json says, with the Functions host's own defaults where it is silent. As there, an app setting
/// <c>AzureFunctionsJobHost__extensions__queues__batchSize</c> overrides it.
/// </summary>
internal sealed class HostJson
{
    private readonly IConfiguration json;

    public HostJson(string path, IConfiguration appSettings)
    {
        json = new ConfigurationBuilder()
            .AddJsonFile(Path.GetFullPath(path), optional: false, reloadOnChange: false)
            .AddConfiguration(appSettings.GetSection("AzureFunctionsJobHost"))
            .Build();
        RoutePrefix = (json["extensions:http:routePrefix"] ?? "api").Trim('/');
        FunctionTimeout =
            json["functionTimeout"] == "-1"
                ? Timeout.InfiniteTimeSpan
                : Time("functionTimeout", TimeSpan.FromMinutes(30));
        var batchSize = Number("extensions:queues:batchSize", 16, 1, 32);
        Queues = new QueueSettings(
            batchSize,
            Number("extensions:queues:newBatchThreshold", batchSize / 2, 0, 1000),
            Number("extensions:queues:maxDequeueCount", 5, 1, 1000),
            Time("extensions:queues:visibilityTimeout", TimeSpan.Zero),
            Time("extensions:queues:maxPollingInterval", TimeSpan.FromMinutes(1)),
            !string.Equals(json["extensions:queues:messageEncoding"], "none", StringComparison.OrdinalIgnoreCase)
        );
    }

    /// <summary>What every HTTP function's route starts with; empty for none.</summary>
    public string RoutePrefix { get; }

    /// <summary>After this long a queue or timer function is told to stop.</summary>
    public TimeSpan FunctionTimeout { get; }

    public QueueSettings Queues { get; }

    /// <summary>The <c>logging</c> section: log levels by category.</summary>
    public IConfiguration Logging => json.GetSection("logging");

    private int Number(string key, int standard, int least, int most)
    {
        if (json[key] is not { } text)
        {
            return standard;
        }

        return
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
            ? number
            : throw Bad(key, text, $"a number from {least} to {most}");
    }

    private TimeSpan Time(string key, TimeSpan standard)
    {
        if (json[key] is not { } text)
        {
            return standard;
        }

        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time >= TimeSpan.Zero
            ? time
            : throw Bad(key, text, "a time as hh:mm:ss");
    }

    private static InvalidOperationException Bad(string key, string text, string wanted) =>
        new($"host.json: {key.Replace(':', '.')} is '{text}', it must be {wanted}.");
}

/// <summary>host.json's <c>extensions.queues</c>.</summary>
/// <param name="BatchSize">Messages fetched at once.</param>
/// <param name="NewBatchThreshold">More are fetched when no more than this many are under way: at most both together
/// run at a time.</param>
/// <param name="MaxDequeueCount">A message that failed this often goes to the poison queue.</param>
/// <param name="VisibilityTimeout">How long a failed message waits for its next turn.</param>
/// <param name="MaxPollingInterval">The longest pause between two looks at an empty queue.</param>
/// <param name="Base64">Whether messages are base64.</param>
internal sealed record QueueSettings(
    int BatchSize,
    int NewBatchThreshold,
    int MaxDequeueCount,
    TimeSpan VisibilityTimeout,
    TimeSpan MaxPollingInterval,
    bool Base64
)
{
    /// <summary>How long a message under way is hidden from others; renewed at half time.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(10);
}
