using System.Diagnostics;
using System.Runtime.InteropServices;
using NationalId.LocalHost;

namespace NationalId.Benchmarks.Load;

/// <summary>
/// Release builds as they are deployed: published, compiled ahead of time where the feed has the compiler.
/// </summary>
internal static class Published
{
    private static readonly Dictionary<string, string> Known = [];

    public static string LocalHost() =>
        Publish("NationalId.LocalHost", Path.Combine("NationalId.LocalHost", "NationalId.LocalHost.csproj"));

    /// <summary>An ASP.NET Core app with nothing in it.</summary>
    public static string Empty() => Publish("Empty", Path.Combine("NationalId.Benchmarks", "Empty", "Empty.csproj"));

    /// <summary>The worker that is deployed.</summary>
    public static string Worker() =>
        Publish("NationalId.Functions", Path.Combine("NationalId.Functions", "NationalId.Functions.csproj"));

    /// <summary>A Functions worker with one function that does nothing.</summary>
    public static string EmptyWorker() =>
        Publish("EmptyWorker", Path.Combine("NationalId.Benchmarks", "EmptyWorker", "EmptyWorker.csproj"));

    /// <summary>Publishes a project below the checkout's .local, so that Azurite and host.json are found.</summary>
    private static string Publish(string name, string project)
    {
        if (Known.TryGetValue(name, out var known))
        {
            return known;
        }

        var folder = Repository.PathOf(".local", "bench", name);
        Console.WriteLine($"   publishing {name} ...");
        var (code, output) = Run([
            "publish",
            Repository.PathOf(project),
            "-c",
            "Release",
            "-r",
            RuntimeInformation.RuntimeIdentifier,
            "--self-contained",
            "false",
            "-p:PublishReadyToRun=true",
            "-o",
            folder,
            "--nologo",
            "-v",
            "q",
        ]);
        return code == 0
            ? Known[name] = Path.Combine(folder, name + ".dll")
            : throw new InvalidOperationException($"{name} can't be published:{Environment.NewLine}{output}");
    }

    private static (int Code, string Output) Run(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
