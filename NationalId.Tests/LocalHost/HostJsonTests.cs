using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using NationalId.LocalHost;

namespace NationalId.Tests.LocalHost;

/// <summary>What host.json asks of the real Functions host; LocalHost reads little of it.</summary>
public class HostJsonTests
{
    /// <summary>The functions that run for each event. All others run seldom, or when somebody asks.</summary>
    private static readonly string[] PerEvent =
    [
        "ReceiveWebhook",
        "ReceiveTrigger",
        "Register",
        "RegisterAtRoot",
        "ReceiveRevocation",
        "ReceiveCredential",
        "ReceiveCredentialAtRoot",
        "ReceiveUinToken",
        "ReceiveNationalId",
        "DeliverBirth",
        "DeliverDeath",
        "DeliverReturn",
        "ConfirmEvent",
        "OsiaFind",
        "OsiaRead",
        "OsiaMatch",
        "OsiaVerify",
        "OsiaDocument",
        "OsiaNotify",
    ];

    [Fact]
    public void The_host_logs_no_line_of_its_own_for_an_event_that_goes_well_and_ours_stay()
    {
        using var logs = Logs();
        foreach (var function in PerEvent)
        {
            // The host's "Executing", "Trigger Details" and "Executed" are Information; a failure is an Error.
            var hosts = logs.CreateLogger($"Function.{function}");
            Assert.False(hosts.IsEnabled(LogLevel.Information), function);
            Assert.True(hosts.IsEnabled(LogLevel.Error), function);
            Assert.True(logs.CreateLogger($"Function.{function}.User").IsEnabled(LogLevel.Information), function);
        }

        Assert.True(logs.CreateLogger("Function.Sweep").IsEnabled(LogLevel.Information));
        // What it tells of each request has the path: an OSIA registry's have people's numbers in them.
        Assert.False(logs.CreateLogger("Host.Results").IsEnabled(LogLevel.Information));
        Assert.False(logs.CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics").IsEnabled(LogLevel.Critical));
    }

    [Fact]
    public void Each_function_that_host_json_names_is_there()
    {
        var functions = FunctionNames.All.ToHashSet();
        var named = Read()["logging"]!["logLevel"]!
            .AsObject()
            .Select(level => level.Key.Split('.'))
            .Where(parts => parts[0] == "Function")
            .ToList();
        Assert.NotEmpty(named);
        Assert.All(named, parts => Assert.Contains(parts[1], functions));
        Assert.Equal(PerEvent.Order(), named.Select(parts => parts[1]).Distinct().Order());
    }

    [Fact]
    public void Application_insights_matches_categories_by_their_beginning_alone_so_none_has_a_wildcard()
    {
        Assert.All(Read()["logging"]!["logLevel"]!.AsObject(), level => Assert.DoesNotContain('*', level.Key));
    }

    [Fact]
    public void The_host_answers_no_webhook_429_and_reads_no_chunked_body_into_memory()
    {
        // OpenCRVS takes 429 for an answer and doesn't send again; a chunked body would be parsed by the host.
        var http = Read()["extensions"]!["http"]!.AsObject().Select(setting => setting.Key);
        Assert.Empty(
            http.Intersect(
                ["maxOutstandingRequests", "dynamicThrottlesEnabled", "enableChunkedRequestBinding"],
                StringComparer.OrdinalIgnoreCase
            )
        );
    }

    private static JsonNode Read() => JsonNode.Parse(File.ReadAllText(Repository.PathOf("host.json")))!;

    private static ILoggerFactory Logs()
    {
        var json = new HostJson(Repository.PathOf("host.json"), new ConfigurationBuilder().Build());
        return LoggerFactory.Create(logging => logging.AddConfiguration(json.Logging).AddProvider(new Everything()));
    }

    private sealed class Everything : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            // What is logged does not matter here.
        }

        public void Dispose() { }
    }
}
