using System.Diagnostics;

namespace NationalId.Benchmarks.Load;

/// <summary>Does one thing after the other, and takes the time of each.</summary>
internal static class OneByOne
{
    /// <summary>The seconds of each, as who asks for it sees them.</summary>
    /// <param name="all">What it is done with.</param>
    /// <param name="work">What is done.</param>
    /// <param name="pause">How long nothing is done after each; it is not counted.</param>
    public static async Task<List<double>> TimesAsync<T>(
        IEnumerable<T> all,
        Func<T, Task> work,
        TimeSpan pause = default
    )
    {
        var times = new List<double>();
        foreach (var one in all)
        {
            var begin = Stopwatch.GetTimestamp();
            await work(one);
            times.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause);
            }
        }

        return times;
    }
}
