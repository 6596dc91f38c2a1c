using System.Diagnostics;
using System.Globalization;

namespace NationalId.Benchmarks.Crypto;

/// <summary>What this machine's openssl says about itself.</summary>
internal static class OpenSsl
{
    /// <summary>RSA-2048 signatures per second of one core's time.</summary>
    public static double SignsPerSecond(int seconds)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", ["speed", "-mr", "-seconds", $"{seconds}", "rsa2048"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        // +F2:<n>:2048:<signatures per second>:<verifications per second>; older versions write seconds of one.
        var line = output.Split('\n').First(text => text.StartsWith("+F2:", StringComparison.Ordinal));
        var figure = double.Parse(line.Split(':')[3], CultureInfo.InvariantCulture);
        return figure > 1 ? figure : 1 / figure;
    }
}
