using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Platform.Http;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace NationalId.Core.Operations.OpenApi;

/// <summary>
/// The page that shows <c>/api/openapi.json</c> to people: Swagger UI with the files of its package. It loads nothing
/// from elsewhere, and its content security policy lets it speak to this host alone.
/// </summary>
/// <param name="services">What the package asks for.</param>
public sealed class ApiPage(IServiceProvider services)
{
    /// <summary>Where it is, without the first slash.</summary>
    public const string Route = "api/docs";

    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // The package is a middleware, and a function is none: it gets a pipeline of its own.
    private readonly Lazy<RequestDelegate> files = new(() =>
    {
        var options = new SwaggerUIOptions { RoutePrefix = Route, DocumentTitle = "National ID client" };
        options.ConfigObject.Urls = [new UrlDescriptor { Url = "/api/openapi.json", Name = "openapi.json" }];
        var pipeline = new ApplicationBuilder(services).UseSwaggerUI(options);
        pipeline.Run(context => Problems.NotFound("There is no such file.").ExecuteAsync(context));
        return pipeline.Build();
    });

    /// <summary>One file of the page.</summary>
    /// <param name="request">The browser's request.</param>
    public IResult Get(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var headers = request.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        return new FileResult(files.Value);
    }

    private sealed class FileResult(RequestDelegate files) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            // Where a function's route is an endpoint, as in LocalHost, the package would leave the request to it.
            httpContext.SetEndpoint(null);
            return files(httpContext);
        }
    }
}
