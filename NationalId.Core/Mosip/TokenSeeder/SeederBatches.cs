using System.Collections.Concurrent;
using Azure;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// The queue's side of the Token Seeder's batches (docs/protocols.md, "Token Seeder"). A batch is divided into parts; a
/// message stands for a part. Each line's result is stored as soon as IDA has answered, so that a part that is begun
/// again asks for the missing lines only.
/// </summary>
/// <param name="store">Batches at rest.</param>
/// <param name="asker">Asks IDA about a line.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="pause">The operator's switch.</param>
/// <param name="delivery">Delays and leases.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what becomes of batches.</param>
public sealed partial class SeederBatches(
    SeederStore store,
    SeederAsker asker,
    EventQueues queues,
    DeliverySwitch pause,
    DeliveryOptions delivery,
    TimeProvider time,
    ILogger<SeederBatches> logger
)
{
    /// <summary>The queue of parts of batches.</summary>
    public const string Queue = "seeder-batches";

    internal const int LinesPerPart = 100;
    internal const int BytesPerPart = 256 * 1024;
    private const int Concurrency = 4;

    // A batch ends: after so many askings in a row (some two hours) in which IDA answered, but said nothing of the
    // person, its answer is final.
    private const int MostUndecided = 8;

    /// <summary>
    /// Processes one queue message. When it returns, the message is done with: whatever is left to do has a message of
    /// its own.
    /// </summary>
    /// <param name="text">The message.</param>
    /// <param name="cancellationToken">Set when the host stops: calls under way are finished and stored, the rest goes
    /// back to the queue.</param>
    /// <exception cref="RequestFailedException">Storage refuses; the host repeats the message.</exception>
    public async Task ProcessAsync(string text, CancellationToken cancellationToken)
    {
        if (SeederMessage.Read(text) is not { } message)
        {
            LogUnreadable();
            await queues.PoisonAsync(Queue, text, cancellationToken);
        }
        else if (await pause.IsPausedAsync(cancellationToken))
        {
            await SendAsync(message, TimeSpan.FromSeconds(30));
        }
        else if (
            await store.FindAsync(message.Request, cancellationToken) is { } request
            && !SeederStatus.IsFinal(request.Status)
        )
        {
            await (
                message.IsPlan
                    ? PlanAsync(request, cancellationToken)
                    : ProcessPartAsync(request, message, cancellationToken)
            );
        }
    }

    internal Task EnqueueAsync(string request) => SendAsync(new SeederMessage(request, 0, 0, 0), null);

    /// <summary>
    /// Enqueues a message again that the host gave up. A batch that is done or removed meanwhile ignores it.
    /// </summary>
    /// <returns>Whether it is one of ours.</returns>
    internal async Task<bool> TryResendAsync(string text)
    {
        if (SeederMessage.Read(text) is not { } message)
        {
            return false;
        }

        await SendAsync(message, null);
        LogResent(message.Request);
        return true;
    }

    private Task SendAsync(SeederMessage message, TimeSpan? delay) =>
        queues.SendAsync(Queue, message.ToString(), delay, CancellationToken.None);

    private async Task PlanAsync(SeederRequestRow request, CancellationToken cancellationToken)
    {
        await store.PlanAsync(request.PartitionKey, LinesPerPart, BytesPerPart, cancellationToken);
        CrashPoint.Hit("seeder.planned");
        request.Status = SeederStatus.Processing;
        await store.TrySaveAsync(request, cancellationToken);
        var open = store.PartsAsync(request.PartitionKey, openOnly: true, cancellationToken);
        await Parallel.ForEachAsync(
            open,
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (part, _) => await SendAsync(new SeederMessage(request.PartitionKey, part.First, part.Count, 0), null)
        );
        await CompleteAsync(request.PartitionKey, cancellationToken);
    }

    private async Task ProcessPartAsync(
        SeederRequestRow request,
        SeederMessage message,
        CancellationToken cancellationToken
    )
    {
        if (await store.FindPartAsync(message.Request, message.First, cancellationToken) is not { } part)
        {
            return;
        }

        var now = time.GetUtcNow();
        if (!part.Done)
        {
            if (delivery.LookAgainIn(part.LeaseUntil, now) is { } wait)
            {
                // Another worker has it, is about to give it back, or died with it.
                await SendAsync(message, wait);
                return;
            }

            part.LeaseUntil = delivery.LeaseEnd(now);
            if (!await store.TryTakeAsync(part, cancellationToken))
            {
                await SendAsync(message, delivery.FirstDelay);
                return;
            }

            if (!await RunAsync(message, part, now, cancellationToken))
            {
                return;
            }
        }

        await CompleteAsync(request.PartitionKey, cancellationToken);
    }

    /// <summary>Works on a part that this worker has for itself, and gives it back.</summary>
    /// <returns>Whether the part is done.</returns>
    private async Task<bool> RunAsync(
        SeederMessage message,
        SeederPartRow part,
        DateTimeOffset begin,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var lines = await store.LinesAsync(part, cancellationToken);
            var known = await store.ResultsAsync(part, cancellationToken);
            var results = new ConcurrentDictionary<int, SeederResult>(
                known.DistinctBy(result => result.Line).Select(result => KeyValuePair.Create(result.Line, result))
            );
            var before = results.Count;
            await store.OpenResultsAsync(part, cancellationToken);
            var (failure, undecided) = await AskAsync(
                message.Undecided >= MostUndecided,
                part,
                lines,
                results,
                begin,
                cancellationToken
            );
            part.Done = results.Count == lines.Count;
            part.Errors = results.Values.Count(result => result.Status != SeederResult.Processed);
            if (!part.Done)
            {
                var attempt =
                    failure is null ? 0
                    : results.Count > before ? 1
                    : message.Attempt + 1;
                var again =
                    !undecided ? 0
                    : results.Count > before ? 1
                    : message.Undecided + 1;
                TimeSpan? delay = failure is null ? null : RetryDelay.After(attempt, failure.RetryAfter, delivery);
                await SendAsync(message with { Attempt = attempt, Undecided = again }, delay);
                LogWaiting(
                    message.Request,
                    message.First,
                    lines.Count - results.Count,
                    failure?.Reason ?? "The host stops or the part's time is over.",
                    delay ?? TimeSpan.Zero
                );
            }
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            // The retention took the lines away.
            LogRemoved(message.Request);
        }
        finally
        {
            part.LeaseUntil = null;
            await store.TrySaveAsync(part, CancellationToken.None);
        }

        return part.Done;
    }

    /// <summary>Asks IDA about the lines that have no result yet.</summary>
    /// <returns>The failure for which it stopped, and whether an answer of IDA was one; null when it got through, the
    /// host stops or the time is over.</returns>
    private async Task<(TransientFailureException? Failure, bool Undecided)> AskAsync(
        bool last,
        SeederPartRow part,
        IReadOnlyList<SeederLine> lines,
        ConcurrentDictionary<int, SeederResult> results,
        DateTimeOffset begin,
        CancellationToken cancellationToken
    )
    {
        var todo = Enumerable.Range(0, lines.Count).Where(line => !results.ContainsKey(part.First + line)).ToList();
        await KeepAsync([
            .. todo.Where(line => lines[line].Person is null)
                .Select(line => SeederResult.Of(part.First + line, lines[line])),
        ]);

        // Nobody else may begin while a call of ours is under way. The host's stop does not cut a call: it would have
        // to be made again.
        using var limit = new CancellationTokenSource(delivery.LeaseFor * 0.8, time);
        TransientFailureException? failure = null;
        var undecided = false;
        await Parallel.ForEachAsync(
            todo.Where(line => lines[line].Person is not null),
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency },
            async (line, _) =>
            {
                if (
                    failure is not null
                    || cancellationToken.IsCancellationRequested
                    || time.GetUtcNow() >= begin + (delivery.LeaseFor / 2)
                )
                {
                    return;
                }

                try
                {
                    if (await asker.AskAsync(part.First + line, lines[line], last, limit.Token) is not { } result)
                    {
                        failure = new TransientFailureException("IDA can't tell now.");
                        undecided = true;
                        return;
                    }

                    await KeepAsync([result]);
                    CrashPoint.Hit("seeder.line");
                }
                catch (TransientFailureException later)
                {
                    failure = later;
                }
            }
        );
        return (failure, undecided);

        async Task KeepAsync(IReadOnlyList<SeederResult> found)
        {
            if (found.Count > 0)
            {
                await store.AppendAsync(part, found);
            }

            foreach (var result in found)
            {
                results[result.Line] = result;
            }
        }
    }

    /// <summary>
    /// Writes the file once all parts are done. Two workers that end together write one each; the row names the one
    /// that counts.
    /// </summary>
    private async Task CompleteAsync(string request, CancellationToken cancellationToken)
    {
        await foreach (var _ in store.PartsAsync(request, openOnly: true, cancellationToken))
        {
            return;
        }

        if (await store.FindAsync(request, cancellationToken) is not { } row || SeederStatus.IsFinal(row.Status))
        {
            return;
        }

        var errors = 0;
        await foreach (var part in store.PartsAsync(request, openOnly: false, cancellationToken))
        {
            errors += part.Errors;
        }

        row.OutputBlob = $"{request}/output-{Guid.NewGuid():N}";
        await store.WriteAsync(
            row.OutputBlob,
            file => SeederCsv.WriteAsync(file, row.Output, store.AllResultsAsync(request, cancellationToken)),
            cancellationToken
        );
        CrashPoint.Hit("seeder.output");
        row.Status = errors == 0 ? SeederStatus.Processed : SeederStatus.ProcessedWithErrors;
        if (await store.TrySaveAsync(row, cancellationToken))
        {
            LogProcessed(request, row.Total, errors);
        }
    }

    [LoggerMessage(
        56,
        LogLevel.Information,
        "Token Seeder batch {Request} is processed: {Lines} lines, {Errors} of them without a token"
    )]
    private partial void LogProcessed(string request, int lines, int errors);

    [LoggerMessage(
        57,
        LogLevel.Warning,
        "Token Seeder batch {Request}, part from line {First}: {Left} lines wait. {Reason} Next in {Delay}"
    )]
    private partial void LogWaiting(string request, int first, int left, string reason, TimeSpan delay);

    [LoggerMessage(52, LogLevel.Warning, "Token Seeder batch {Request} was removed before it was processed")]
    private partial void LogRemoved(string request);

    [LoggerMessage(
        58,
        LogLevel.Error,
        "A message in the Token Seeder's queue is not one of ours; it goes to the poison queue"
    )]
    private partial void LogUnreadable();

    [LoggerMessage(
        59,
        LogLevel.Warning,
        "A message of Token Seeder batch {Request} that the host had given up is enqueued again"
    )]
    private partial void LogResent(string request);
}
