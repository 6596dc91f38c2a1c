using System.Data.Common;
using System.Diagnostics;

namespace NationalId.Tests.Support;

/// <summary>Counts the calls to one storage account, by .NET's own tracing of HttpClient.</summary>
internal sealed class StorageCalls : IDisposable
{
    private readonly ActivityListener listener;
    private int count;

    /// <param name="connection">The storage account's connection string.</param>
    public StorageCalls(string connection)
    {
        var account = (string)new DbConnectionStringBuilder { ConnectionString = connection }["AccountName"];
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = call =>
            {
                if (call.GetTagItem("url.full") is string url && url.Contains($"/{account}/", StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref count);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    /// <summary>The calls since this was asked last.</summary>
    public int Take() => Interlocked.Exchange(ref count, 0);

    public void Dispose() => listener.Dispose();
}
