using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace NationalId.Sandbox;

/// <summary>One Kestrel port on loopback that can go away and come back at the same address.</summary>
internal sealed class LoopbackApp(Action<IEndpointRouteBuilder> map) : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private WebApplication? app;
    private int port;

    public Uri Url => new($"http://127.0.0.1:{port}");

    public async Task StartAsync(CancellationToken ct)
    {
        await gate.WaitAsync(ct);
        try
        {
            for (var attempt = 0; app is null; attempt++)
            {
                // Below the range that outgoing connections take their ports from: while we are down nobody else gets
                // ours by chance.
                var candidate = port != 0 ? port : Random.Shared.Next(20_000, 32_000);
                try
                {
                    app = await ListenAsync(candidate, ct);
                    port = candidate;
                }
                catch (IOException e)
                    when (attempt < 100 && e.InnerException is AddressInUseException or SocketException)
                {
                    if (port != 0)
                    {
                        await Task.Delay(50, ct);
                    }
                }
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public async Task StopAsync()
    {
        await gate.WaitAsync();
        try
        {
            if (app is { } running)
            {
                app = null;
                using var atOnce = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
                await running.StopAsync(atOnce.Token);
                await running.DisposeAsync();
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task<WebApplication> ListenAsync(int at, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Limits.MinRequestBodyDataRate = null;
                kestrel.Listen(IPAddress.Loopback, at);
            });
        builder.Services.AddRoutingCore();
        // The sandbox runs inside other programs, which handle signals themselves.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var built = builder.Build();
        built.UseRouting();
        map(built);
        try
        {
            await built.StartAsync(ct);
            return built;
        }
        catch
        {
            await built.DisposeAsync();
            throw;
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
