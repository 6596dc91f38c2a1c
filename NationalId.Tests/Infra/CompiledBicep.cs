using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json.Nodes;

namespace NationalId.Tests.Infra;

/// <summary>infra/ as the Bicep compiler makes it; compiled once for all tests.</summary>
internal static class CompiledBicep
{
    private static readonly Lazy<Task<JsonNode>> CompiledMain = new(async () =>
        JsonNode.Parse(await RunAsync("build", Path("infra/main.bicep"), "--stdout"))!
    );

    private static readonly ConcurrentDictionary<string, Lazy<Task<JsonNode>>> CompiledParameters = new();

    /// <summary>The compiler; null where there is none (it is restored on Linux x64 only).</summary>
    public static string? Compiler { get; } =
        typeof(CompiledBicep)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(metadata => metadata.Key == "Bicep")
            ?.Value
            is { } path
        && File.Exists(path)
            ? path
            : null;

    /// <summary>The repository's top.</summary>
    public static string Root { get; } = FindRoot();

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    public static Task<JsonNode> MainAsync() => CompiledMain.Value;

    /// <summary>A parameter file's values by name.</summary>
    public static Task<JsonNode> ParametersAsync(string stage) =>
        CompiledParameters
            .GetOrAdd(
                stage,
                static stage =>
                    new(async () =>
                    {
                        var output = JsonNode.Parse(
                            await RunAsync("build-params", Path($"infra/main.{stage}.bicepparam"), "--stdout")
                        )!;
                        return JsonNode.Parse(output["parametersJson"]!.GetValue<string>())!["parameters"]!;
                    })
            )
            .Value;

    /// <summary>
    /// All resources of a template and of the modules in it, each with the template that declares it.
    /// </summary>
    public static IEnumerable<(JsonNode Resource, JsonNode Template)> Resources(JsonNode template)
    {
        var resources = template["resources"] switch
        {
            JsonObject named => named.Select(pair => pair.Value!),
            JsonArray list => list.Select(one => one!),
            _ => [],
        };
        foreach (var resource in resources)
        {
            yield return (resource, template);
            if (resource["properties"]?["template"] is { } module)
            {
                foreach (var inner in Resources(module))
                {
                    yield return inner;
                }
            }
        }
    }

    public static async Task<JsonNode[]> OfTypeAsync(string type) =>
        [
            .. Resources(await MainAsync())
                .Where(one =>
                    one.Resource["type"]!.GetValue<string>() == type
                    && one.Resource["existing"]?.GetValue<bool>() != true
                )
                .Select(one => one.Resource),
        ];

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Compiler!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0 && said.Length == 0, $"bicep {string.Join(' ', arguments)} says:\n{said}");
        return await output;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "NationalId.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests don't run inside the repository.");
    }
}

/// <summary>
/// A test that needs the Bicep compiler: shown as skipped where there is none, and a failure in continuous integration.
/// </summary>
internal sealed class BicepFactAttribute : FactAttribute
{
    public BicepFactAttribute()
    {
        if (CompiledBicep.Compiler is null && Environment.GetEnvironmentVariable("CI") is null)
        {
            Skip = "The Bicep compiler is restored on Linux x64 only.";
        }
    }
}
