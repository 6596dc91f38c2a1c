using System.Text.Json;
using NationalId.LocalHost;

namespace NationalId.Benchmarks.Load;

/// <summary>The local host as a process of its own, in the settings of the deployed worker.</summary>
internal sealed class Child(ChildProcess process, Uri address, string admin, string folder) : IAsyncDisposable
{
    public int Id => process.Id;

    public Uri Address => address;

    /// <summary>The key of an operator.</summary>
    public string Admin => admin;

    public static async Task<Child> StartAsync(
        string dll,
        Dictionary<string, string?> settings,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var folder = Directory.CreateTempSubdirectory("nationalid-bench-").FullName;
        var (settingsFile, runFile) = (Path.Combine(folder, "settings.json"), Path.Combine(folder, "run.json"));
        LocalFiles.WritePrivateJson(settingsFile, new { Values = settings });
        var process = await ChildProcess.StartAsync(
            "dotnet",
            [dll, "--settings", settingsFile, "--run-json", runFile],
            environment
        );
        for (var until = DateTime.UtcNow.AddMinutes(2); !File.Exists(runFile); await Task.Delay(50))
        {
            if (process.Exited.IsCompleted || DateTime.UtcNow > until)
            {
                throw new InvalidOperationException(
                    $"The local host did not start.{Environment.NewLine}{process.LastLines}"
                );
            }
        }

        using var run = JsonDocument.Parse(await File.ReadAllTextAsync(runFile));
        return new Child(
            process,
            new Uri(run.RootElement.GetProperty("baseUrl").GetString() + "/"),
            run.RootElement.GetProperty("functionKeys").GetProperty("admin").GetString()!,
            folder
        );
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
