using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Operations;

/// <summary>What an operator can do with events: behind the admin key, in production behind Entra too.</summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="queues">Where messages go.</param>
/// <param name="pause">The operator's switch.</param>
/// <param name="destinations">Says which events are delivered at all.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what operators did.</param>
public sealed partial class EventCommands(
    EventLedger ledger,
    EventQueues queues,
    DeliverySwitch pause,
    Destinations destinations,
    TimeProvider time,
    ILogger<EventCommands> logger
)
{
    /// <summary>
    /// Sends one event on its way again: 202; 404 when there is none, 409 when it is delivered or can't be delivered as
    /// it is.
    /// </summary>
    /// <param name="key">The event's key.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    public async Task<IResult> ReplayAsync(string key, CancellationToken cancellationToken)
    {
        if (!EventKey.IsKey(key) || await ledger.GetAsync(key, cancellationToken) is not { } row)
        {
            return Problems.NotFound("There is no such event.");
        }

        return Refusal(row) is { } refusal ? Problems.Conflict(refusal)
            : await ReplayAsync(row, cancellationToken)
                ? Results.Json(new Replayed(1), OperationsJson.Default.Replayed, statusCode: 202)
            : Problems.Conflict("The event is being delivered right now.");
    }

    /// <summary>Sends all poisoned events on their way again: 202 with their count.</summary>
    /// <param name="cancellationToken">Stops before the next event.</param>
    public async Task<IResult> ReplayPoisonedAsync(CancellationToken cancellationToken)
    {
        var counts = await ledger.ByPartitionAsync(
            EventState.Poisoned,
            null,
            null,
            1000,
            ReplayAllAsync,
            cancellationToken
        );
        return Results.Json(new Replayed(counts.Sum()), OperationsJson.Default.Replayed, statusCode: 202);

        async Task<int> ReplayAllAsync(IAsyncEnumerable<(string Key, DateTimeOffset At)> keys)
        {
            var count = 0;
            await foreach (var (key, _) in keys)
            {
                if (
                    await ledger.GetAsync(key, cancellationToken) is { Current: EventState.Poisoned } row
                    && Refusal(row) is null
                    && await ReplayAsync(row, cancellationToken)
                )
                {
                    count++;
                }
            }

            return count;
        }
    }

    /// <summary>Pauses or resumes delivery on all hosts. Intake goes on.</summary>
    /// <param name="paused">Whether it is paused.</param>
    /// <param name="cancellationToken">Stops the change.</param>
    public async Task<IResult> PauseAsync(bool paused, CancellationToken cancellationToken)
    {
        await pause.SetAsync(paused, cancellationToken);
        LogPaused(paused);
        return Results.NoContent();
    }

    private string? Refusal(EventRow row) =>
        row.Current == EventState.Delivered ? "The event is delivered already."
        : row.Blob is null ? "The event's payload was removed."
        : !destinations.Has(row.Topic) ? "An event of this topic is not delivered."
        : null;

    private async Task<bool> ReplayAsync(EventRow row, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (row.LeaseUntil > now)
        {
            // A worker has it: its outcome must not be lost.
            return false;
        }

        row.Attempt = 0;
        row.NextAt = now;
        row.Reason = null;
        try
        {
            // The row first: a message of an event that is still poisoned would be dropped.
            await ledger.MoveAsync(row, EventState.Waiting, "replayed by an operator", cancellationToken);
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            return false;
        }

        await queues.SendAsync(row.ToMessage(), null, cancellationToken);
        LogReplayed(row.Key);
        return true;
    }

    [LoggerMessage(50, LogLevel.Warning, "Event {EventKey} was replayed by an operator")]
    private partial void LogReplayed(string eventKey);

    [LoggerMessage(51, LogLevel.Warning, "An operator set delivery's pause to {Paused}")]
    private partial void LogPaused(bool paused);
}
