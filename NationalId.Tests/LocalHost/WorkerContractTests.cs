using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using NationalId.LocalHost;

namespace NationalId.Tests.LocalHost;

/// <summary>
/// The attributes that our functions use have the shapes of the real worker's (public source of
/// Azure/azure-functions-dotnet-worker), whichever of the two this was compiled with.
/// </summary>
public sealed class WorkerContractTests
{
    [Theory]
    [InlineData(typeof(FunctionAttribute), AttributeTargets.Method, new[] { typeof(string) })]
    [InlineData(
        typeof(HttpTriggerAttribute),
        AttributeTargets.Parameter,
        new[] { typeof(AuthorizationLevel), typeof(string[]) }
    )]
    [InlineData(typeof(QueueTriggerAttribute), AttributeTargets.Parameter, new[] { typeof(string) })]
    [InlineData(typeof(TimerTriggerAttribute), AttributeTargets.Parameter, new[] { typeof(string) })]
    public void An_attribute_has_the_real_constructor_namespace_and_target(
        Type attribute,
        AttributeTargets target,
        Type[] parameters
    )
    {
        Assert.Equal("Microsoft.Azure.Functions.Worker", attribute.Namespace);
        Assert.True(attribute.IsSubclassOf(typeof(Attribute)));
        var constructor = attribute.GetConstructor(parameters);
        Assert.NotNull(constructor);
        Assert.Equal(
            parameters[^1] == typeof(string[]),
            constructor.GetParameters()[^1].IsDefined(typeof(ParamArrayAttribute))
        );
        Assert.True(
            (attribute.GetCustomAttribute<AttributeUsageAttribute>()?.ValidOn ?? AttributeTargets.All).HasFlag(target)
        );
    }

    [Theory]
    [InlineData(typeof(FunctionAttribute), "Name", typeof(string), false)]
    [InlineData(typeof(HttpTriggerAttribute), "Route", typeof(string), true)]
    [InlineData(typeof(HttpTriggerAttribute), "Methods", typeof(string[]), false)]
    [InlineData(typeof(HttpTriggerAttribute), "AuthLevel", typeof(AuthorizationLevel), false)]
    [InlineData(typeof(QueueTriggerAttribute), "QueueName", typeof(string), false)]
    [InlineData(typeof(QueueTriggerAttribute), "Connection", typeof(string), true)]
    [InlineData(typeof(TimerTriggerAttribute), "Schedule", typeof(string), false)]
    [InlineData(typeof(TimerTriggerAttribute), "RunOnStartup", typeof(bool), true)]
    [InlineData(typeof(TimerTriggerAttribute), "UseMonitor", typeof(bool), true)]
    public void An_attribute_has_the_real_property(Type attribute, string name, Type type, bool settable)
    {
        var property = attribute.GetProperty(name);
        Assert.NotNull(property);
        Assert.Equal(type, property.PropertyType);
        Assert.Equal(settable, property.GetSetMethod() is not null);
    }

    [Fact]
    public void Authorization_levels_have_the_real_numbers() =>
        Assert.Equal(
            [("Anonymous", 0), ("User", 1), ("Function", 2), ("System", 3), ("Admin", 4)],
            Enum.GetValues<AuthorizationLevel>().Select(level => (level.ToString(), (int)level))
        );

    [Fact]
    public void Attributes_keep_what_functions_tell_them()
    {
        var http = new HttpTriggerAttribute(AuthorizationLevel.Function, "get", "post") { Route = "webhooks" };
        Assert.Equal((AuthorizationLevel.Function, "webhooks"), (http.AuthLevel, http.Route));
        Assert.Equal(["get", "post"], http.Methods!);
        var queue = new QueueTriggerAttribute("birth-events") { Connection = "Storage" };
        Assert.Equal(("birth-events", "Storage"), (queue.QueueName, queue.Connection));
        var timer = new TimerTriggerAttribute("0 */5 * * * *") { RunOnStartup = true };
        Assert.Equal(("0 */5 * * * *", true, true), (timer.Schedule, timer.RunOnStartup, timer.UseMonitor));
        Assert.Equal("DeliverBirth", new FunctionAttribute("DeliverBirth").Name);
    }

