using System.Diagnostics;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>A registration that OpenCRVS tells of, as far as it is known before its body is read.</summary>
/// <param name="EventType">The country's type of event, by the address.</param>
/// <param name="Kind">What that tells of.</param>
/// <param name="ForwardedNumber">The registration number that the country configuration made; null when it made
/// none.</param>
/// <param name="Pass">The token.</param>
/// <param name="Length">The body's length, where it is known.</param>
internal sealed record TriggerCall(
    string EventType,
    RegistrationKind Kind,
    string? ForwardedNumber,
    TriggerPass Pass,
    long? Length
);

/// <summary>What became of a trigger.</summary>
/// <param name="Receipt">The receipt; null when it is refused.</param>
/// <param name="Refusal">Why it is refused, in one word for metrics.</param>
/// <param name="Detail">The same for people: a fixed sentence.</param>
internal sealed record TriggerVerdict(Receipt? Receipt, string Refusal = "", string Detail = "")
{
    /// <summary>The body is too long.</summary>
    public static readonly TriggerVerdict TooLarge = new(
        null,
        "too-large",
        $"The body is longer than {IncomingBody.MaxLength} bytes."
    );
}

/// <summary>Reads a trigger's event document in the pass that stores it, and accepts the event.</summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="store">Stores what is accepted.</param>
/// <param name="storage">Insists on storing.</param>
/// <param name="eligibility">Whether a registration goes to the National ID system.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class TriggerAcceptor(
    PayloadStore payloads,
    TriggerStore store,
    IntakeStorage storage,
    Eligibility eligibility,
    EventKinds kinds,
    TimeProvider time
)
{
    /// <summary>Reads, checks and stores a trigger whose token is valid.</summary>
    /// <param name="call">The trigger.</param>
    /// <param name="body">Its body.</param>
    /// <param name="deadline">Until when its sender waits.</param>
    /// <exception cref="StorageGivenUpException">It could not be stored in time.</exception>
    internal async Task<TriggerVerdict> TakeAsync(TriggerCall call, Stream body, TriggerDeadline deadline)
    {
        using var scanner = new DocumentScanner(eligibility.Fields);
        using var incoming = await IncomingBody.ReadAsync(
            body,
            call.Length,
            payloads,
            storage,
            scanner.Append,
            deadline.Passed
        );
        if (incoming is null)
        {
            return TriggerVerdict.TooLarge;
        }

        var document = scanner.Complete();
        if (WhyForeign(call, document, EventAction.Register) is { } foreign)
        {
            await incoming.DiscardAsync();
            return foreign;
        }

        var trigger = Describe(call, document, incoming);
        Activity.Current?.SetTag("nationalid.event", trigger.Info.Key);
        var known = await store.StoreAsync(trigger, incoming, deadline);
        var info = trigger.Info;
        var receipt = Receipt.Of(info, known);
        Instruments.CountReceived(kinds.LabelOf(info.Topic), receipt.Outcome);
        return info.FlagReason is { } flag
            ? new TriggerVerdict(null, "document", $"The event document was kept, but can't be carried: {flag}.")
            : new TriggerVerdict(receipt);
    }

    /// <summary>Whether the document is another than token and address say. Then nothing of it is kept.</summary>
    /// <param name="call">The trigger.</param>
    /// <param name="document">What its body says.</param>
    /// <param name="action">The action's type by the address.</param>
    internal static TriggerVerdict? WhyForeign(TriggerCall call, EventDocument document, string action)
    {
        if (document.Problem is not null)
        {
            return null;
        }

        if (call.Pass.EventId is { } eventId && eventId != document.Id)
        {
            return new TriggerVerdict(null, "record", "The token is for another record.");
        }

        if (document.Type != call.EventType)
        {
            return new TriggerVerdict(null, "address", "The event document is of another type than the address.");
        }

        if (document.Pending is not [var pending])
        {
            return null;
        }

        return call.Pass.ActionId is { } actionId && actionId != pending.Id
                ? new TriggerVerdict(null, "record", "The token is for another action.")
            : pending.Type != action
                ? new TriggerVerdict(null, "address", "The action that waits is another than that of the address.")
            : null;
    }

    private TriggerEvent Describe(TriggerCall call, EventDocument document, IncomingBody body)
    {
        var topic = call.Kind == RegistrationKind.Birth ? EventKinds.Birth : EventKinds.Death;
        var reason = document.WhyNot ?? (IsTooLong(document) ? Fhir.FlagReasons.NumberTooLong : null);
        var info = new PayloadInfo(
            EventKey.ForUnreadable(body.ContentHash()),
            topic,
            time.GetUtcNow(),
            RegistrationNumber.Shorten(document.Id),
            null,
            RegistrationNumber.Shorten(document.TrackingId),
            reason,
            Activity.Current?.Id
        )
        {
            Source = EventSources.Trigger,
        };
        if (reason is not null)
        {
            return new TriggerEvent(info, null, call.Pass, null);
        }

        var pending = document.Pending[0];
        var whyNot = eligibility.WhyNot(call.Kind, document.Current());
        info = info with
        {
            // OpenCRVS may send one action twice, and a record may be registered again after it was refused.
            Key = kinds.Get(topic).KeyOf(document.Id, null, null, pending.Id),
            RegistrationNumber = call.ForwardedNumber,
            KeptReason = whyNot,
            SignedAt = pending.CreatedAt,
        };
        var action = new PendingAction(
            info.Key,
            document.Id!,
            pending.Id!,
            pending.TransactionId ?? "",
            call.EventType,
            EventAction.Register,
            document.TrackingId ?? "",
            pending.CreatedAt ?? info.ReceivedAt,
            pending.UserType == "system",
            call.ForwardedNumber,
            pending.RequestId
        );
        return new TriggerEvent(
            info,
            action,
            call.Pass,
            whyNot ?? (call.Kind == RegistrationKind.Death ? ActionReasons.NothingForDeaths : null)
        );
    }

    // What identifies a record is used whole or not at all: two with the same beginning are not the same.
    private static bool IsTooLong(EventDocument document) =>
        RegistrationNumber.IsTooLong(document.Id)
        || RegistrationNumber.IsTooLong(document.TrackingId)
        || RegistrationNumber.IsTooLong(document.Pending[0].Id)
        || RegistrationNumber.IsTooLong(document.Pending[0].TransactionId);
}
