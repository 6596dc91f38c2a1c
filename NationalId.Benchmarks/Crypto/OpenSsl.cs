using System.Diagnostics;
using System.Globalization;

namespace NationalId.Benchmarks.Crypto;

/// <summary>What this machine's openssl says about itself.</summary>
internal static class OpenSsl
{
    /// <summary>
    /// RSA-2048 signatures per second of one core's time, and how often <paramref name="run"/> goes in a second of the
    /// same core's: both run on it at once, a few milliseconds each in turn, so that whatever the machine's neighbours
    /// take, they take from both.
    /// </summary>
    /// <param name="run">What is measured; it stays on its thread.</param>
    /// <param name="seconds">How long, of which each has half.</param>
    public static (double Calls, double Signs) Beside(Action run, int seconds)
    {
        var core = ThreadClock.Core;
        using var begun = new ManualResetEventSlim();
        var signed = new TaskCompletionSource<string>();
        using var process = Process.Start(
            new ProcessStartInfo(
                "taskset",
                ["-c", $"{core}", "openssl", "speed", "-mr", "-seconds", $"{seconds}", "rsa2048"]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith("+DTP:2048:private:", StringComparison.Ordinal) == true)
            {
                begun.Set();
            }
            else if (line.Data is null)
            {
                signed.TrySetException(new InvalidOperationException("openssl speed ended without a figure."));
            }
            else if (line.Data.StartsWith("+R1:", StringComparison.Ordinal))
            {
                signed.TrySetResult(line.Data);
            }
        };
        process.BeginErrorReadLine();
        begun.Wait(TimeSpan.FromSeconds(10));
        var each = ThreadClock.OnCore(core, () => ThreadClock.MeasureUntil(run, () => signed.Task.IsCompleted));
        process.Kill();
        process.WaitForExit();

        // +R1:<signatures>:2048:<seconds of processor time>
        var fields = signed.Task.GetAwaiter().GetResult().Split(':');
        return (
            1 / each,
            double.Parse(fields[1], CultureInfo.InvariantCulture)
                / double.Parse(fields[3], CultureInfo.InvariantCulture)
        );
    }

    /// <summary>
    /// What openssl itself would reach who signs, encrypts with the public key (a verification's arithmetic), hashes
    /// and encrypts, one after the other, without anything between: no envelope can be faster.
    /// </summary>
    /// <param name="length">The plain text's length in bytes.</param>
    /// <param name="signs">Its signatures alone, of the same moment.</param>
    public static double EnvelopesPerSecond(int length, out double signs)
    {
        (signs, var verifications) = Rsa(1);
        return 1
            / (
                (1 / signs)
                + (1 / verifications)
                + (length / BytesPerSecond("sha512", length))
                + (length / BytesPerSecond("aes-256-gcm", length))
            );
    }

    // +F2:<n>:2048:<signatures per second>:<verifications per second>; older versions write seconds of one.
    private static (double Signs, double Verifications) Rsa(int seconds)
    {
        var fields = Run("+F2:", ["speed", "-mr", "-seconds", $"{seconds}", "rsa2048"]);
        return (PerSecond(fields[3]), PerSecond(fields[4]));

        static double PerSecond(string field)
        {
            var figure = double.Parse(field, CultureInfo.InvariantCulture);
            return figure > 1 ? figure : 1 / figure;
        }
    }

    // +F:<n>:<algorithm>:<bytes per second>
    private static double BytesPerSecond(string algorithm, int length) =>
        double.Parse(
            Run("+F:", ["speed", "-mr", "-seconds", "1", "-bytes", $"{length}", "-evp", algorithm])[3],
            CultureInfo.InvariantCulture
        );

    private static string[] Run(string prefix, string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Split('\n').First(text => text.StartsWith(prefix, StringComparison.Ordinal)).Split(':');
    }
}
