namespace NationalId.Core.Pipeline.Chores;

/// <summary>The present, and how old things may get before a chore looks after them.</summary>
/// <param name="options">The ages.</param>
/// <param name="time">The clock.</param>
public sealed class ChoreClock(DeliveryOptions options, TimeProvider time)
{
    /// <summary>The present.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The ages.</summary>
    public DeliveryOptions Options => options;
}
