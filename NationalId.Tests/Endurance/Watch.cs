using System.Collections.Concurrent;
using System.Globalization;
using NationalId.Tests.Crash;

namespace NationalId.Tests.Endurance;

/// <summary>What the process needed at a moment.</summary>
/// <param name="Life">Which of its lives.</param>
/// <param name="Minutes">From the run's begin on.</param>
/// <param name="Megabytes">Its resident memory.</param>
/// <param name="Handles">Its open files and sockets.</param>
internal sealed record Sample(int Life, double Minutes, double Megabytes, int Handles);

/// <summary>Memory and handles of the process, from /proc; on other systems there are none.</summary>
internal sealed class Watch(HostProcess host)
{
    private readonly ConcurrentQueue<Sample> samples = new();
    private readonly DateTime begin = DateTime.UtcNow;

    public Sample? Last { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (host.ProcessId is { } id && Look(id) is { } sample)
            {
                Last = sample;
                samples.Enqueue(sample);
            }

            await Task.WhenAny(Task.Delay(2000, stop));
        }
    }

    /// <summary>The last life without its first minute, in which it warms up: it is the longest.</summary>
    public IReadOnlyList<Sample> Steady
    {
        get
        {
            var last = samples.Where(one => one.Life == samples.Last().Life).ToList();
            return [.. last.Where(one => one.Minutes > last[0].Minutes + 1)];
        }
    }

    /// <summary>The most of all lives.</summary>
    public (double Megabytes, int Handles) Most => (samples.Max(one => one.Megabytes), samples.Max(one => one.Handles));

    /// <summary>The slope by least squares, a minute.</summary>
    public static double Slope(IReadOnlyList<Sample> samples, Func<Sample, double> value)
    {
        if (samples.Count < 2)
        {
            return 0;
        }

        var (x, y) = (samples.Average(one => one.Minutes), samples.Average(value));
        var spread = samples.Sum(one => (one.Minutes - x) * (one.Minutes - x));
        return spread == 0 ? 0 : samples.Sum(one => (one.Minutes - x) * (value(one) - y)) / spread;
    }

    private Sample? Look(int id)
    {
        try
        {
            var resident = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmRSS:"));
            return new Sample(
                host.Starts,
                (DateTime.UtcNow - begin).TotalMinutes,
                double.Parse(resident.Split(':')[1].Replace("kB", "").Trim(), CultureInfo.InvariantCulture) / 1024,
                Directory.GetFiles($"/proc/{id}/fd").Length
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // It has ended meanwhile, or there is no /proc.
            return null;
        }
    }
}
