namespace NationalId.Tests.Support;

/// <summary>A clock that a test sets ahead. Its timers run as ever.</summary>
internal sealed class WrongClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
