using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Operations;

namespace NationalId.LocalHost;

/// <summary>HTTP functions as endpoints: route prefix, keys and failures as in the Functions host.</summary>
internal static class HttpFunctions
{
    /// <summary>The Functions host's own limit of a request's body; a function may set another.</summary>
    public const long MaxRequestBodySize = 100L * 1024 * 1024;

    /// <summary>The path that callers use, e.g. <c>/api/webhooks</c>.</summary>
    public static string PathOf(FunctionDescriptor function, HostJson host)
    {
        var route = ((HttpTriggerAttribute)function.Trigger).Route ?? function.Name;
        return "/" + string.Join('/', new[] { host.RoutePrefix, route.Trim('/') }.Where(part => part.Length > 0));
    }

    public static IReadOnlyList<string> MethodsOf(FunctionDescriptor function) =>
        ((HttpTriggerAttribute)function.Trigger).Methods is { Length: > 0 } methods
            ? [.. methods.Select(method => method.ToUpperInvariant())]
            : [];

    public static void Map(
        WebApplication app,
        IEnumerable<FunctionDescriptor> functions,
        HostJson host,
        FunctionKeys keys
    )
    {
        app.Use(
            async (context, next) =>
            {
                // A route without the method is 405 to ASP.NET Core and 404 to the Functions host.
                if (
                    context.GetEndpoint() is { } endpoint
                    && endpoint.Metadata.GetMetadata<FunctionDescriptor>() is null
                )
                {
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    return;
                }

                await next(context);
            }
        );
        // As OperatorLevel tells the Functions host.
        var signInAlone = app.Services.GetService<OperationsOptions>() is { SignInAlone: true };
        foreach (var function in functions)
        {
            var level = ((HttpTriggerAttribute)function.Trigger).AuthLevel;
            level = signInAlone && level == AuthorizationLevel.Function ? AuthorizationLevel.Anonymous : level;
            var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger($"Function.{function.Name}");
            RequestDelegate run = context =>
                keys.Open(level, context.Request) ? RunAsync(function, context, logger) : RefuseAsync(context);
            var path = PathOf(function, host);
            var methods = MethodsOf(function);
            (methods.Count > 0 ? app.MapMethods(path, methods, run) : app.Map(path, run)).WithMetadata(function);
        }
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    private static async Task RunAsync(FunctionDescriptor function, HttpContext context, ILogger logger)
    {
        try
        {
            var input = new InvocationInput(context, null, null, context.Request.RouteValues, context.RequestAborted);
            if (await function.InvokeAsync(context.RequestServices, input) is IResult result)
            {
                await result.ExecuteAsync(context);
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone, or the function cut the connection.
        }
        catch (Exception e)
        {
            logger.FunctionFailed(function.Name, Failure.Describe(e));
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            context.Response.Clear();
            context.Response.StatusCode = e is BadHttpRequestException bad
                ? bad.StatusCode
                : StatusCodes.Status500InternalServerError;
        }
    }
}
