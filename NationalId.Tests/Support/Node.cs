using System.Diagnostics;
using System.Text;

namespace NationalId.Tests.Support;

/// <summary>Runs a few lines of Node over standard input: its crypto is the second opinion.</summary>
internal static class Node
{
    public static async Task<string> RunAsync(string script, byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", ["-e", script, "--", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException(await errors);
    }
}
