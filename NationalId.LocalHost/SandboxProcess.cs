namespace NationalId.LocalHost;

/// <summary>NationalId.Sandbox as a child process, and the settings with which we reach it.</summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(90);

    private readonly ChildProcess child;

    private SandboxProcess(ChildProcess child, IReadOnlyDictionary<string, string?> settings)
    {
        this.child = child;
        Settings = settings;
    }

    /// <summary>
    /// App settings for us, beside <c>Sandbox:MosipUrl</c>, <c>Sandbox:OpenCrvsUrl</c> and <c>Sandbox:ControlUrl</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string?> Settings { get; }

    public Task Exited => child.Exited;

    public string LastLines => child.LastLines;

    /// <exception cref="InvalidOperationException">It ended, or told no settings in time.</exception>
    public static async Task<SandboxProcess> StartAsync(
        string dll,
        string clientUrl,
        string? client,
        string? openCrvs,
        string? mosip,
        string? system,
        Action<string> onLine,
        CancellationToken ct
    )
    {
        if (!File.Exists(dll))
        {
            throw new InvalidOperationException($"There is no {dll}: build first.");
        }

        // The settings hold secrets: a folder that only we can enter, gone as soon as they are read.
        var folder = Directory.CreateTempSubdirectory("nationalid-sandbox-").FullName;
        try
        {
            var file = Path.Combine(folder, "settings.json");
            List<string> arguments = [dll, "--settings-out", file, "--client-url", clientUrl];
            if (client is not null)
            {
                arguments.AddRange(["--client", client]);
            }

            if (openCrvs is not null)
            {
                arguments.AddRange(["--opencrvs", openCrvs]);
            }

            if (mosip is not null)
            {
                arguments.AddRange(["--mosip", mosip]);
            }

            if (system is not null)
            {
                arguments.AddRange(["--system", system]);
            }

            var child = await ChildProcess.StartAsync("dotnet", arguments, onLine: onLine);
            try
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
                patience.CancelAfter(StartPatience);
                while (true)
                {
                    if (LocalFiles.TryReadFlat(file) is { } settings)
                    {
                        return new SandboxProcess(child, settings);
                    }

                    ct.ThrowIfCancellationRequested();
                    if (child.Exited.IsCompleted || patience.IsCancellationRequested)
                    {
                        throw new InvalidOperationException(
                            $"The sandbox did not start.{Environment.NewLine}{child.LastLines}"
                        );
                    }

                    await Task.Delay(50, patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
            catch
            {
                await child.DisposeAsync();
                throw;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public ValueTask DisposeAsync() => child.DisposeAsync();
}
