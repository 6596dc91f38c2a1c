using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace NationalId.Tests.Support;

/// <summary>A request as a partner saw it.</summary>
internal sealed record SeenRequest(string Method, string Path, IHeaderDictionary Headers, byte[] Body, int Number);

/// <summary>A partner on loopback that answers as a test says and remembers what it was asked.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private LoopbackServer(WebApplication app) => this.app = app;

    public ConcurrentQueue<SeenRequest> Seen { get; } = [];

    public string Url => app.Urls.First();

    public Uri Address => new(Url);

    /// <param name="answer">Writes each answer.</param>
    /// <param name="listen">Changes how it listens, e.g. to TLS.</param>
    public static async Task<LoopbackServer> StartAsync(
        Func<SeenRequest, HttpContext, Task> answer,
        Action<ListenOptions>? listen = null
    )
    {
        var server = new LoopbackServer(Build(listen));
        var number = 0;
        server.app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var headers = new HeaderDictionary(context.Request.Headers.ToDictionary());
            var seen = new SeenRequest(
                context.Request.Method,
                context.Request.Path + context.Request.QueryString,
                headers,
                body.ToArray(),
                Interlocked.Increment(ref number)
            );
            server.Seen.Enqueue(seen);
            await answer(seen, context);
        });
        await server.app.StartAsync();
        return server;
    }

    /// <param name="map">The routes of a partner that has several.</param>
    public static async Task<LoopbackServer> StartAsync(Action<IEndpointRouteBuilder> map)
    {
        var server = new LoopbackServer(Build());
        map(server.app);
        await server.app.StartAsync();
        return server;
    }

    /// <param name="answers">One after the other; the last for all that come after it.</param>
    public static Task<LoopbackServer> StartAsync(params (int Status, string Body)[] answers) =>
        StartAsync(
            (seen, context) =>
            {
                var (status, body) = answers[Math.Min(seen.Number, answers.Length) - 1];
                context.Response.StatusCode = status;
                return context.Response.WriteAsync(body);
            }
        );

    /// <summary>Never answers; returns once the caller has gone.</summary>
    public static Task<LoopbackServer> StartSilentAsync() =>
        StartAsync(
            (_, context) =>
            {
                var gone = new TaskCompletionSource();
                context.RequestAborted.Register(gone.SetResult);
                return gone.Task;
            }
        );

    public static HttpClient Client(TimeSpan? timeout = null) =>
        new(new SocketsHttpHandler { UseCookies = false }) { Timeout = timeout ?? TimeSpan.FromSeconds(60) };

    /// <summary>An address where nobody listens.</summary>
    public static async Task<Uri> NobodyAsync()
    {
        await using var server = await StartAsync((200, ""));
        return server.Address;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static WebApplication Build(Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.Configure<KestrelServerOptions>(options =>
        {
            options.Listen(IPAddress.Loopback, 0, listen ?? (_ => { }));
            options.Limits.MaxRequestBodySize = null;
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        return builder.Build();
    }

    /// <summary>Leaves signals such as Ctrl+C to the test run.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
