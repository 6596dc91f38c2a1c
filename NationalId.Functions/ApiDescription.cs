using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace NationalId.Functions;

/// <summary>What the HTTP functions are, for programs and people. It tells nothing of this deployment.</summary>
public sealed class ApiDescription(ApiPage page)
{
    /// <summary>The HTTP functions of this assembly.</summary>
    public static IReadOnlyList<ApiFunction> All { get; } = Find();

    private static readonly Lazy<string> Document = new(() => ApiDocument.Write(All).ToJsonString());

    [Function("OpenApi")]
    [Operation(ApiTags.Everybody, "This document: OpenAPI 3.1.")]
    [Answers(200, "The document.", ContentType = "application/json")]
    public IResult Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/openapi.json")] HttpRequest request
    ) => Results.Text(Document.Value, "application/json");

    [Function("OpenApiPage")]
    [Operation(ApiTags.Everybody, "The page that shows this document: Swagger UI.")]
    [Answers(200, "A file of the page.", ContentType = "text/html")]
    [Answers(200, "A file of the page.", ContentType = "text/javascript")]
    [Answers(200, "A file of the page.", ContentType = "text/css")]
    [Answers(200, "A file of the page.", ContentType = "image/png")]
    [Answers(301, "To the page.")]
    [Refuses(404)]
    public IResult GetPage(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = ApiPage.Route + "/{*file}")] HttpRequest request,
        string? file
    ) => page.Get(request);

    private static List<ApiFunction> Find()
    {
        var found = (
            from type in typeof(ApiDescription).Assembly.GetExportedTypes()
            from method in type.GetMethods()
            let function = method.GetCustomAttribute<FunctionAttribute>()
            let trigger = method
                .GetParameters()
                .Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
                .FirstOrDefault(one => one is not null)
            where function is not null && trigger is not null
            select (function.Name, Trigger: trigger, Attributes: method.GetCustomAttributes().ToList())
        ).ToDictionary(one => one.Name, StringComparer.Ordinal);
        return
        [
            .. found.Values.Select(one => new ApiFunction(
                one.Name,
                "/" + one.Trigger.Route,
                one.Trigger.Methods!,
                one.Trigger.AuthLevel != AuthorizationLevel.Anonymous,
                one.Attributes.OfType<SameAsAttribute>().FirstOrDefault() is { } same
                    ? found[same.Function].Attributes
                    : one.Attributes
            )),
        ];
    }
}
