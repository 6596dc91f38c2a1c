namespace NationalId.Tests.Support;

/// <summary>Waits until something becomes true. The deadline is long enough for a loaded machine.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(120);

    // Most looks are calls of storage: too many of them keep the machine from what they wait for.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    public static Task TrueAsync(Func<bool> condition, TimeSpan? deadline = null) =>
        TrueAsync(() => Task.FromResult(condition()), deadline);

    /// <param name="condition">What becomes true.</param>
    /// <param name="deadline">How long it is waited for.</param>
    /// <param name="instead">Tells what is the case instead, when it does not.</param>
    public static async Task TrueAsync(
        Func<Task<bool>> condition,
        TimeSpan? deadline = null,
        Func<string>? instead = null
    )
    {
        var until = DateTime.UtcNow + (deadline ?? Usual);
        var pause = ShortestPause;
        while (!await condition())
        {
            if (DateTime.UtcNow >= until)
            {
                Assert.Fail($"It did not become true in time. {instead?.Invoke()}");
            }

            await Task.Delay(pause);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 3 / 2, LongestPause.Ticks));
        }
    }
}

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("nationalid-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
