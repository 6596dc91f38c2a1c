using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Operations;

/// <summary>
/// The operator's page: one static file without any data, over <see cref="OperatorSummary"/>. Its content security
/// policy lets run only the script and style that stand in the file, by their hashes, and lets them speak to this host
/// alone.
/// </summary>
public static class OperatorPage
{
    private static readonly string Html = Read();

    private static readonly string Policy = string.Join(
        "; ",
        "default-src 'none'",
        $"script-src {HashOf("script")}",
        $"style-src {HashOf("style")}",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        // The browser itself refuses innerHTML and its like.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'"
    );

    /// <summary>The page. Anybody may have it: data comes with a key only.</summary>
    /// <param name="request">The browser's request.</param>
    public static IResult Get(HttpRequest request)
    {
        var headers = request.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return new UncachedResult(Results.Content(Html, "text/html", Encoding.UTF8));
    }

    private static string Read()
    {
        using var reader = new StreamReader(
            typeof(OperatorPage).Assembly.GetManifestResourceStream("NationalId.Core.Operations.ops.html")!
        );
        // A browser hashes what it parsed, and parsing makes every line end a line feed.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string HashOf(string element)
    {
        var begin = Html.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var content = Html[begin..Html.IndexOf($"</{element}>", begin, StringComparison.Ordinal)];
        return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";
    }
}
