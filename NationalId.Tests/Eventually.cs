namespace NationalId.Tests;

/// <summary>Waits for what becomes true in its own time, up to a deadline that a loaded machine keeps too.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    public static Task TrueAsync(Func<bool> condition, TimeSpan? deadline = null) => TrueAsync(() => Task.FromResult(condition()), deadline);

    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan? deadline = null)
    {
        var until = DateTime.UtcNow + (deadline ?? Usual);
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < until, "It did not become true in time.");
            await Task.Delay(50);
        }
    }
}

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("nationalid-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
