using System.Globalization;
using System.Text;

namespace NationalId.Sandbox;

/// <summary>What an endpoint can do wrong.</summary>
public enum Fault
{
    None,

    /// <summary>Cuts the connection before doing anything.</summary>
    Down,

    /// <summary>Does the work, then cuts the connection: the caller can't know.</summary>
    DownAfter,

    /// <summary>Does the work after the delay.</summary>
    Slow,
    Status500,

    /// <summary>503 with Retry-After: the delay, or one second.</summary>
    Status503,

    /// <summary>429 with Retry-After: the delay, or one second.</summary>
    Status429,
    Status400,

    /// <summary>200 with a page of HTML.</summary>
    Html200,

    /// <summary>200 with a null response.</summary>
    NullResponse,

    /// <summary>200 with an array of errors.</summary>
    ErrorsArray,
    Unauthorized,

    /// <summary>Never answers.</summary>
    Hang,
}

/// <summary>Makes one group of endpoints fail, for the next calls or until told otherwise.</summary>
/// <param name="name">The group's name, as the control API knows it.</param>
public sealed class FaultSwitch(string name)
{
    private readonly Lock gate = new();
    private Fault fault;
    private int? left;
    private TimeSpan delay;
    private string? says;
    private int calls;
    private int failed;
    private int running;
    private int mostAtOnce;

    public string Name { get; } = name;

    /// <summary>Calls that arrived, failed ones too.</summary>
    public int Calls => calls;

    /// <summary>Calls that were made to fail.</summary>
    public int Failed => failed;

    /// <summary>How many calls were under way at the same time at most.</summary>
    public int MostAtOnce => mostAtOnce;

    public Fault Current
    {
        get
        {
            lock (gate)
            {
                return fault;
            }
        }
    }

    /// <summary>
    /// Sets the fault for the next <paramref name="times"/> calls, or for all when null. An answer that is an error
    /// says <paramref name="says"/>.
    /// </summary>
    public void Set(Fault fault, int? times = null, TimeSpan? delay = null, string? says = null)
    {
        lock (gate)
        {
            this.fault = times is <= 0 ? Fault.None : fault;
            left = times;
            this.delay = delay ?? TimeSpan.FromSeconds(1);
            this.says = says;
        }
    }

    public void Clear() => Set(Fault.None);

    /// <summary>Wraps an endpoint.</summary>
    internal RequestDelegate Around(
        Func<HttpContext, Task<IResult>> work,
        Func<Fault, string?, object>? answer = null
    ) =>
        async context =>
        {
            Interlocked.Increment(ref calls);
            lock (gate)
            {
                mostAtOnce = Math.Max(mostAtOnce, ++running);
            }

            try
            {
                await RunAsync(context, work, answer);
            }
            finally
            {
                lock (gate)
                {
                    running--;
                }
            }
        };

    /// <summary>The next call's fault, for what is no endpoint.</summary>
    internal (Fault Fault, TimeSpan Delay) Take()
    {
        Interlocked.Increment(ref calls);
        var (next, wait, _) = Next();
        if (next is not Fault.None)
        {
            Interlocked.Increment(ref failed);
        }

        return (next, wait);
    }

    private async Task RunAsync(
        HttpContext context,
        Func<HttpContext, Task<IResult>> work,
        Func<Fault, string?, object>? answer
    )
    {
        var (fault, delay, says) = Next();
        if (fault is not Fault.None)
        {
            Interlocked.Increment(ref failed);
        }

        switch (fault)
        {
            case Fault.Down:
                context.Abort();
                return;
            case Fault.Hang:
                await Task.Delay(Timeout.Infinite, context.RequestAborted)
                    .ContinueWith(_ => { }, TaskScheduler.Default);
                return;
            case Fault.Slow:
                await Task.Delay(delay, context.RequestAborted);
                break;
            case Fault.None or Fault.DownAfter:
                break;
            default:
                await Failure(fault, delay, says, context, answer).ExecuteAsync(context);
                return;
        }

        var result = await work(context);
        if (fault is Fault.DownAfter)
        {
            context.Abort();
        }
        else
        {
            await result.ExecuteAsync(context);
        }
    }

    private (Fault Fault, TimeSpan Delay, string? Says) Next()
    {
        lock (gate)
        {
            var now = (fault, delay, says);
            if (left is { } count && fault is not Fault.None)
            {
                left = count - 1;
                if (count <= 1)
                {
                    fault = Fault.None;
                }
            }

            return now;
        }
    }

    private static IResult Failure(
        Fault fault,
        TimeSpan delay,
        string? says,
        HttpContext context,
        Func<Fault, string?, object>? answer
    )
    {
        if (fault is Fault.Status503 or Fault.Status429)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(delay.TotalSeconds))
                .ToString(CultureInfo.InvariantCulture);
        }

        return fault switch
        {
            Fault.Status500 => Results.Text(says ?? "the sandbox was told to fail", statusCode: 500),
            Fault.Status503 => Results.Text(says ?? "the sandbox was told to be unavailable", statusCode: 503),
            Fault.Status429 => Results.Text(says ?? "the sandbox was told to be busy", statusCode: 429),
            Fault.Status400 => Results.Text(says ?? "the sandbox was told to refuse", statusCode: 400),
            Fault.Unauthorized => Results.Text(says ?? "the sandbox was told not to know you", statusCode: 401),
            Fault.Html200 => Results.Text(
                "<!doctype html><html><body><h1>Welcome</h1></body></html>",
                "text/html",
                Encoding.UTF8
            ),
            _ when answer is not null => Results.Json(answer(fault, says)),
            Fault.NullResponse => Results.Text("null", "application/json"),
            _ => Results.Json(
                new
                {
                    response = (object?)null,
                    errors = new[] { new { errorCode = "KER-ATH-500", errorMessage = "Technical error" } },
                }
            ),
        };
    }
}
