using System.Text;

namespace NationalId.LocalHost;

/// <summary>What the host logs: function names, counts and kinds of failures, never a payload.</summary>
internal static partial class HostLog
{
    [LoggerMessage(
        1,
        LogLevel.Information,
        "Executed {Function} (succeeded, {Milliseconds} ms, dequeue count {DequeueCount})"
    )]
    public static partial void MessageDone(this ILogger logger, string function, long milliseconds, long dequeueCount);

    [LoggerMessage(2, LogLevel.Error, "{Function} failed: {Failure}")]
    public static partial void FunctionFailed(this ILogger logger, string function, string failure);

    [LoggerMessage(3, LogLevel.Error, "{Function} failed at dequeue count {DequeueCount}: {Failure}")]
    public static partial void MessageFailed(this ILogger logger, string function, long dequeueCount, string failure);

    [LoggerMessage(4, LogLevel.Error, "A message of {Queue} went to {PoisonQueue} ({Reason})")]
    public static partial void MessagePoisoned(this ILogger logger, string queue, string poisonQueue, string reason);

    [LoggerMessage(
        5,
        LogLevel.Warning,
        "Storage refused to {Action} a message of {Queue}; it will come again: {Failure}"
    )]
    public static partial void MessageNotSettled(this ILogger logger, string action, string queue, string failure);

    [LoggerMessage(6, LogLevel.Warning, "Queue {Queue} can't be read: {Failure}")]
    public static partial void QueueUnreadable(this ILogger logger, string queue, string failure);

    [LoggerMessage(7, LogLevel.Information, "Executed {Function} (succeeded, {Milliseconds} ms)")]
    public static partial void TimerDone(this ILogger logger, string function, long milliseconds);

    [LoggerMessage(9, LogLevel.Information, "Executed {Function} by hand (succeeded, {Milliseconds} ms)")]
    public static partial void ManualDone(this ILogger logger, string function, long milliseconds);

    [LoggerMessage(8, LogLevel.Warning, "{Function} was still running at the end of the grace period")]
    public static partial void StillRunning(this ILogger logger, string function);
}

/// <summary>A failure in words that carry no data: exception messages of libraries may quote what they read.</summary>
internal static class Failure
{
    public static string Describe(Exception exception)
    {
        var text = new StringBuilder();
        for (var e = exception; e is not null; e = e.InnerException)
        {
            text.Append(text.Length > 0 ? " <- " : "").Append(e.GetType().FullName);
            if (e is Azure.RequestFailedException { ErrorCode: { } code })
            {
                text.Append(" (").Append(code).Append(')');
            }
        }

        return text.AppendLine().Append(exception.StackTrace).ToString();
    }
}
