using System.Diagnostics;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;

namespace NationalId.LocalHost;

/// <summary>
/// Runs a function that has no HTTP trigger by hand, as the Functions host does: <c>POST /admin/functions/{name}</c>
/// with the master key and
/// <c>{"input":"..."}</c> starts it and answers 202. Tests and people start the sweep so, without waiting for its time.
/// </summary>
internal static class AdminFunctions
{
    public static void Map(
        WebApplication app,
        IEnumerable<FunctionDescriptor> functions,
        FunctionKeys keys,
        TimeSpan functionTimeout
    )
    {
        foreach (var function in functions)
        {
            var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger($"Function.{function.Name}");
            app.MapPost(
                    $"/admin/functions/{function.Name}",
                    async context =>
                    {
                        if (!keys.Open(AuthorizationLevel.Admin, context.Request))
                        {
                            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                        }
                        else if (await ReadInputAsync(context.Request) is { } input)
                        {
                            // The function runs after the answer.
                            _ = Task.Run(() => RunAsync(app, function, input, functionTimeout, logger));
                            context.Response.StatusCode = StatusCodes.Status202Accepted;
                        }
                        else
                        {
                            context.Response.StatusCode = StatusCodes.Status400BadRequest;
                        }
                    }
                )
                .WithMetadata(function);
        }
    }

    private static async Task<string?> ReadInputAsync(HttpRequest request)
    {
        try
        {
            using var json = await JsonDocument.ParseAsync(
                request.Body,
                cancellationToken: request.HttpContext.RequestAborted
            );
            return
                json.RootElement is { ValueKind: JsonValueKind.Object } body
                && body.TryGetProperty("input", out var input)
                && input.ValueKind == JsonValueKind.String
                ? input.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task RunAsync(
        WebApplication app,
        FunctionDescriptor function,
        string input,
        TimeSpan functionTimeout,
        ILogger logger
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(app.Lifetime.ApplicationStopping);
        stop.CancelAfter(functionTimeout);
        var watch = Stopwatch.StartNew();
        try
        {
            await function.InvokeAsync(
                app.Services,
                new InvocationInput(null, input, null, new Dictionary<string, object?>(), stop.Token)
            );
            logger.ManualDone(function.Name, watch.ElapsedMilliseconds);
        }
        catch (Exception e)
        {
            logger.FunctionFailed(function.Name, Failure.Describe(e));
        }
    }
}