    [Fact]
    public void Our_functions_use_no_other_worker_type()
    {
        Type[] contract =
        [
            typeof(FunctionAttribute),
            typeof(HttpTriggerAttribute),
            typeof(AuthorizationLevel),
            typeof(QueueTriggerAttribute),
            typeof(TimerTriggerAttribute),
        ];
        var used = Assembly
            .Load("NationalId.Functions")
            .GetTypes()
            .SelectMany(type =>
                type.GetMethods(
                    BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly
                )
            )
            .Where(method => method.IsDefined(typeof(FunctionAttribute)))
            .SelectMany(method => method.GetParameters())
            .SelectMany(parameter =>
                parameter.GetCustomAttributes().Select(attribute => attribute.GetType()).Append(parameter.ParameterType)
            )
            .Where(type => type.Namespace?.StartsWith("Microsoft.Azure.Functions", StringComparison.Ordinal) == true);
        Assert.Empty(used.Except(contract));
    }

    /// <summary>
    /// functions.metadata is what the Functions host reads; the worker's SDK writes it from the compiled functions.
    /// </summary>
    [SkippableFact]
    public void The_Functions_host_is_told_the_functions_that_LocalHost_runs()
    {
        Skip.If(
            typeof(FunctionAttribute).Assembly.GetName().Name == "NationalId.WorkerContract",
            "Built without the worker packages."
        );
        using var metadata = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "functions.metadata"))
        );
        Assert.Equal(
            FunctionDescriptor
                .FindIn(Assembly.Load("NationalId.Functions"))
                .Select(function => $"{function.Name} {Told(function.Trigger)}")
                .Order(),
            metadata
                .RootElement.EnumerateArray()
                .Select(function => $"{function.GetProperty("name")} {Read(function.GetProperty("bindings")[0])}")
                .Order()
        );

        static string Told(Attribute trigger) =>
            trigger switch
            {
                HttpTriggerAttribute http =>
                    $"httpTrigger {http.AuthLevel} {string.Join(',', http.Methods!)} {http.Route}",
                QueueTriggerAttribute queue => $"queueTrigger {queue.QueueName} {queue.Connection}",
                TimerTriggerAttribute timer => $"timerTrigger {timer.Schedule}",
                _ => trigger.GetType().Name,
            };

        static string Read(JsonElement binding) =>
            binding.GetProperty("type").GetString() switch
            {
                "httpTrigger" => $"httpTrigger {binding.GetProperty("authLevel")} "
                    + $"{string.Join(',', binding.GetProperty("methods").EnumerateArray())} "
                    + $"{binding.GetProperty("route")}",
                "queueTrigger" => $"queueTrigger {binding.GetProperty("queueName")} "
                    + $"{(binding.TryGetProperty("connection", out var connection) ? connection : "")}",
                "timerTrigger" => $"timerTrigger {binding.GetProperty("schedule")}",
                var other => $"{other}",
            };
    }

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task Publishing_in_contract_mode_fails_and_says_why()
    {
        using var folder = new TemporaryFolder();
        string[] arguments =
        [
            "publish",
            Repository.PathOf("NationalId.Functions", "NationalId.Functions.csproj"),
            "--no-build",
            "--no-restore",
            "--nologo",
            "-p:FunctionsWorker=contract",
            "-o",
            folder.Path,
            "-nodeReuse:false",
        ];
        using var publish = Process.Start(
            new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var output = publish.StandardOutput.ReadToEndAsync();
        var errors = publish.StandardError.ReadToEndAsync();
        await publish.WaitForExitAsync();

        Assert.NotEqual(0, publish.ExitCode);
        Assert.Contains("NID0001", await output + await errors);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
