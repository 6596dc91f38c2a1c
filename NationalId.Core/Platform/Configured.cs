using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Platform;

/// <summary>
/// A part of the client that only some configurations have. Its functions are always there; where the part is not set
/// up, its routes answer 404 and its queues and timers do nothing.
/// </summary>
/// <typeparam name="T">The part.</typeparam>
/// <param name="services">The host's services.</param>
public sealed class Configured<T>(IServiceProvider services)
    where T : class
{
    /// <summary>Answers a request, or 404.</summary>
    /// <param name="answer">Lets the part answer.</param>
    /// <param name="otherwise">What is answered in the place of 404.</param>
    public Task<IResult> AnswerAsync(Func<T, Task<IResult>> answer, IResult? otherwise = null) =>
        services.GetService<T>() is { } part
            ? answer(part)
            : Task.FromResult(
                otherwise ?? Problems.NotFound("This route belongs to a system that is not configured here.")
            );

    /// <summary>Runs a queue's or timer's work, or nothing.</summary>
    /// <param name="run">Lets the part work.</param>
    public Task RunAsync(Func<T, Task> run) => services.GetService<T>() is { } part ? run(part) : Task.CompletedTask;
}
