using Microsoft.AspNetCore.Http;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Operations;

/// <summary>
/// Tells an operator's request that changes something from one that another site's page makes the operator's browser
/// send. Where a gateway adds the key, or a sign-in cookie goes along by itself, the browser would be let in.
/// </summary>
public static class OperatorRequest
{
    /// <summary>
    /// The header that each POST of an operator carries. A form can't send it, and a script of another site would have
    /// to be allowed to by CORS, which nothing here does. Any value will do; the page and the documents send
    /// <c>NationalId</c>.
    /// </summary>
    public const string Header = "X-Requested-With";

    /// <summary>Serves a request unless it may come from another site: then 403.</summary>
    /// <param name="request">The operator's request.</param>
    /// <param name="serve">What it asks for.</param>
    public static Task<IResult> GuardAsync(HttpRequest request, Func<Task<IResult>> serve)
    {
        ArgumentNullException.ThrowIfNull(serve);
        return Refusal(request) is { } refusal ? Task.FromResult(refusal) : serve();
    }

    /// <summary>Why a request is not served; null when it is.</summary>
    /// <param name="request">The operator's request.</param>
    public static IResult? Refusal(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        // Browsers say where a request comes from, and no page can change that. curl says nothing. "none" is a person
        // who typed the address. "same-site" is another host under the same domain, which may be anybody's.
        if (request.Headers["Sec-Fetch-Site"] is not ([] or ["same-origin" or "none"]))
        {
            return Problems.Forbidden("Another site's page may not ask for this (Sec-Fetch-Site).");
        }

        return string.IsNullOrWhiteSpace(request.Headers[Header].ToString())
            ? Problems.Forbidden($"The header {Header} is missing, e.g. {Header}: NationalId.")
            : null;
    }
}
