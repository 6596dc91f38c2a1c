using Microsoft.AspNetCore.Http;

namespace NationalId.Core.Platform.Http;

/// <summary>An answer for the operator alone: no proxy and no browser may keep it.</summary>
internal sealed class UncachedResult(IResult result) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.CacheControl = "no-store";
        return result.ExecuteAsync(httpContext);
    }
}
