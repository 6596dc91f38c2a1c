using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>What is to be stored of a trigger.</summary>
/// <param name="Info">What the payload is.</param>
/// <param name="Action">The action that waits; null when the document is kept and flagged.</param>
/// <param name="Pass">The token that came with it.</param>
/// <param name="NothingComes">Why nothing will come for it, so that it is confirmed at once; null when something
/// may.</param>
internal sealed record TriggerEvent(PayloadInfo Info, PendingAction? Action, TriggerPass Pass, string? NothingComes);

/// <summary>
/// Stores triggers: the payload, what is needed to confirm the action, then the messages and rows. Nothing waits for
/// anything that it does not need, since a registrar waits for the answer.
/// </summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="seals">Seals what was accepted.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="confirmations">Confirms the actions later.</param>
/// <param name="acceptor">Takes responsibility for events.</param>
/// <param name="storage">Insists on storing.</param>
public sealed class TriggerStore(
    PayloadStore payloads,
    PayloadSeals seals,
    EventLedger ledger,
    Confirmations confirmations,
    EventAcceptor acceptor,
    IntakeStorage storage
)
{
    /// <summary>Stores a trigger.</summary>
    /// <param name="trigger">The trigger.</param>
    /// <param name="body">Its body.</param>
    /// <param name="deadline">Until when its sender waits.</param>
    /// <returns>The row of the event as it was before; null when it is new.</returns>
    /// <exception cref="StorageGivenUpException">It could not be stored in time.</exception>
    internal async Task<EventRow?> StoreAsync(TriggerEvent trigger, IncomingBody body, TriggerDeadline deadline)
    {
        var until = deadline.Passed;
        var known = (EventRow?)null;
        try
        {
            // 1. The payload, and what confirms the action.
            var stored = await PutAsync(trigger, body, until);
            CrashPoint.Hit("intake.blob");

            // 2. The event's message. With it the event is safe.
            known = stored.Known;
            await (
                known is null
                    ? acceptor.EnqueueAsync(stored.Info, body.Blob, until, rowLater: true)
                    : acceptor.AgainAsync(stored.Info, body.Blob, known, until)
            );

            // NOTE: only then. An action that is accepted while its trigger is answered 400 would be registered, and
            // the National ID system would not hear of it. The registrar does not wait for it: the sweep looks after an
            // action without message or note.
            if (stored.Confirmation is { } open && confirmations.Plan(open, trigger.NothingComes) is { } plan)
            {
                _ = storage.TryAsync(stop => confirmations.SendAsync(plan, stop));
                _ = storage.TryAsync(stop => confirmations.NoteAsync(plan, stop));
            }
        }
        catch (Exception) when (known is null && !deadline.SenderIsGone)
        {
            // The sender is told that it was not taken, and the registrar asks anew: nothing may carry this one.
            await storage.TryAsync(stop => payloads.DeleteAsync(body.Blob, stop));
            throw;
        }

        CrashPoint.Hit("intake.trigger");
        return known;
    }

    /// <summary>
    /// Stores the payload and what confirms the action, at the same time, since they don't depend on each other; and
    /// looks whether the event is known.
    /// </summary>
    private async Task<Stored> PutAsync(TriggerEvent trigger, IncomingBody body, CancellationToken until)
    {
        var info = trigger.Info;
        Stored? stored = null;
        await storage.InsistAsync(
            async stop =>
            {
                var open = OpenAsync(trigger, stop);
                if (info.RegistrationNumber is null && trigger.Action is not null)
                {
                    // Nobody made a number but we.
                    info = info with
                    {
                        RegistrationNumber = (await open)!.RegistrationNumber,
                    };
                }

                info = await SealAsync(info, body, stop);
                await Task.WhenAll(open, body.CommitAsync(info, stop));
                var confirmation = open.Result;
                if (confirmation is not null && confirmation.RegistrationNumber != info.RegistrationNumber)
                {
                    // The record got its number at an earlier try to register it.
                    info = info with
                    {
                        RegistrationNumber = confirmation.RegistrationNumber,
                    };
                    info = await SealAsync(info, body, stop);
                    await payloads.SetInfoAsync(body.Blob, info, stop);
                }

                // An action that came for the first time has no event yet.
                var known = confirmation is { IsNew: true } ? null : await ledger.GetAsync(info.Key, stop);
                stored = new Stored(info, known, confirmation);
            },
            until
        );
        return stored!;
    }

    private async Task<Confirmation?> OpenAsync(TriggerEvent trigger, CancellationToken stop) =>
        trigger.Action is { } action
            ? await confirmations.OpenAsync(action, trigger.Pass.Token, trigger.Pass.ExpiresAt, stop)
            : null;

    private Task<PayloadInfo> SealAsync(PayloadInfo info, IncomingBody body, CancellationToken stop) =>
        seals.SealAsync(info, body.Blob, body.ContentHash(), stop);

    private sealed record Stored(PayloadInfo Info, EventRow? Known, Confirmation? Confirmation);
}
