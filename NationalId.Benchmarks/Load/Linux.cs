using System.Globalization;

namespace NationalId.Benchmarks.Load;

/// <summary>What Linux knows about a process.</summary>
internal static class Linux
{
    /// <summary>Seconds of processor time that a process has used, its threads together.</summary>
    public static double ProcessorTime(int process)
    {
        // After the name in brackets, which may hold spaces: state is field 3, utime 14, stime 15, in hundredths of a
        // second.
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (
                long.Parse(fields[11], CultureInfo.InvariantCulture)
                + long.Parse(fields[12], CultureInfo.InvariantCulture)
            ) / 100.0;
    }

    /// <summary>A line of <c>/proc/…/status</c> in MB: VmRSS, VmHWM, RssAnon.</summary>
    public static double Megabytes(int process, string name)
    {
        var line = File.ReadLines($"/proc/{process}/status")
            .First(text => text.StartsWith(name + ":", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture)
            / 1024;
    }

    /// <summary>Lets VmHWM begin anew at what is used now.</summary>
    public static void ResetPeak(int process) => File.WriteAllText($"/proc/{process}/clear_refs", "5");
}
