using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;

namespace NationalId.Tests.LocalHost;

/// <summary>What the sample functions saw, and how they shall behave.</summary>
public sealed class SampleJournal
{
    private int running;

    public ConcurrentQueue<(string Text, long DequeueCount)> Messages { get; } = new();

    public ConcurrentQueue<string> Done { get; } = new();

    public SemaphoreSlim Gate { get; } = new(0);

    public int MostAtOnce { get; private set; }

    public int Running => running;

    public int Ticks;

    public int Starts;

    public async Task HoldAsync(CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            running++;
            MostAtOnce = Math.Max(MostAtOnce, running);
        }

        try
        {
            await Gate.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (Gate)
            {
                running--;
            }
        }
    }
}

/// <summary>Functions of every kind that LocalHost runs, for its own tests.</summary>
public sealed class SampleFunctions(SampleJournal journal)
{
    public const string Secret = "a-name-from-a-payload";

    [Function("SampleHello")]
    public static IResult Hello(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hello/{name}/{count:int}")] HttpRequest request,
        string name,
        int count
    ) => Results.Text($"{request.Method} {name} {count}");

    [Function("SampleUnrouted")]
    public static IResult Unrouted([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpContext context) =>
        Results.Text(context.Request.Path);

    [Function("SampleKeyed")]
    public async Task<IResult> Keyed(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "keyed")] HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        journal.Done.Enqueue("keyed");
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }

    [Function("SampleAdmin")]
    public static ValueTask<IResult> Admin(
        [HttpTrigger(AuthorizationLevel.Admin, "get", Route = "admin-only")] HttpRequest request
    ) => ValueTask.FromResult(Results.Ok());

    [Function("SampleFailing")]
    public static Task<IResult> Failing(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failing")] HttpRequest request
    ) => throw new InvalidOperationException($"can't read {Secret}");

    [Function("SampleUpload")]
    public static async Task<IResult> Upload(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "upload")] HttpRequest request
    )
    {
        if (request.Query.ContainsKey("small"))
        {
            request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = 10;
        }

        var counted = 0L;
        var buffer = new byte[8192];
        int read;
        while ((read = await request.Body.ReadAsync(buffer)) > 0)
        {
            counted += read;
        }

        return Results.Text($"{counted}");
    }

    [Function("SampleWork")]
    public async Task Work(
        [QueueTrigger("sample-work")] string message,
        long dequeueCount,
        CancellationToken cancellationToken
    )
    {
        journal.Messages.Enqueue((message, dequeueCount));
        if (message.StartsWith("hold", StringComparison.Ordinal))
        {
            await journal.HoldAsync(cancellationToken);
        }

        if (
            message.StartsWith("fail always", StringComparison.Ordinal)
            || (message.StartsWith("fail once", StringComparison.Ordinal) && dequeueCount == 1)
        )
        {
            throw new InvalidOperationException($"can't deliver {Secret}");
        }

        journal.Done.Enqueue(message);
    }

    [Function("SampleElsewhere")]
    public void Elsewhere([QueueTrigger("%SampleQueue%", Connection = "OtherStorage")] string message) =>
        journal.Done.Enqueue($"elsewhere {message}");

    [Function("SampleTick")]
    public void Tick([TimerTrigger("0 */5 * * * *")] string timer) => Interlocked.Increment(ref journal.Ticks);

    [Function("SampleAtStart")]
    public ValueTask AtStart(
        [TimerTrigger("%SampleSchedule%", RunOnStartup = true)] string timer,
        CancellationToken cancellationToken
    )
    {
        Interlocked.Increment(ref journal.Starts);
        return ValueTask.CompletedTask;
    }
}
