using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using NationalId.LocalHost;

namespace NationalId.Benchmarks.Load;

/// <summary>One call to storage.</summary>
/// <param name="Service">blob, queue or table.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Begin">When it began, in seconds.</param>
/// <param name="End">When its answer's headers were there.</param>
internal sealed record StorageCall(string Service, string Method, double Begin, double End);

/// <summary>Sees every call that this process makes to Azurite, by .NET's own tracing of HttpClient.</summary>
internal sealed class StorageWatch : IDisposable
{
    private readonly Dictionary<int, string> services;
    private readonly ActivityListener listener;
    private readonly ConcurrentQueue<StorageCall> calls = new();

    public StorageWatch(AzuriteServer azurite)
    {
        var connection = new DbConnectionStringBuilder { ConnectionString = azurite.ConnectionString };
        services = new[] { "blob", "queue", "table" }.ToDictionary(service =>
            new Uri((string)connection[service + "Endpoint"]).Port
        );
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = Note,
        };
        ActivitySource.AddActivityListener(listener);
    }

    /// <summary>The calls since the last time this was asked.</summary>
    public List<StorageCall> Take()
    {
        var taken = new List<StorageCall>();
        while (calls.TryDequeue(out var call))
        {
            taken.Add(call);
        }

        return taken;
    }

    /// <summary>Seconds in which at least one of the calls was under way.</summary>
    public static double Union(IEnumerable<StorageCall> calls)
    {
        var (sum, until) = (0.0, 0.0);
        foreach (var call in calls.OrderBy(call => call.Begin))
        {
            sum += Math.Max(0, call.End - Math.Max(call.Begin, until));
            until = Math.Max(until, call.End);
        }

        return sum;
    }

    public void Dispose() => listener.Dispose();

    private void Note(Activity activity)
    {
        if (activity.GetTagItem("server.port") is int port && services.TryGetValue(port, out var service))
        {
            var begin = activity.StartTimeUtc.Ticks / 1e7;
            calls.Enqueue(
                new StorageCall(
                    service,
                    activity.GetTagItem("http.request.method") as string ?? "?",
                    begin,
                    begin + activity.Duration.TotalSeconds
                )
            );
        }
    }
}
