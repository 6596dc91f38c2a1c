using System.Reflection;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using NationalId.LocalHost;

namespace NationalId.Tests.LocalHost;

/// <summary>LocalHost runs what the Functions host would run: no more, no less, under the same triggers.</summary>
public sealed class FunctionsMetadataTests
{
    /// <summary>
    /// functions.metadata is what the Functions host reads. The worker's SDK writes it from the compiled functions.
    /// </summary>
    [Fact]
    public void The_Functions_host_is_told_the_functions_that_LocalHost_runs()
    {
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
                    + binding.GetProperty("route"),
                "queueTrigger" => $"queueTrigger {binding.GetProperty("queueName")} "
                    + (binding.TryGetProperty("connection", out var connection) ? connection : ""),
                "timerTrigger" => $"timerTrigger {binding.GetProperty("schedule")}",
                var other => $"{other}",
            };
    }

    /// <summary>
    /// LocalHost knows these types only. A function that wants another would fail there, and only there.
    /// </summary>
    [Fact]
    public void Our_functions_use_no_worker_type_that_LocalHost_does_not_know()
    {
        Type[] known =
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
        Assert.Empty(used.Except(known));
    }
}
