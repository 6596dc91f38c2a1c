using System.Reflection;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Queues;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using NationalId.Core;

namespace NationalId.LocalHost;

/// <summary>
/// Runs functions on this machine as the Functions host would, for development, tests and the demo:
/// HTTP functions on
/// Kestrel, queue functions over storage queues with host.json's settings, timer functions on their schedules.
/// </summary>
public sealed class LocalHostServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly LocalHostSettings settings;
    private readonly IReadOnlyList<FunctionDescriptor> functions;
    private readonly HostJson host;
    private readonly List<FunctionListener> listeners = [];
    private readonly QueueWakes wakes;
    private int stopped;

    private LocalHostServer(
        WebApplication app,
        LocalHostSettings settings,
        IReadOnlyList<FunctionDescriptor> functions,
        HostJson host
    )
    {
        wakes = app.Services.GetRequiredService<QueueWakes>();
        this.app = app;
        this.settings = settings;
        this.functions = functions;
        this.host = host;
    }

    /// <summary>Where HTTP functions answer, with a slash at the end and without the route prefix.</summary>
    public Uri BaseAddress =>
        new(
            app.Services.GetRequiredService<IServer>()
                .Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses.First() + "/"
        );

    /// <summary>The keys that open HTTP functions.</summary>
    public FunctionKeys FunctionKeys => settings.FunctionKeys;

    /// <summary>The host's services, for tests that look inside.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>Starts everything; when this returns, requests are answered and queues exist.</summary>
    /// <exception cref="InvalidOperationException">A function or a setting is wrong.</exception>
    /// <exception cref="OptionsValidationException">App settings are missing or contradictory; the message names them
    /// all.</exception>
    public static async Task<LocalHostServer> StartAsync(LocalHostSettings settings, CancellationToken ct = default)
    {
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = "NationalId.LocalHost" }
        );
        builder.Configuration.AddInMemoryCollection(
            settings.Configuration.Select(pair =>
                KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), pair.Value)
            )
        );
        var host = new HostJson(
            settings.HostJsonPath ?? Path.Combine(AppContext.BaseDirectory, "host.json"),
            builder.Configuration
        );
        builder.Logging.AddConfiguration(host.Logging);
        if (settings.LoggerProvider is { } provider)
        {
            builder.Logging.AddProvider(provider);
        }

        builder
            .WebHost.UseKestrelCore()
            .UseUrls(settings.Url)
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = HttpFunctions.MaxRequestBodySize;
            });
        builder.Services.AddRouting();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.ShutdownGrace);
        builder.Services.AddNationalId(builder.Configuration);
        builder.Services.AddSingleton<QueueWakes>();
        builder.Services.AddSingleton<HttpPipelinePolicy>(services => services.GetRequiredService<QueueWakes>());
        settings.ConfigureServices?.Invoke(builder.Services);
        var functions = FunctionDescriptor.FindIn(settings.FunctionsAssembly ?? Assembly.Load("NationalId.Functions"));
        var server = new LocalHostServer(builder.Build(), settings, functions, host);
        try
        {
            await server.StartAsync(ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The functions with their routes, queues and schedules, as Core Tools prints them.</summary>
    public string Banner()
    {
        var address = BaseAddress.ToString().TrimEnd('/');
        return "Functions:"
            + Environment.NewLine
            + string.Concat(
                functions.Select(function =>
                    $"{Environment.NewLine}  {function.Name}: {Describe(function)}{Environment.NewLine}"
                )
            );

        string Describe(FunctionDescriptor function) =>
            function.Trigger switch
            {
                HttpTriggerAttribute => $"[{string.Join(',', HttpFunctions.MethodsOf(function))}] "
                    + $"{address}{HttpFunctions.PathOf(function, host)}",
                QueueTriggerAttribute queue =>
                    $"queueTrigger {Resolve(queue.QueueName)}{(settings.RunQueues ? "" : " (off)")}",
                TimerTriggerAttribute timer =>
                    $"timerTrigger {Resolve(timer.Schedule)}{(settings.RunTimers ? "" : " (off)")}",
                var other => other.GetType().Name,
            };
    }

    /// <summary>Takes no new work, lets running functions finish within the grace period, then stops.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref stopped, 1) == 1)
        {
            return;
        }

        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger<LocalHostServer>();
        var web = app.StopAsync();
        await Task.WhenAll(
            listeners.Select(async listener =>
            {
                if (!await listener.StopAsync(settings.ShutdownGrace))
                {
                    logger.StillRunning(listener.Name);
                }
            })
        );
        await web;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var listener in listeners)
        {
            await listener.DisposeAsync();
        }

        await app.DisposeAsync();
    }

    private async Task StartAsync(CancellationToken ct)
    {
        // The generic host does this when it starts; here queues are prepared before, and one message shall name all
        // settings.
        app.Services.GetService<IStartupValidator>()?.Validate();
        // Routing is placed explicitly: what Map adds must see the endpoint that was found.
        app.UseRouting();
        HttpFunctions.Map(
            app,
            functions.Where(function => function.Trigger is HttpTriggerAttribute),
            host,
            settings.FunctionKeys
        );
        AdminFunctions.Map(
            app,
            functions.Where(function => function.Trigger is not HttpTriggerAttribute),
            settings.FunctionKeys,
            host.FunctionTimeout
        );
        listeners.AddRange(functions.Select(Listener).OfType<FunctionListener>());
        await app.StartAsync(ct);
        await Task.WhenAll(listeners.OfType<QueueListener>().Select(queue => queue.PrepareAsync(ct)));
        listeners.ForEach(listener => listener.Start());
    }

    private FunctionListener? Listener(FunctionDescriptor function)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger($"Function.{function.Name}");
        return function.Trigger switch
        {
            QueueTriggerAttribute queue when settings.RunQueues => new QueueListener(
                function,
                app.Services,
                Queue(function, queue, ""),
                Queue(function, queue, "-poison"),
                host.Queues with
                {
                    Lease = settings.MessageLease ?? host.Queues.Lease,
                },
                host.FunctionTimeout,
                wakes.Of(Resolve(queue.QueueName)),
                logger
            ),
            TimerTriggerAttribute timer when settings.RunTimers => new TimerListener(
                function,
                app.Services,
                CronSchedule.Parse(Resolve(timer.Schedule)),
                host.FunctionTimeout,
                app.Services.GetRequiredService<TimeProvider>(),
                logger
            ),
            _ => null,
        };
    }

    private QueueClient Queue(FunctionDescriptor function, QueueTriggerAttribute trigger, string suffix)
    {
        var options = new QueueClientOptions
        {
            Retry =
            {
                MaxRetries = 2,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(1),
            },
        };
        options.AddPolicy(wakes, HttpPipelinePosition.PerCall);
        return new QueueClient(Connection(function, trigger.Connection), Resolve(trigger.QueueName) + suffix, options);
    }

    /// <summary>An attribute's Connection names an app setting, alone or after <c>AzureWebJobs</c>.</summary>
    private string Connection(FunctionDescriptor function, string? name)
    {
        name = string.IsNullOrEmpty(name) ? "AzureWebJobsStorage" : name;
        return app.Configuration["AzureWebJobs" + name]
            ?? app.Configuration[name]
            ?? app.Configuration.GetConnectionString(name)
            ?? throw new InvalidOperationException(
                $"Function {function.Name} needs the app setting {name}: a storage connection string."
            );
    }

    /// <summary>Replaces <c>%Name%</c> by the app setting.</summary>
    private string Resolve(string text)
    {
        var parts = text.Split('%');
        for (var i = 1; i + 1 < parts.Length; i += 2)
        {
            parts[i] =
                app.Configuration[parts[i].Replace("__", ":", StringComparison.Ordinal)]
                ?? throw new InvalidOperationException(
                    $"The app setting {parts[i]} is missing: '{text}' refers to it."
                );
        }

        return string.Concat(parts);
    }
}
