using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Takes in records of 1.9's new events, 2.0 and 2.1 whose trigger never came, under the same event key as the trigger:
/// should it come after all, it is known. One that waits is accepted as if it had been triggered; one that is
/// registered is written by corrections.
/// </summary>
/// <param name="store">Stores them.</param>
/// <param name="confirmations">Accepts those that wait.</param>
/// <param name="rules">Which are sent.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="actions">OpenCRVS's generation.</param>
/// <param name="time">The clock.</param>
public sealed class DocumentRecovery(
    FetchedPayloads store,
    Confirmations confirmations,
    RecoveryRules rules,
    EventKinds kinds,
    ActionsOptions actions,
    TimeProvider time
)
{
    private const string NoToken =
        "It waits for an acceptance that OpenCRVS 1.9 lets nobody give later: docs/runbook.md has the remedy.";

    /// <summary>Takes one in.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="body">The record as OpenCRVS answered it.</param>
    /// <param name="order">Why.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<Recovered> TakeAsync(
        RegistrationKind kind,
        byte[] body,
        RecoveryOrder order,
        CancellationToken cancellationToken
    )
    {
        using var scanner = new DocumentScanner(rules.Fields);
        scanner.Append(body);
        var document = scanner.Complete();
        if (IsTooLong(document))
        {
            return new Recovered(Recovery.Unreachable, FlagReasons.NumberTooLong);
        }

        // 1. What waits.
        if (document.WhyNot is null && document.Pending[0] is { Type: EventAction.Register } pending)
        {
            return actions.Api == OpenCrvsVersion.V1_9
                ? new Recovered(Recovery.Unreachable, NoToken)
                : await TakeOpenAsync(kind, document, pending, body, order, cancellationToken);
        }

        // 2. What is registered.
        return document.Registered is { } registered
            ? await TakeRegisteredAsync(kind, document, registered, body, order, cancellationToken)
            : new Recovered(Recovery.Unregistered, document.Problem);
    }

    /// <summary>What a record is, as a list would tell it; null when it is no registration.</summary>
    /// <param name="document">The record, and where it stands.</param>
    internal ListedRecord? Listed(ReindexedDocument document)
    {
        using var scanner = new DocumentScanner(rules.Fields);
        scanner.Append(document.Bytes);
        var read = scanner.Complete();
        if (actions.KindOf(read.Type) is not { } kind || read.Id is not { } id || IsTooLong(read))
        {
            return null;
        }

        var isOpen = read.WhyNot is null && read.Pending[0].Type == EventAction.Register;
        var at = isOpen ? read.Pending[0].CreatedAt : read.Registered?.CreatedAt;
        return isOpen || read.Registered is not null
            ? new ListedRecord(
                kind,
                id,
                RegistrationNumber.Normalise(read.RegistrationNumber),
                at,
                at ?? DateTimeOffset.UnixEpoch
            )
            {
                IsOpen = isOpen,
                Document = document,
            }
            : null;
    }

    private async Task<Recovered> TakeOpenAsync(
        RegistrationKind kind,
        EventDocument document,
        EventAction pending,
        byte[] body,
        RecoveryOrder order,
        CancellationToken cancellationToken
    )
    {
        var whyNot = rules.WhyNot(kind, document.Current());
        if (order.DryRun)
        {
            return new Recovered(whyNot is null ? Recovery.Taken : Recovery.Kept, whyNot);
        }

        var info = Describe(kind, document, pending.Id!, order) with
        {
            KeptReason = whyNot,
            RegisteredAt = pending.CreatedAt,
        };
        var confirmation = await confirmations.OpenAsync(
            ActionOf(info.Key, document, pending, pending.Id!, null),
            null,
            DateTimeOffset.MaxValue,
            cancellationToken
        );
        info = info with { RegistrationNumber = confirmation.RegistrationNumber };
        var known = await store.StoreAsync(info, body, null, cancellationToken);

        // After the event's message: what is accepted is on its way.
        var nothingComes = whyNot ?? (kind == RegistrationKind.Death ? ActionReasons.NothingForDeaths : null);
        await confirmations.ScheduleAsync(confirmation, nothingComes, cancellationToken);
        return Result(info, known);
    }

    private async Task<Recovered> TakeRegisteredAsync(
        RegistrationKind kind,
        EventDocument document,
        EventAction registered,
        byte[] body,
        RecoveryOrder order,
        CancellationToken cancellationToken
    )
    {
        if (RegistrationNumber.Normalise(registered.RegistrationNumber) is not { } number)
        {
            return new Recovered(Recovery.Unregistered);
        }

        var whyNot = rules.WhyNot(kind, document.Current());
        var flag = order.Conflict ?? await rules.WhyFlaggedAsync(kind, number, cancellationToken);
        if (order.DryRun)
        {
            return flag is not null ? new Recovered(Recovery.Conflict, flag)
                : whyNot is not null ? new Recovered(Recovery.Kept, whyNot)
                : new Recovered(Recovery.Taken);
        }

        // The action that was triggered: its acceptance points at it.
        var actionId = registered.OriginalId ?? registered.Id ?? "";
        var info = Describe(kind, document, actionId, order) with
        {
            RegistrationNumber = number,
            RegisteredAt = registered.CreatedAt,
        };
        // What contradicts the ledger must not be found by its number.
        var fixedNumber = order.Conflict is not null
            ? number
            : await confirmations.NoteAcceptedAsync(
                ActionOf(info.Key, document, registered, actionId, number),
                number,
                cancellationToken
            );
        info = info with
        {
            FlagReason = fixedNumber != number ? RecordComparison.AnotherNumber : flag,
            KeptReason = whyNot,
        };
        return Result(info, await store.StoreAsync(info, body, null, cancellationToken));
    }

    private PayloadInfo Describe(RegistrationKind kind, EventDocument document, string actionId, RecoveryOrder order)
    {
        var topic = RecordComparison.TopicOf(kind);
        return new PayloadInfo(
            kinds.Get(topic).KeyOf(document.Id, null, null, actionId),
            topic,
            time.GetUtcNow(),
            document.Id,
            null,
            document.TrackingId,
            null,
            null
        )
        {
            Source = EventSources.Trigger,
            Origin = order.Origin,
        };
    }

    private PendingAction ActionOf(
        string key,
        EventDocument document,
        EventAction action,
        string actionId,
        string? number
    ) =>
        new(
            key,
            document.Id!,
            actionId,
            action.TransactionId ?? "",
            document.Type ?? "",
            EventAction.Register,
            document.TrackingId ?? "",
            action.CreatedAt ?? time.GetUtcNow(),
            action.UserType == "system",
            number,
            action.RequestId
        );

    private static Recovered Result(PayloadInfo info, EventRow? known) =>
        known is not null ? new Recovered(Recovery.Known)
        : info.FlagReason is { } flag ? new Recovered(Recovery.Conflict, flag)
        : info.KeptReason is { } kept ? new Recovered(Recovery.Kept, kept)
        : new Recovered(Recovery.Taken);

    private static bool IsTooLong(EventDocument document) =>
        RegistrationNumber.IsTooLong(document.Id)
        || RegistrationNumber.IsTooLong(document.TrackingId)
        || RegistrationNumber.IsTooLong(document.RegistrationNumber);
}
