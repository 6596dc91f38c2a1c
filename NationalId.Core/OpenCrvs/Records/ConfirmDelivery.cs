using Microsoft.Extensions.Logging;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// The queue's side of a confirmation. It is repeated with a growing delay until OpenCRVS has it accepted or rejected:
/// no failure is final.
/// </summary>
/// <param name="table">What waits for our acceptance.</param>
/// <param name="confirmer">Accepts it.</param>
/// <param name="queue">Sees to the next attempt.</param>
/// <param name="options">The delays.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of failures.</param>
public sealed partial class ConfirmDelivery(
    ConfirmationTable table,
    Confirmer confirmer,
    ConfirmQueue queue,
    DeliveryOptions options,
    TimeProvider time,
    ILogger<ConfirmDelivery> logger
)
{
    // Searches that show a registered record as waiting are a nuisance; somebody who opens the record heals them too.
    private const int MostLooks = 20;

    /// <summary>Confirms the action of one message. When it returns, the message is done with.</summary>
    /// <param name="text">The message.</param>
    /// <param name="cancellationToken">Set when the host stops: the message then comes again.</param>
    public async Task DeliverAsync(string text, CancellationToken cancellationToken)
    {
        // 1. What there is to do; a message of an earlier attempt has nothing.
        if (ConfirmQueue.Read(text) is not { } message)
        {
            LogUnreadable(ConfirmQueue.Name);
            await queue.PoisonAsync(text, cancellationToken);
            return;
        }

        var row = await table.GetAsync(message.Key, cancellationToken);
        if (row is null or { IsDone: true } || row.Attempt != message.Attempt)
        {
            return;
        }

        // 2. Too early, or another worker has it: again when its time has come.
        var now = time.GetUtcNow();
        if (LeftOf(row, now) is { } left)
        {
            await queue.SendAsync(message.Key, message.Attempt, left, cancellationToken);
            return;
        }

        if (!await confirmer.TakeAsync(row, cancellationToken))
        {
            await queue.SendAsync(message.Key, message.Attempt, Confirmations.Soonest, cancellationToken);
            return;
        }

        // 3. It is ours.
        if (await TryAsync(row, cancellationToken) is { } failure)
        {
            await AgainAsync(row, failure);
        }
    }

    /// <summary>How long nobody may take it; null when one may.</summary>
    private TimeSpan? LeftOf(ConfirmationRow row, DateTimeOffset now) =>
        row.NextAt is { } next && next > now && !IsTooFar(row, now)
            ? next - now
            : options.LookAgainIn(row.LeaseUntil, now);

    /// <summary>
    /// Whether its next time is further off than we ever wait: a clock that was wrong has noted it. The message itself
    /// came after the time that it was to wait.
    /// </summary>
    private bool IsTooFar(ConfirmationRow row, DateTimeOffset now)
    {
        var patience = row.DueAt - row.OpenedAt ?? TimeSpan.Zero;
        return row.NextAt > now + (2 * (patience > options.LongestDelay ? patience : options.LongestDelay));
    }

    /// <returns>Why it is not settled; null when it is.</returns>
    private async Task<DeliveryException?> TryAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        try
        {
            if (row.IsOpen)
            {
                await confirmer.AcceptAsync(row, [], cancellationToken);
            }
            else
            {
                await confirmer.HealAsync(row, giveUp: row.Attempt >= MostLooks, cancellationToken);
            }

            return null;
        }
        catch (DeliveryException failure)
        {
            return failure;
        }
        catch (Exception secret)
            when (secret is SecretMissingException or SecretUnusableException or SecretStoreUnavailableException)
        {
            return Failures.Wrap(secret, "The secret store", cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await confirmer.GiveBackAsync(row, row.Trouble);
            throw;
        }
        catch (Exception unexpected)
        {
            // As with a delivery: the next version may repair it, and an operator sees why it waits.
            LogUnexpected(row.EventKey, unexpected.GetType().Name, unexpected.StackTrace);
            return new TransientFailureException($"unexpected {unexpected.GetType().Name}");
        }
    }

    private async Task AgainAsync(ConfirmationRow row, DeliveryException failure)
    {
        row.Attempt++;
        var wait = RetryDelay.After(row.Attempt, (failure as TransientFailureException)?.RetryAfter, options);
        row.NextAt = time.GetUtcNow() + wait;
        // The message first: a row without one would wait for the chore.
        await queue.SendAsync(row.EventKey, row.Attempt, wait, CancellationToken.None);
        await confirmer.GiveBackAsync(row, failure.Reason);
        LogWaits(row.EventKey, row.Attempt, failure.Reason, wait);
    }

    [LoggerMessage(
        91,
        LogLevel.Warning,
        "The confirmation of event {EventKey} failed {Attempt} times: {Reason} Next in {Delay}"
    )]
    private partial void LogWaits(string eventKey, int attempt, string reason, TimeSpan delay);

    [LoggerMessage(89, LogLevel.Error, "The confirmation of event {EventKey} met an unexpected {Exception} at {Stack}")]
    private partial void LogUnexpected(string eventKey, string exception, string? stack);

    [LoggerMessage(92, LogLevel.Error, "A message in {Queue} is not one of ours; it goes to the poison queue")]
    private partial void LogUnreadable(string queue);
}
