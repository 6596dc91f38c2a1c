using System.Reflection;

namespace NationalId.LocalHost;

/// <summary>What a <see cref="LocalHostServer"/> runs, and how.</summary>
public sealed class LocalHostSettings
{
    /// <summary>
    /// App settings by name; <c>AzureWebJobsStorage</c> is the storage connection string. <c>__</c> and <c>:</c> mean
    /// the same.
    /// </summary>
    public IReadOnlyDictionary<string, string?> Configuration { get; init; } = new Dictionary<string, string?>();

    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>host.json; absent: the one beside this program, which is the checkout's.</summary>
    public string? HostJsonPath { get; init; }

    /// <summary>The keys that open HTTP functions; drawn at random when absent.</summary>
    public FunctionKeys FunctionKeys { get; init; } = FunctionKeys.Random();

    /// <summary>The assembly whose functions run; absent: NationalId.Functions.</summary>
    public Assembly? FunctionsAssembly { get; init; }

    /// <summary>Changes the services after all others are registered.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }

    /// <summary>Where logs go, filtered by host.json's levels; absent: nowhere.</summary>
    public ILoggerProvider? LoggerProvider { get; init; }

    /// <summary>Whether queue functions run.</summary>
    public bool RunQueues { get; init; } = true;

    /// <summary>Whether timer functions run.</summary>
    public bool RunTimers { get; init; } = true;

    /// <summary>How long running functions may take to finish when the host stops.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a queue message under way is hidden before it is renewed at half time; tests shorten it (the program:
    /// <c>LocalHost__MessageLease</c>).
    /// </summary>
    internal TimeSpan? MessageLease { get; init; }
}
