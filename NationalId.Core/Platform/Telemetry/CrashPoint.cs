using System.Diagnostics;

namespace NationalId.Core.Platform.Telemetry;

/// <summary>
/// Named step boundaries at which the crash test kills the process (NationalId.Tests/Crash):
/// <c>NATIONALID_CRASH_AT=intake.blob:3</c> dies the third time that the boundary is reached. Calls are compiled into
/// Debug builds only; a Release build has none.
/// </summary>
internal static class CrashPoint
{
    private static readonly string[] Order = (Environment.GetEnvironmentVariable("NATIONALID_CRASH_AT") ?? "").Split(
        ':'
    );
    private static int hits;

    [Conditional("DEBUG")]
    public static void Hit(string boundary)
    {
        if (Order[0] == boundary && Interlocked.Increment(ref hits) == (Order.Length > 1 ? int.Parse(Order[1]) : 1))
        {
            // SIGKILL: no finally block, no flush, as when the power goes.
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        }
    }
}
