namespace NationalId.Core.Pipeline.Chores;

/// <summary>
/// What a chore counted last. The sweep runs on one host at a time and may move to another: an old count must not go on
/// being reported beside the new one.
/// </summary>
internal sealed class LastCount<T>
    where T : class
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(12);
    private (DateTimeOffset At, T? Count) last = (DateTimeOffset.MinValue, null);

    /// <summary>The count; null when another host has taken over or none was made yet.</summary>
    /// <param name="now">The present.</param>
    public T? At(DateTimeOffset now) => now - last.At < GoodFor ? last.Count : null;

    /// <summary>Keeps a count.</summary>
    /// <param name="count">The count.</param>
    /// <param name="now">The present.</param>
    public void Set(T count, DateTimeOffset now) => last = (now, count);
}
