using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Takes responsibility for an action of OpenCRVS that waits for our acceptance. What is needed to accept it is stored
/// before its trigger is answered; accepting it is the queue's work (<see cref="ConfirmQueue"/>).
/// </summary>
/// <param name="table">What waits for our acceptance.</param>
/// <param name="tokens">Encrypts record tokens.</param>
/// <param name="queue">Sees to the acceptance.</param>
/// <param name="options">When a registration is accepted.</param>
/// <param name="actions">OpenCRVS's generation, and the country's types of events.</param>
/// <param name="time">The clock.</param>
public sealed class Confirmations(
    ConfirmationTable table,
    RecordTokens tokens,
    ConfirmQueue queue,
    ConfirmOptions options,
    ActionsOptions actions,
    TimeProvider time
)
{
    /// <summary>
    /// How long after the trigger's answer it is accepted at the earliest: OpenCRVS stores the record for searches as
    /// it was before the trigger, and an acceptance that overtakes that is not seen there.
    /// </summary>
    internal static readonly TimeSpan Soonest = TimeSpan.FromSeconds(2.5);

    /// <summary>
    /// Fixes the record's registration number and writes the row with the record token sealed, before the payload is
    /// accepted. Safe to repeat; the newest token is kept.
    /// </summary>
    /// <param name="action">The action.</param>
    /// <param name="recordToken">The token that came with it; null when it was fetched and brought none.</param>
    /// <param name="tokenExpiresAt">When that ends.</param>
    /// <param name="stop">Stops the calls.</param>
    public async Task<Confirmation> OpenAsync(
        PendingAction action,
        string? recordToken,
        DateTimeOffset tokenExpiresAt,
        CancellationToken stop
    )
    {
        // 1. That it waits, with what its acceptance needs, and the number, which the record keeps: registering again
        // after a rejection is another action.
        var offered =
            action.ActionType == EventAction.Register && actions.KindOf(action.EventType) is { } kind
                ? action.ForwardedNumber ?? options.NumberOf(kind, action)
                : null;
        var row = ConfirmationRow.From(action, offered, time.GetUtcNow());
        if (recordToken is not null && actions.Api != OpenCrvsVersion.V2_1)
        {
            // Since 2.1 it needs no token but our own.
            var token = await tokens.SealAsync(action.EventKey, recordToken, stop);
            row.SetToken(token, row.OpenedAt, tokenExpiresAt);
        }

        var isOpened = await table.TryOpenAsync(row, stop);
        CrashPoint.Hit("confirm.open");
        if (isOpened)
        {
            return row.ToConfirmation() with { IsNew = true };
        }

        // 2. The record had its number already.
        if (offered is not null)
        {
            row.RegistrationNumber = await table.FixNumberAsync(action.EventId, offered, stop);
        }

        if (await table.AddAsync(row, stop))
        {
            return row.ToConfirmation() with { IsNew = true };
        }

        // 3. It came again, with a newer token.
        var known = await table.GetAsync(row.EventKey, stop);
        while (known is { IsOpen: true } && row.Token is { } newer && IsNewer(row, known))
        {
            known.SetToken(newer, row.OpenedAt, tokenExpiresAt);
            if (await table.TryKeepTokenAsync(known, stop))
            {
                break;
            }

            known = await table.GetAsync(row.EventKey, stop);
        }

        return (known ?? row).ToConfirmation();
    }

    /// <summary>
    /// When an action is to be accepted; null when that is settled. One that is held is not accepted: an operator
    /// rejects it.
    /// </summary>
    /// <param name="confirmation">What <see cref="OpenAsync"/> gave.</param>
    /// <param name="nothingComes">Why no AID or number comes for it, so that it is accepted at once; null when one
    /// may.</param>
    internal ConfirmPlan? Plan(Confirmation confirmation, string? nothingComes)
    {
        if (confirmation.State != ConfirmationStates.Open)
        {
            return null;
        }

        var waits = nothingComes is null && options.WrittenFields.Any();
        return new ConfirmPlan(
            confirmation.EventKey,
            time.GetUtcNow(),
            confirmation.IsHeld ? null : Delay(waits, confirmation.Patience ?? options.ConfirmPatience),
            nothingComes
        );
    }

    /// <summary>
    /// Sends the message that has an action accepted when its time has come. Nobody accepts it before
    /// <see cref="NoteAsync"/>. Safe to repeat.
    /// </summary>
    /// <param name="plan">When it is to be accepted.</param>
    /// <param name="stop">Stops the call.</param>
    internal Task SendAsync(ConfirmPlan plan, CancellationToken stop) =>
        plan.Delay is { } hidden ? queue.SendAsync(plan.EventKey, 0, hidden, stop) : Task.CompletedTask;

    /// <summary>
    /// Notes that the event of an action is stored, and its trigger about to be answered: from now on it may be
    /// accepted. Safe to repeat.
    /// </summary>
    /// <param name="plan">When it is to be accepted.</param>
    /// <param name="stop">Stops the call.</param>
    internal Task NoteAsync(ConfirmPlan plan, CancellationToken stop)
    {
        var columns = new Dictionary<string, object?>
        {
            [nameof(ConfirmationRow.ScheduledAt)] = time.GetUtcNow(),
            [nameof(ConfirmationRow.Reason)] = plan.Reason,
        };
        if (plan.Delay is { } delay)
        {
            columns[nameof(ConfirmationRow.DueAt)] = plan.At + delay;
            columns[nameof(ConfirmationRow.NextAt)] = plan.At + delay;
        }

        return table.MergeAsync(plan.EventKey, columns, stop);
    }

    /// <summary>Has an action accepted whose event is stored, and whose trigger nobody waits for. Safe to
    /// repeat.</summary>
    /// <param name="confirmation">What <see cref="OpenAsync"/> gave.</param>
    /// <param name="nothingComes">Why no AID or number comes for it; null when one may.</param>
    /// <param name="stop">Stops the calls.</param>
    public async Task ScheduleAsync(Confirmation confirmation, string? nothingComes, CancellationToken stop)
    {
        if (Plan(confirmation, nothingComes) is { } plan)
        {
            await NoteAsync(plan, stop);
            await SendAsync(plan, stop);
        }
    }

    /// <summary>
    /// Notes a registration that was accepted without us, so that numbers that come for it find its record. Safe to
    /// repeat.
    /// </summary>
    /// <param name="action">The action that was accepted.</param>
    /// <param name="number">The registration number that it gave.</param>
    /// <param name="stop">Stops the calls.</param>
    /// <returns>The number that the ledger has for the record; another one is a contradiction.</returns>
    public async Task<string> NoteAcceptedAsync(PendingAction action, string number, CancellationToken stop)
    {
        var known = await table.FixNumberAsync(action.EventId, number, stop);
        if (known == number)
        {
            var row = ConfirmationRow.From(action, number, time.GetUtcNow());
            row.State = ConfirmationStates.Confirmed;
            row.ScheduledAt = row.OpenedAt;
            row.SettledAt = row.OpenedAt;
            row.Reason = "It was accepted without us, and was fetched.";
            await table.AddAsync(row, stop);
        }

        return known;
    }

    private static bool IsNewer(ConfirmationRow row, ConfirmationRow known) =>
        known.Token is null || known.TokenExpiresAt < row.TokenExpiresAt;

    /// <summary>How long it waits; null when it waits for its number alone.</summary>
    private TimeSpan? Delay(bool wait, TimeSpan patience) =>
        !wait || options.ConfirmWhen == ConfirmWhen.Stored ? Soonest
        : options.ConfirmWhen == ConfirmWhen.OnlyNumbered ? null
        : patience > Soonest ? patience
        : Soonest;
}
