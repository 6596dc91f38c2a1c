using System.Runtime.InteropServices;

namespace NationalId.Benchmarks.Crypto;

/// <summary>
/// The processor time of this thread, as <c>openssl speed</c> counts too: other programs on the machine don't show in
/// it.
/// </summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    // 1,024 cores, as glibc's own mask.
    private const int MaskWords = 16;

    /// <summary>
    /// Seconds of one call, over rounds that take turns with those of the other candidates; the median of each.
    /// </summary>
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
        var end = Now() + atLeast.TotalSeconds;
        return MeasureUntil(action, () => Now() >= end);
    }

    /// <summary>Seconds of one call, of those that begin before it is over.</summary>
    public static double MeasureUntil(Action action, Func<bool> over)
    {
        var begin = Now();
        var calls = 0;
        do
        {
            // Asking for the thread's time is a call to the kernel: not after each of the short ones.
            for (var i = 0; i < 8; i++)
            {
                action();
            }

            calls += 8;
        } while (!over());
        return (Now() - begin) / calls;
    }

    /// <summary>The core on which this thread runs now.</summary>
    public static int Core => GetCore();

    /// <summary>
    /// Keeps this thread on a core meanwhile. What it starts would stay there for good, so it should start nothing.
    /// </summary>
    public static double OnCore(int core, Func<double> measure)
    {
        Span<ulong> before = stackalloc ulong[MaskWords];
        Span<ulong> there = stackalloc ulong[MaskWords];
        there.Clear();
        there[core / 64] = 1UL << (core % 64);
        _ = GetAffinity(0, MaskWords * sizeof(ulong), before);
        _ = SetAffinity(0, MaskWords * sizeof(ulong), there);
        try
        {
            return measure();
        }
        finally
        {
            _ = SetAffinity(0, MaskWords * sizeof(ulong), before);
        }
    }

    public static double Median(List<double> values)
    {
        values.Sort();
        return values.Count % 2 == 1
            ? values[values.Count / 2]
            : (values[(values.Count / 2) - 1] + values[values.Count / 2]) / 2;
    }

    private static double Now()
    {
        _ = GetTime(ThreadCpuTime, out var time);
        return time.Seconds + (time.Nanoseconds / 1e9);
    }

    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    private static partial int GetCore();

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint bytes, Span<ulong> mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint bytes, Span<ulong> mask);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
