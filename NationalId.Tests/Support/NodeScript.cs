using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace NationalId.Tests.Support;

/// <summary>Runs one of the project's Node scripts: JSON lines in, JSON lines out.</summary>
internal static class NodeScript
{
    public static async Task<IReadOnlyList<JsonElement>> RunAsync(
        string script,
        IEnumerable<object> lines,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "Node", script), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        foreach (var line in lines)
        {
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(line));
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return
        [
            .. (await output)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement.Clone()),
        ];
    }
}
