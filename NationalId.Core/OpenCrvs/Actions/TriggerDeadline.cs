namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// Until when a trigger must be answered. Who has gone waits for nothing: the country configuration has accepted the
/// registration by itself then, and there is all the time to store it.
/// </summary>
internal sealed class TriggerDeadline : IDisposable
{
    private readonly CancellationTokenSource passed = new();
    private readonly CancellationToken gone;
    private readonly ITimer timer;

    /// <summary>The time begins now.</summary>
    /// <param name="within">How long the sender may wait.</param>
    /// <param name="gone">Set when the sender has gone.</param>
    /// <param name="time">The clock.</param>
    public TriggerDeadline(TimeSpan within, CancellationToken gone, TimeProvider time)
    {
        this.gone = gone;
        timer = time.CreateTimer(_ => Pass(), null, within, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Set when the time has passed and the sender still waits.</summary>
    public CancellationToken Passed => passed.Token;

    /// <summary>Whether the sender has gone.</summary>
    public bool SenderIsGone => gone.IsCancellationRequested;

    /// <inheritdoc/>
    public void Dispose()
    {
        timer.Dispose();
        passed.Dispose();
    }

    private void Pass()
    {
        try
        {
            if (!gone.IsCancellationRequested)
            {
                passed.Cancel();
            }
        }
        catch (ObjectDisposedException)
        {
            // It was answered just now.
        }
    }
}
