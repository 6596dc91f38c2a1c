namespace NationalId.Core.Pipeline;

/// <summary>How long an event waits for its next attempt.</summary>
internal static class RetryDelay
{
    /// <summary>
    /// Doubles from the first delay up to the longest, spread by a fifth so that an outage's events don't come back as
    /// one wave.
    /// </summary>
    /// <param name="attempts">How many attempts failed; at least 1.</param>
    /// <param name="retryAfter">What the partner asked for: never less than that.</param>
    /// <param name="options">The first and the longest delay.</param>
    public static TimeSpan After(int attempts, TimeSpan? retryAfter, DeliveryOptions options)
    {
        var doubled = options.FirstDelay.TotalSeconds * Math.Pow(2, Math.Clamp(attempts - 1, 0, 30));
        var seconds = Math.Min(doubled, options.LongestDelay.TotalSeconds);
        seconds = Math.Max(seconds, retryAfter?.TotalSeconds ?? 0);
        return TimeSpan.FromSeconds(seconds * (1 + (Random.Shared.NextDouble() * 0.2)));
    }
}
