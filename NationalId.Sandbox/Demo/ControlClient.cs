using System.Diagnostics;
using System.Text.Json;

namespace NationalId.Sandbox.Demo;

/// <summary>A step that did not come.</summary>
internal sealed class StepMissingException(string what) : Exception(what);

/// <summary>The control API, and waiting for what it tells.</summary>
internal sealed class ControlClient(Uri control, TimeSpan patience) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = control,
        Timeout = TimeSpan.FromSeconds(60),
    };

    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body, SandboxJson.Options);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? Parse(text)
            : throw new StepMissingException($"the sandbox answered {(int)response.StatusCode} to {path}: {text}");
    }

    /// <summary>Asks again until <paramref name="found"/> finds something.</summary>
    public async Task<T> WaitAsync<T>(string path, string what, Func<JsonElement, T?> found, TimeSpan? limit = null)
        where T : class
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < (limit ?? patience))
        {
            using var response = await http.GetAsync(path);
            if (response.IsSuccessStatusCode && found(Parse(await response.Content.ReadAsStringAsync())) is { } result)
            {
                return result;
            }

            await Task.Delay(25);
        }

        throw new StepMissingException(
            $"{what} did not come within {(limit ?? patience).TotalSeconds:0} s (asked {control}{path.TrimStart('/')})"
        );
    }

    public static string? Text(JsonElement at, string name) =>
        at.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public void Dispose() => http.Dispose();

    private static JsonElement Parse(string text)
    {
        if (text.Length == 0)
        {
            return default;
        }

        using var json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }
}
