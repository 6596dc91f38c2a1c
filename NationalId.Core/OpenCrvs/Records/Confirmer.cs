using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Has an action accepted or rejected: takes it for one worker, and notes what became of it. Its token is removed as
/// soon as it is no longer needed.
/// </summary>
/// <param name="table">What waits for our acceptance.</param>
/// <param name="acceptance">Accepts and rejects.</param>
/// <param name="queue">Sees to the next look.</param>
/// <param name="delivery">How long a worker has an action.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of every end.</param>
public sealed partial class Confirmer(
    ConfirmationTable table,
    RecordAcceptance acceptance,
    ConfirmQueue queue,
    DeliveryOptions delivery,
    TimeProvider time,
    ILogger<Confirmer> logger
)
{
    // A trigger is answered within seconds, or not at all.
    private const int Looks = 3;

    /// <summary>Takes an action for one worker.</summary>
    /// <param name="row">The action, as it was read.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>
    /// Whether this worker has it now. Nobody has it before its trigger was answered, and two seconds more.
    /// </returns>
    public async Task<bool> TakeAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (delivery.IsLeased(row.LeaseUntil, now) || LeftOf(row, now) > TimeSpan.Zero)
        {
            return false;
        }

        row.LeaseUntil = delivery.LeaseEnd(now);
        return await table.TryTakeAsync(row, cancellationToken);
    }

    /// <summary>
    /// Waits until an action may be taken, as far as that is a matter of seconds: what the National ID system answers
    /// at once comes before the trigger's answer has left.
    /// </summary>
    /// <param name="row">The action, as it was read.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The action as it is then.</returns>
    public async Task<ConfirmationRow> WaitAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        for (var look = 0; look < Looks && row.IsOpen; look++)
        {
            var left = LeftOf(row, time.GetUtcNow());
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            await Task.Delay(left, time, cancellationToken);
            row = await table.GetAsync(row.EventKey, cancellationToken) ?? row;
        }

        return row;
    }

    /// <summary>Gives an action back that was not settled.</summary>
    /// <param name="row">The action.</param>
    /// <param name="trouble">Why it was not settled; null when the host stops.</param>
    public Task GiveBackAsync(ConfirmationRow row, string? trouble) =>
        table.MergeAsync(
            row.EventKey,
            new Dictionary<string, object?>
            {
                [nameof(ConfirmationRow.LeaseUntil)] = time.GetUtcNow(),
                [nameof(ConfirmationRow.Attempt)] = row.Attempt,
                [nameof(ConfirmationRow.NextAt)] = row.NextAt,
                [nameof(ConfirmationRow.Trouble)] = trouble,
            },
            CancellationToken.None
        );

    /// <summary>Accepts an action that this worker has.</summary>
    /// <param name="row">The action.</param>
    /// <param name="declaration">What is written on the record with it.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Whether what was to be written stands on the record.</returns>
    /// <exception cref="DeliveryException">It is not settled.</exception>
    public async Task<bool> AcceptAsync(
        ConfirmationRow row,
        JsonObject declaration,
        CancellationToken cancellationToken
    )
    {
        var end = await acceptance.AcceptAsync(row, declaration, cancellationToken);
        CrashPoint.Hit("confirm.accepted");
        await EndAsync(row, end, end.Note ?? row.Reason);
        return end.Written && end.State == ConfirmationStates.Confirmed;
    }

    /// <summary>Rejects an action that this worker has.</summary>
    /// <param name="row">The action.</param>
    /// <param name="reason">What the registrar must do. OpenCRVS takes no reason: it stays with us.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="DeliveryException">It is not settled.</exception>
    public async Task RejectAsync(ConfirmationRow row, string reason, CancellationToken cancellationToken)
    {
        var end = await acceptance.RejectAsync(row, cancellationToken);
        await EndAsync(row, end, end.Note ?? reason);
    }

    /// <summary>Makes searches of OpenCRVS show a record as it is, and ends the action.</summary>
    /// <param name="row">The action.</param>
    /// <param name="giveUp">Whether it is ended without.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="DeliveryException">It could not be read.</exception>
    public async Task HealAsync(ConfirmationRow row, bool giveUp, CancellationToken cancellationToken)
    {
        if (!giveUp)
        {
            await acceptance.HealAsync(row, cancellationToken);
        }

        row.Heal = false;
        await FinishAsync(row);
    }

    /// <summary>
    /// How long nobody may take an action yet. A trigger that was answered well after now was answered by a clock that
    /// was wrong: it is over.
    /// </summary>
    private static TimeSpan LeftOf(ConfirmationRow row, DateTimeOffset now) =>
        row.ScheduledAt is not { } answered ? Confirmations.Soonest
        : answered > now + Confirmations.Soonest ? TimeSpan.Zero
        : answered + Confirmations.Soonest - now;

    private async Task EndAsync(ConfirmationRow row, Acceptance end, string? reason)
    {
        row.State = end.State;
        row.Heal = end.Heal;
        row.SettledAt = time.GetUtcNow();
        row.Attempt = 0;
        row.NextAt = end.Heal ? row.SettledAt + RecordAcceptance.Settles : null;
        row.Reason = reason;
        row.Trouble = null;
        if (end.Heal)
        {
            // Before the row: one without a message would wait for the chore.
            await queue.SendAsync(row.EventKey, 0, RecordAcceptance.Settles, CancellationToken.None);
        }

        await FinishAsync(row);
        Instruments.Confirmed.Add(1, Instruments.Tag("outcome", end.State));
        LogEnded(row.EventKey, end.State, end.Note ?? "-");
    }

    private async Task FinishAsync(ConfirmationRow row)
    {
        row.LeaseUntil = null;
        row.Token = row.IsDone ? null : row.Token;
        // Whoever changed it meanwhile knows less than we do.
        while (!await table.TrySaveAsync(row, CancellationToken.None))
        {
            row.ETag =
                (await table.GetAsync(row.EventKey, CancellationToken.None))?.ETag
                ?? throw new InvalidOperationException("The row of a confirmation is gone.");
        }

        CrashPoint.Hit("confirm.row");
    }

    [LoggerMessage(90, LogLevel.Information, "The confirmation of event {EventKey} ended: {State}, {Note}")]
    private partial void LogEnded(string eventKey, string state, string note);
}
