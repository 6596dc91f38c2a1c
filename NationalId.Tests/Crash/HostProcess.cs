using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using NationalId.LocalHost;

namespace NationalId.Tests.Crash;

/// <summary>
/// The local host as a process that can be killed and started again on the same port. A Debug build: only that has
/// crash points.
/// </summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly string Program = Repository.PathOf(
        "NationalId.LocalHost",
        "bin",
        "Debug",
        "net10.0",
        "NationalId.LocalHost.dll"
    );

    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();
    private readonly Action<string>? onLine;
    private ChildProcess? child;
    private string admin = "";

    /// <param name="settings">Its app settings.</param>
    /// <param name="onLine">Gets each line that it writes, over all its lives.</param>
    public HostProcess(IReadOnlyDictionary<string, string?> settings, Action<string>? onLine = null)
    {
        this.onLine = onLine;
        Assert.True(File.Exists(Program), $"There is no {Program}.");
        LocalFiles.WritePrivateJson(SettingsFile, new { IsEncrypted = false, Values = settings });
        http.Timeout = TimeSpan.FromSeconds(30);
    }

    public Uri Url { get; } = new($"http://{IPAddress.Loopback}:{LocalRun.FreePort()}");

    public bool HasEnded => child is null || child.Exited.IsCompleted;

    public int Starts { get; private set; }

    /// <summary>The process that runs; null when none does.</summary>
    public int? ProcessId => HasEnded ? null : child!.Id;

    private string SettingsFile => Path.Combine(folder.Path, "settings.json");

    private string RunJson => Path.Combine(folder.Path, "run.json");

    /// <summary>Starts it and waits until it answers, or until it has died at its crash point.</summary>
    public async Task StartAsync(string? crashAt = null)
    {
        Assert.True(HasEnded, "It runs already.");
        await DisposeChildAsync();
        File.Delete(RunJson);
        child = await ChildProcess.StartAsync(
            "dotnet",
            [Program, "--settings", SettingsFile, "--port", $"{Url.Port}", "--run-json", RunJson],
            new Dictionary<string, string> { ["NATIONALID_CRASH_AT"] = crashAt ?? "" },
            onLine
        );
        Starts++;
        await Eventually.TrueAsync(() => HasEnded || File.Exists(RunJson), TimeSpan.FromSeconds(120));
        if (!HasEnded)
        {
            using var run = JsonDocument.Parse(await File.ReadAllTextAsync(RunJson));
            admin = run.RootElement.GetProperty("functionKeys").GetProperty("admin").GetString()!;
        }
        else if (crashAt is null)
        {
            Assert.Fail($"The local host did not start.{Environment.NewLine}{child.LastLines}");
        }
    }

    /// <summary>SIGKILL: nothing is flushed, nothing finishes.</summary>
    public Task KillAsync() => child!.KillAsync();

    /// <summary>The exit code; 137 after a SIGKILL. Null when it still runs after the patience.</summary>
    public async Task<int?> EndAsync(TimeSpan patience)
    {
        await Task.WhenAny(child!.Exited, Task.Delay(patience));
        return child.Exited.IsCompleted ? child.Exited.Result : null;
    }

    /// <summary>An operator's order: its status and answer; 0 when the host dies over it.</summary>
    public async Task<(int Status, string Body)> OrderAsync(string path, object? body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Url, path));
        request.Content = body is null ? null : JsonContent.Create(body);
        request.Headers.Add("x-functions-key", admin);
        request.Headers.Add("X-Requested-With", "NationalId");
        try
        {
            using var answer = await http.SendAsync(request);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            return (0, "");
        }
    }

    /// <summary>Runs the sweep now, as an operator can; false when the host is not there.</summary>
    public async Task<bool> SweepAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Url, "admin/functions/Sweep"))
        {
            Content = JsonContent.Create(new { input = "" }),
        };
        request.Headers.Add("x-functions-key", admin);
        try
        {
            using var answer = await http.SendAsync(request);
            return answer.StatusCode == HttpStatusCode.Accepted;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    public string LastLines => child?.LastLines ?? "";

    public async ValueTask DisposeAsync()
    {
        await DisposeChildAsync();
        http.Dispose();
        folder.Dispose();
    }

    private async Task DisposeChildAsync()
    {
        if (child is not null)
        {
            await child.DisposeAsync();
        }
    }
}
