using System.Runtime.InteropServices;

namespace NationalId.Benchmarks.Crypto;

/// <summary>
/// The processor time of this thread, as <c>openssl speed</c> counts too: other programs on the machine don't show in it.
/// </summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Seconds of one call, over rounds that take turns with those of the other candidates; the median of each.</summary>
    public static double[] Compare(int rounds, TimeSpan round, params Action[] candidates)
    {
        foreach (var candidate in candidates)
        {
            Measure(candidate, round);
        }

        var times = candidates.Select(_ => new List<double>()).ToArray();
        for (var i = 0; i < rounds; i++)
        {
            for (var c = 0; c < candidates.Length; c++)
            {
                times[c].Add(Measure(candidates[c], round));
            }
        }

        return [.. times.Select(Median)];
    }

    /// <summary>Seconds of one call.</summary>
    public static double Measure(Action action, TimeSpan atLeast)
    {
        var begin = Now();
        var calls = 0;
        double spent;
        do
        {
            // Asking for the thread's time is a call to the kernel: not after each of the short ones.
            for (var i = 0; i < 8; i++)
            {
                action();
            }

            calls += 8;
            spent = Now() - begin;
        }
        while (spent < atLeast.TotalSeconds);
        return spent / calls;
    }

    public static double Median(List<double> values)
    {
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2;
    }

    private static double Now()
    {
        _ = GetTime(ThreadCpuTime, out var time);
        return time.Seconds + (time.Nanoseconds / 1e9);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
