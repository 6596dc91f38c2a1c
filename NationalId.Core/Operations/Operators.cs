using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Operations;

/// <summary>
/// Who acts: what an operator does stands with a name in the log, and in the history of what was changed.
/// </summary>
/// <param name="options">The header that says who is signed in.</param>
/// <param name="logger">Told of every action.</param>
public sealed partial class Operators(OperationsOptions options, ILogger<Operators> logger)
{
    /// <summary>Who acts where nobody says it: with a key alone.</summary>
    public const string Unknown = "an operator";

    private const int LongestName = 100;
    private const int LongestPath = 200;

    /// <summary>Who is signed in; null where nobody says it.</summary>
    /// <param name="request">The operator's request.</param>
    public string? NameOf(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (options.NameHeader.Length == 0)
        {
            return null;
        }

        // Two headers are one too many: which of them is the sign-in's?
        var given = request.Headers[options.NameHeader] is [{ } one] ? one : "";
        var name = string.Concat(given.Where(letter => !char.IsControl(letter))).Trim();
        return name.Length == 0 ? null : PartnerText.Cut(name, LongestName);
    }

    /// <summary>
    /// Answers what an operator asks. 401 where the sign-in alone lets operators in, and nobody is signed in.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    /// <param name="answer">Answers it.</param>
    public Task<IResult> AskAsync(HttpRequest request, Func<Task<IResult>> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Stranger(request) is { } refusal ? Task.FromResult(refusal) : answer();
    }

    /// <summary>
    /// Does what an operator asks for, unless another site's page may be asking (403,
    /// <see cref="OperatorRequest.Refusal"/>), and logs who asked for what. 401 as above.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    /// <param name="act">Does it; it is told who asks.</param>
    public async Task<IResult> ActAsync(HttpRequest request, Func<string, Task<IResult>> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        if ((Stranger(request) ?? OperatorRequest.Refusal(request)) is { } refusal)
        {
            return refusal;
        }

        var name = NameOf(request) ?? Unknown;
        var path = PartnerText.Cut(request.Path.Value ?? "", LongestPath);
        try
        {
            var result = await act(name);
            var status = (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
            LogAction(name, request.Method, path, status);
            return result;
        }
        catch (Exception failure)
        {
            LogFailed(name, request.Method, path, failure.GetType().Name);
            throw;
        }
    }

    private IResult? Stranger(HttpRequest request) =>
        options.SignInAlone && NameOf(request) is null ? Problems.Unauthorized("Nobody is signed in.") : null;

    [LoggerMessage(54, LogLevel.Warning, "Operator {Operator} asked for {Method} {Path}: {Status}")]
    private partial void LogAction(string @operator, string method, string path, int status);

    [LoggerMessage(55, LogLevel.Error, "Operator {Operator} asked for {Method} {Path}: {Exception}")]
    private partial void LogFailed(string @operator, string method, string path, string exception);
}
