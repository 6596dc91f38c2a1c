namespace NationalId.Core.Platform.Http;

/// <summary>
/// A clock that nobody sets: it goes on from when it was made as the machine counts. A circuit that opened while the
/// wall clock was ahead would stay open for as long as the clock was set back.
/// </summary>
/// <param name="time">The clock that it goes on from.</param>
internal sealed class SteadyTime(TimeProvider time) : TimeProvider
{
    private readonly DateTimeOffset begin = time.GetUtcNow();
    private readonly long stamp = time.GetTimestamp();

    /// <inheritdoc/>
    public override long TimestampFrequency => time.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => begin + time.GetElapsedTime(stamp);

    /// <inheritdoc/>
    public override long GetTimestamp() => time.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
