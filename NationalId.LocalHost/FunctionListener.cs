namespace NationalId.LocalHost;

/// <summary>Something that runs a function again and again until it is stopped.</summary>
internal abstract class FunctionListener : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource abandon = new();
    private Task listening = Task.CompletedTask;

    public abstract string Name { get; }

    /// <summary>Given to functions: cancelled when the grace period is over.</summary>
    protected CancellationToken Abandon => abandon.Token;

    public void Start() => listening = Task.Run(() => ListenAsync(stop.Token));

    /// <summary>
    /// Starts nothing more, and lets what runs finish for as long as <paramref name="grace"/>; then tells it to stop.
    /// </summary>
    /// <returns>Whether everything has finished.</returns>
    public async Task<bool> StopAsync(TimeSpan grace)
    {
        await stop.CancelAsync();
        await Task.WhenAny(listening, Task.Delay(grace));
        await abandon.CancelAsync();
        await Task.WhenAny(listening, Task.Delay(TimeSpan.FromSeconds(1)));
        return listening.IsCompleted;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        if (listening.IsCompleted)
        {
            stop.Dispose();
            abandon.Dispose();
        }
    }

    /// <summary>Runs until <paramref name="stopping"/>; ends when the last function has.</summary>
    protected abstract Task ListenAsync(CancellationToken stopping);
}
