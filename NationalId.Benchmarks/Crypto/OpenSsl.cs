using System.Diagnostics;
using System.Globalization;

namespace NationalId.Benchmarks.Crypto;

/// <summary>What this machine's openssl says about itself.</summary>
internal static class OpenSsl
{
    /// <summary>RSA-2048 signatures per second of one core's time.</summary>
    public static double SignsPerSecond(int seconds) => Rsa(seconds).Signs;

    /// <summary>
    /// What openssl itself would reach who signs, encrypts with the public key (a verification's arithmetic), hashes and encrypts, one after the
    /// other, without anything between: no envelope can be faster.
    /// </summary>
    /// <param name="length">The plain text's length in bytes.</param>
    /// <param name="signs">Its signatures alone, of the same moment.</param>
    public static double EnvelopesPerSecond(int length, out double signs)
    {
        (signs, var verifications) = Rsa(1);
        return 1 / ((1 / signs) + (1 / verifications) + (length / BytesPerSecond("sha512", length)) + (length / BytesPerSecond("aes-256-gcm", length)));
    }

    // +F2:<n>:2048:<signatures per second>:<verifications per second>; older versions write seconds of one.
    private static (double Signs, double Verifications) Rsa(int seconds)
    {
        var fields = Run("+F2:", ["speed", "-mr", "-seconds", $"{seconds}", "rsa2048"]);
        return (PerSecond(fields[3]), PerSecond(fields[4]));

        static double PerSecond(string field) => double.Parse(field, CultureInfo.InvariantCulture) is > 1 and var figure ? figure : 1 / double.Parse(field, CultureInfo.InvariantCulture);
    }

    // +F:<n>:<algorithm>:<bytes per second>
    private static double BytesPerSecond(string algorithm, int length) =>
        double.Parse(Run("+F:", ["speed", "-mr", "-seconds", "1", "-bytes", $"{length}", "-evp", algorithm])[3], CultureInfo.InvariantCulture);

    private static string[] Run(string prefix, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Split('\n').First(text => text.StartsWith(prefix, StringComparison.Ordinal)).Split(':');
    }
}
