using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace NationalId.Sandbox;

/// <summary>The sandbox as a program.</summary>
internal static class SandboxProgram
{
    private const string Usage = """
        dotnet NationalId.Sandbox.dll --settings-out FILE [--client-url URL] [--client NAME]
            [--opencrvs 1|1.2|1.9|2.0|2.1] [--mosip packets] [--system osia] [--token-delay SECONDS]
            [--parent-pid PID]
        dotnet NationalId.Sandbox.dll demo --run-json FILE [--until aid|life]
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        var options = Options(args is ["demo", ..] ? args[1..] : args);
        if (options is null)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        return args is ["demo", ..] ? await Demo.Demonstration.RunAsync(options) : await ServeAsync(options);
    }

    private static async Task<int> ServeAsync(Dictionary<string, string> options)
    {
        if (!options.TryGetValue("settings-out", out var file))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        OpenCrvsVersion? version = options.GetValueOrDefault("opencrvs", "1") switch
        {
            "1" => OpenCrvsVersion.V13,
            "1.2" => OpenCrvsVersion.V12,
            "1.9" => OpenCrvsVersion.V19,
            "2.0" => OpenCrvsVersion.V20,
            "2.1" => OpenCrvsVersion.V21,
            _ => null,
        };
        if (version is null)
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }

        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await using var server = await SandboxServer.StartAsync(
            new SandboxSettings
            {
                ClientUrl = options.TryGetValue("client-url", out var url) ? new Uri(url) : null,
                // Triggers don't go to MOSIP through its mediator.
                ClientName = options.GetValueOrDefault(
                    "client",
                    (version >= OpenCrvsVersion.V19 && !options.ContainsKey("mosip")) || options.ContainsKey("system")
                        ? "Freedonia"
                        : "MOSIP"
                ),
                OpenCrvsVersion = version.Value,
                Reconciles = version >= OpenCrvsVersion.V20,
                SpeaksOsia = options.GetValueOrDefault("system") == "osia",
                OsiaNotifies = options.GetValueOrDefault("system") == "osia",
                MosipTakesPackets = options.GetValueOrDefault("mosip") == "packets",
                OnDeath = "packet+idrepo",
                TokenDelay = options.TryGetValue("token-delay", out var seconds)
                    ? TimeSpan.FromSeconds(double.Parse(seconds))
                    : null,
            }
        );
        WriteSettings(server, file);
        Console.WriteLine($"OpenCRVS  {server.OpenCrvsUrl}");
        Console.WriteLine($"MOSIP     {server.MosipUrl}");
        Console.WriteLine($"other     {server.NationalIdSystemUrl}");
        Console.WriteLine($"control   {server.ControlUrl}");
        var parent = options.TryGetValue("parent-pid", out var pid) ? int.Parse(pid) : 0;
        try
        {
            while (parent == 0 || Lives(parent))
            {
                await Task.Delay(500, stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to stop.
        }

        return 0;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static void WriteSettings(SandboxServer server, string file)
    {
        var settings = new Dictionary<string, string>(server.ClientSettings)
        {
            ["Sandbox:MosipUrl"] = server.MosipUrl.ToString().TrimEnd('/'),
            ["Sandbox:OpenCrvsUrl"] = server.OpenCrvsUrl.ToString().TrimEnd('/'),
            ["Sandbox:NationalIdSystemUrl"] = server.NationalIdSystemUrl.ToString().TrimEnd('/'),
            ["Sandbox:OsiaUrl"] = server.OsiaUrl.ToString().TrimEnd('/'),
            ["Sandbox:ControlUrl"] = server.ControlUrl.ToString().TrimEnd('/'),
        };
        var part = file + ".part";
        File.Delete(part);
        var open = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            open.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(part, open))
        {
            JsonSerializer.Serialize(stream, settings, new JsonSerializerOptions { WriteIndented = true });
        }

        File.Move(part, file, overwrite: true);
    }

    private static bool Lives(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static Dictionary<string, string>? Options(string[] args)
    {
        var options = new Dictionary<string, string>();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length)
            {
                return null;
            }

            options[args[i][2..]] = args[i + 1];
        }

        return options;
    }
}
